import math
from itertools import pairwise

import numpy as np
import pytest

from fractbench.dimension.pairs import pair_counts, pair_dimension, slope
from known_shapes import intervals


def dimension(ratio):
    return math.log(2) / -math.log(ratio)


@pytest.mark.parametrize(("ratio", "error"), [(1 / 3, 0.056), (1 / 4, 0.093), (0.45, 0.037)])
def test_cantor_sets_keep_to_the_stated_errors(ratio, error):
    held = 0
    for seed in range(6):
        found = pair_dimension(intervals((1 << 16) + 1, ratio, seed))
        assert abs(found.value - dimension(ratio)) <= error
        assert (found.sizes, found.note) == ((1, 256), "")
        held += found.low <= dimension(ratio) <= found.high
    assert held >= 5


@pytest.mark.slow
@pytest.mark.parametrize(("ratio", "error"), [(1 / 3, 0.028), (1 / 4, 0.031), (0.45, 0.018)])
def test_cantor_sets_of_a_million_points(ratio, error):
    for seed in range(20):
        found = pair_dimension(intervals((1 << 20) + 1, ratio, seed))
        assert abs(found.value - dimension(ratio)) <= error
        assert found.low <= dimension(ratio) <= found.high


def test_noise_has_dimension_one():
    noise = np.random.default_rng(0).random((1 << 16) + 1) < 0.5
    found = pair_dimension(noise)
    assert found.value == pytest.approx(1, abs=0.02)
    assert found.low <= 1 <= found.high


def test_counts_are_those_of_lines_of_fewer_points():
    line = intervals((1 << 10) + 1)
    found = pair_counts(line, least=3).sum(axis=0)
    by_hand = []
    for k in range(10, 2, -1):
        points = line[:: 1 << (10 - k)]
        assert len(points) == 2**k + 1
        by_hand.append(sum(a != b for a, b in pairwise(points)))
    assert found.tolist() == by_hand
    assert pair_dimension(line, least=3).value == pytest.approx(
        np.polyfit(range(10, 2, -1), np.log2(by_hand), 1)[0]
    )


@pytest.mark.parametrize("points", [1000, 1026, 1500, 2047])
def test_other_numbers_of_points_lose_only_the_far_end(points):
    line = intervals(points)
    counts = pair_counts(line, least=5)
    distances = counts.shape[1]
    reach = (points - 1) >> (distances - 1) << (distances - 1)
    assert points - 1 - reach < 1 << (distances - 1)
    for power, total in enumerate(counts.sum(axis=0)):
        kept = line[: reach + 1 : 1 << power]
        assert total == np.count_nonzero(kept[1:] != kept[:-1])


def test_one_row_of_a_map_is_a_line():
    line = intervals((1 << 12) + 1)
    assert pair_dimension(line[None]) == pair_dimension(line)


def test_the_slope_is_that_of_the_logarithm():
    assert slope(np.array([4096, 1024, 256, 64])) == pytest.approx(2)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (np.zeros(0, bool), "0 points are too few"),
        (np.zeros(1024, bool), "1024 points are too few; 1024 + 1 are needed"),
        (np.zeros(5000, bool), "no pair of different class at any distance"),
        (np.arange(5000) == 3001, "no pair of different class at a distance of 2 points"),
    ],
)
def test_where_nothing_can_be_said_the_note_says_why(line, words):
    found = pair_dimension(line)
    assert math.isnan(found.value)
    assert math.isnan(found.high)
    assert words in found.note


def test_one_change_of_class_has_dimension_zero_and_no_interval():
    found = pair_dimension(np.arange(5000) < 3001)
    assert found.value == pytest.approx(0)
    assert math.isnan(found.low)
    assert "lies in 1 of the pieces" in found.note
