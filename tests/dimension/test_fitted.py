import math

import numpy as np
import pytest

from fractbench.dimension.boxes import box_counts
from fractbench.dimension.edges import edges
from fractbench.dimension.fitted import block_counts, fitted_dimension, scaling_sizes, slope
from known_shapes import DIMENSIONS, KOCH, drawn, koch, line, noise

STATED = {
    "line": (0.007, 0.004), "circle": (0.015, 0.012), "koch": (0.014, 0.011),
    "koch part": (0.028, 0.021), "quadric": (0.025, 0.014), "sierpinski": (0.045, 0.032),
    "carpet": (0.072, 0.055), "dust": (0.065, 0.051), "noise": (0.0005, 0.0005),
}  # fmt: skip
"""The largest errors at 512 and 1024 pixels, as the module's docstring states them."""


@pytest.mark.parametrize("name", DIMENSIONS)
def test_known_shapes_keep_to_the_stated_errors(name):
    for seed in range(3):
        found = fitted_dimension([drawn(name, 512, seed)])
        assert abs(found.value - DIMENSIONS[name]) <= STATED[name][0]
        assert found.low <= DIMENSIONS[name] <= found.high
        assert found.low < found.value < found.high
        assert (found.sizes, found.note) == ((8, 64), "")


@pytest.mark.slow
@pytest.mark.parametrize("side", [512, 1024])
@pytest.mark.parametrize("name", DIMENSIONS)
def test_the_stated_errors_and_coverage(name, side):
    found = [fitted_dimension([drawn(name, side, seed)]) for seed in range(100)]
    error = max(abs(e.value - DIMENSIONS[name]) for e in found)
    held = sum(e.low <= DIMENSIONS[name] <= e.high for e in found)
    print(f"{name:12s} {side} {error:.4f} {held}")
    assert error <= STATED[name][side == 1024]
    assert held >= 94


def test_the_sizes_double_from_eight_pixels_to_an_eighth():
    assert scaling_sizes(4096) == (8, 16, 32, 64, 128, 256, 512)
    assert scaling_sizes(300) == (8, 16, 32)
    assert scaling_sizes(128) == (4, 8, 16)
    assert scaling_sizes(64) == (2, 4, 8)
    assert scaling_sizes(63) == ()


def test_counts_are_means_over_places_of_the_grid():
    mask, sizes = koch(150)[:131], (2, 4, 8)
    found = edges(mask)
    total = np.zeros(3)
    for top in np.linspace(0, 130 - 112, 8).astype(int):
        for left in np.linspace(0, 149 - 128, 8).astype(int):
            part = found[top : top + 112, left : left + 128]
            total += box_counts(part, sizes, kind="touched")
    counts = block_counts(mask, sizes)
    assert counts.shape == (7 * 8, 3)
    assert counts.sum(axis=0) == pytest.approx(total / 64)


def test_the_slope_of_a_power_is_the_power():
    sizes = np.array([2, 4, 8, 16])
    counts = np.stack([5 * sizes**-1.25, sizes**-2.0])
    assert slope(counts, sizes) == pytest.approx([1.25, 2])


def test_several_frames_are_their_mean_and_empty_ones_are_left_out():
    frames = [drawn("koch", 256, seed) for seed in range(9)]
    one = [fitted_dimension([frame]).value for frame in frames]
    few = fitted_dimension([*frames[:3], np.zeros((256, 256), bool)])
    many = fitted_dimension(frames)
    assert few.value == pytest.approx(np.mean(one[:3]))
    assert many.value == pytest.approx(np.mean(one))
    assert many.windows == 9
    assert few.windows > 9
    assert many.low <= KOCH <= many.high
    assert max(one) - min(one) > 0.001
    assert min(one) - 0.02 <= many.low < many.value < many.high <= max(one) + 0.02


def test_the_same_seed_gives_the_same_interval_and_another_does_not():
    mask = koch(256)
    assert fitted_dimension([mask], seed=4) == fitted_dimension([mask], seed=4)
    assert fitted_dimension([mask], seed=4).low != fitted_dimension([mask], seed=5).low


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        ([], "a side of 0 pixels is too small"),
        ([noise(63)], "a side of 63 pixels is too small; 64 are needed"),
        ([np.ones((1, 4096), bool)], "a side of 1 pixels is too small"),
        ([np.arange(4096) > 9], "a side of 1 pixels is too small"),
        ([np.ones((256, 256), bool)], "there is no boundary"),
    ],
)
def test_where_nothing_can_be_said_the_note_says_why(masks, words):
    found = fitted_dimension(masks)
    assert math.isnan(found.value)
    assert math.isnan(found.low)
    assert words in found.note
    assert found.windows == 0


def test_a_boundary_in_one_block_has_no_interval():
    mask = np.zeros((256, 256), bool)
    mask[10:20, 10:20] = noise(10)
    found = fitted_dimension([mask])
    assert math.isfinite(found.value)
    assert math.isnan(found.low)
    assert "too few for an interval" in found.note


def test_small_maps_say_so():
    assert "128 pixels a side is small" in fitted_dimension([line(128)]).note
