import math

import numpy as np
import pytest

from fractbench.dimension.edges import edges
from fractbench.dimension.published import published_dimension, sizes_of, slopes
from known_shapes import circle, koch, line, noise


def test_the_sizes_are_ten_from_ten_pixels_to_the_side():
    assert sizes_of(4095) == [10, 19, 38, 74, 144, 282, 551, 1075, 2098, 4095]


def test_sizes_that_coincide_count_once_and_small_maps_have_none():
    assert sizes_of(12) == [10, 11, 12]
    assert sizes_of(9) == []


@pytest.mark.parametrize("side", range(10, 300, 13))
def test_the_last_size_is_the_side(side):
    sizes = sizes_of(side)
    assert sizes[-1] == side
    assert sizes == sorted(set(sizes))


def test_slopes_are_the_central_differences_of_counts_by_hand():
    mask = koch(128)
    found, sizes = edges(mask), sizes_of(127)
    logs = []
    for size in sizes:
        boxes = [found[r : r + size, c : c + size]
                 for r in range(0, 127, size) for c in range(0, 127, size)]  # fmt: skip
        logs.append(math.log(sum(bool(b.any()) and not b.all() for b in boxes)))
    x = np.log(sizes)
    expected = -np.gradient(np.array(logs), x)
    assert slopes(mask) == pytest.approx(expected, abs=1e-12)
    assert published_dimension([mask]) == pytest.approx(np.median(expected), abs=1e-12)


def test_frames_share_one_median():
    frames = [koch(128), noise(128), line(128)]
    joined = np.concatenate([slopes(frame) for frame in frames])
    assert published_dimension(frames) == np.median(joined)


def test_frames_without_a_boundary_say_nothing():
    flat = np.ones((128, 128), bool)
    assert math.isnan(published_dimension([flat]))
    assert math.isnan(published_dimension([]))
    assert math.isnan(published_dimension([np.arange(500) > 9]))
    assert math.isnan(published_dimension([np.zeros((1, 500), bool), noise(8)]))
    assert published_dimension([flat, koch(128)]) == published_dimension([koch(128)])


@pytest.mark.parametrize(
    ("shape", "dimension", "error"), [(line, 1, 0.04), (circle, 1, 0.04), (noise, 2, 0.01)]
)
def test_calibration_at_1024(shape, dimension, error):
    assert published_dimension([shape(1024)]) == pytest.approx(dimension, abs=error)


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "told"), [(line, 0.997), (circle, 1.005), (noise, 1.991)])
def test_calibration_at_4096_is_the_published_one(shape, told):
    assert published_dimension([shape(4096)]) == pytest.approx(told, abs=0.001)
