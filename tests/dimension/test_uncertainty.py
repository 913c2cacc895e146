import math

import numpy as np
import pytest

from fractbench.dimension.uncertainty import RIDDLED, distances_of, uncertainty
from known_shapes import DIMENSIONS, drawn, intervals, koch, line, noise

STATED = {"line": 0.005, "circle": 0.022, "koch": 0.008, "koch part": 0.008, "quadric": 0.007,
          "noise": 0.003}  # fmt: skip
"""The largest errors at 512 x 512, as the module's docstring states them."""


@pytest.mark.parametrize("name", STATED)
def test_known_boundaries_keep_to_the_stated_errors(name):
    for seed in range(3):
        found = uncertainty(drawn(name, 512, seed).astype(np.uint8))
        assert abs(found.alpha - (2 - DIMENSIONS[name])) <= STATED[name]
        assert found.dimension == 2 - found.alpha
        assert found.low <= 2 - DIMENSIONS[name] <= found.high


@pytest.mark.slow
@pytest.mark.parametrize("name", STATED)
def test_the_stated_errors_and_coverage(name):
    found = [uncertainty(drawn(name, 512, seed).astype(np.uint8)) for seed in range(40)]
    error = max(abs(e.dimension - DIMENSIONS[name]) for e in found)
    held = sum(e.low <= 2 - DIMENSIONS[name] <= e.high for e in found)
    print(f"{name:12s} {error:.4f} {held}")
    assert error <= STATED[name]
    assert held == 40


def test_a_pixel_is_uncertain_if_the_one_before_or_the_one_after_differs():
    classes = np.random.default_rng(3).integers(0, 3, (70, 90)).astype(np.uint8)
    found = uncertainty(classes)
    assert found.distances == (1, 2, 4)
    for distance, share in zip(found.distances, found.shares, strict=True):
        hits = asked = 0
        for row in range(4, 66):
            for column in range(4, 86):
                here = classes[row, column]
                hits += here != classes[row - distance, column] or (
                    here != classes[row + distance, column]
                )
                hits += here != classes[row, column - distance] or (
                    here != classes[row, column + distance]
                )
                asked += 2
        assert share == pytest.approx(hits / asked)


def test_a_boundary_across_a_line_of_pixels():
    ratio = 1 / 3
    found = uncertainty(intervals(1 << 18, ratio).astype(np.uint8))
    assert found.alpha == pytest.approx(1 - math.log(2) / -math.log(ratio), abs=0.03)
    assert found.dimension == 1 - found.alpha
    point = (np.arange(4096) > 2000).astype(np.uint8)
    assert uncertainty(point).alpha == pytest.approx(1)
    assert uncertainty(point[None]).shares == uncertainty(point).shares


def test_a_line_has_exponent_one_and_noise_is_said_to_be_riddled():
    smooth = uncertainty(line(512).astype(np.uint8))
    assert (smooth.note, smooth.fitted) == ("", 6)
    assert smooth.shares == pytest.approx([0.0029 * d for d in smooth.distances], rel=0.02)
    riddled = uncertainty(noise(512).astype(np.uint8))
    assert (riddled.note, riddled.fitted) == (RIDDLED, 3)


def test_the_numbers_of_the_classes_do_not_matter():
    mask = koch(256)
    assert uncertainty(np.where(mask, 7, 2).astype(np.uint8)) == uncertainty(mask.astype(np.uint8))


def test_only_distances_below_saturation_are_fitted():
    stripes = (np.arange(512) // 8 % 2).astype(np.uint8)
    found = uncertainty(np.tile(stripes, (512, 1)))
    # Along one of two axes: 2/8, 4/8 and 8/8 of the pixels at distances 1, 2 and 4.
    assert found.shares[:3] == pytest.approx((0.125, 0.25, 0.5), abs=0.005)
    assert found.fitted == 3
    assert "50% of the pixels" not in found.note
    assert "30% of the pixels are uncertain at 4" in found.note


def test_the_same_seed_gives_the_same_interval():
    classes = koch(256).astype(np.uint8)
    assert uncertainty(classes, seed=1) == uncertainty(classes, seed=1)
    assert uncertainty(classes, seed=1).low != uncertainty(classes, seed=2).low


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (np.zeros((63, 63), np.uint8), "a side of 63 pixels is too small"),
        (np.zeros((0, 0), np.uint8), "a side of 0 pixels is too small"),
        (np.zeros((1, 1), np.uint8), "a side of 1 pixels is too small"),
        (np.zeros((256, 256), np.uint8), "no class changes"),
    ],
)
def test_where_nothing_can_be_said_the_note_says_why(classes, words):
    found = uncertainty(classes)
    assert math.isnan(found.alpha)
    assert math.isnan(found.dimension)
    assert words in found.note


def test_a_boundary_in_one_block_has_no_interval():
    classes = np.zeros((256, 256), np.uint8)
    classes[100:102, 100:102] = 1
    found = uncertainty(classes)
    assert math.isfinite(found.alpha)
    assert math.isnan(found.low)
    assert "too few blocks" in found.note


def test_distances_double_to_a_sixteenth_of_the_side():
    assert distances_of(4096) == (1, 2, 4, 8, 16, 32, 64, 128, 256)
    assert distances_of(100) == (1, 2, 4)
    assert distances_of(63) == ()
