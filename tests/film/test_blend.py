"""Frames between two key frames: the weights, the places and the colours."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import fractbench
from fractbench.colors import colors, rank_table
from fractbench.film.blend import places, segment, still
from fractbench.film.paint import palette
from fractbench.film.timeline import Timeline, scale, weight
from fractbench.problems.catalogue import problem

SIDE = 32


def made(k, name="single", **options):
    return fractbench.run(
        name, backend="numpy", size=SIDE + 1, steps=25, view=f"published:{k}", **options
    )


@pytest.fixture(scope="module")
def pair():
    return made(2), made(3)


def between(outer, inner):
    points = (outer.value, outer.classes), (inner.value, inner.classes)
    return segment(*points, palette(outer.problem))


def test_weights_are_sin_squared():
    assert weight(0) == 0
    assert weight(1) == 1
    assert weight(1 / 3) == pytest.approx(0.25)
    assert weight(0.5) == pytest.approx(0.5)
    assert weight(0.2) + weight(0.8) == pytest.approx(1)


def test_widths_shrink_geometrically():
    ways = [k / 45 for k in range(46)]
    ratios = [scale(b) / scale(a) for a, b in pairwise(ways)]
    assert ratios == pytest.approx([0.5 ** (1 / 45)] * 45)
    assert (scale(0), scale(1)) == (1, 0.5)


def test_a_timeline_begins_and_ends_on_a_key_frame():
    line = Timeline(keys=4, per_doubling=45)
    ways = [way for index in range(4) for way in line.segment(index)]
    assert len(ways) == line.frames == 136
    assert ways[::45] == [0, 0, 0, 0]
    assert max(ways) == 44 / 45


@pytest.mark.parametrize("pitch", [1, 2, 0.5, 2**-0.3, 2**0.7])
def test_the_fixed_point_stays_at_its_pixel(pitch):
    found = places(SIDE, pitch)
    assert found[SIDE // 2] == SIDE // 2
    exact = SIDE // 2 + (np.arange(SIDE) - SIDE // 2) * pitch
    assert np.abs(found - exact).max() <= 0.5
    assert np.all(np.diff(found) >= 0)


def test_neighbouring_key_frames_share_every_second_point_to_the_last_bit(pair):
    outer, inner = pair
    quarter = SIDE // 4
    middle = slice(quarter, 3 * quarter + 1)
    assert np.array_equal(outer.value[middle, middle], inner.value[::2, ::2])


def test_a_still_has_the_colours_of_its_map(pair):
    for one in pair:
        shown = still(one.value, one.classes, palette(one.problem))
        assert np.array_equal(shown, colors(one)[:-1, :-1])


def test_a_still_has_the_colours_of_its_map_where_classes_are_coloured():
    one = fractbench.run("newton", backend="numpy", size=SIDE + 1, steps=8)
    shown = still(one.value, one.classes, palette(one.problem))
    assert np.array_equal(shown, colors(one)[:-1, :-1])


def test_at_both_ends_a_segment_is_a_key_frame_pixel_for_pixel(pair):
    both = between(*pair)
    shades = palette(pair[0].problem)
    first, last = (still(one.value, one.classes, shades) for one in pair)
    assert not np.array_equal(first, last)
    assert np.array_equal(both.frame(0), first)
    assert np.array_equal(both.frame(1), last)


def test_a_frame_between_shows_ranks_of_both_at_the_nearest_points(pair):
    outer, inner = pair
    way, shades = 0.4, palette(outer.problem)
    frame = between(outer, inner).frame(way)
    share = np.sin(way * np.pi / 2) ** 2
    rng = np.random.default_rng(1)
    seen = set()
    for row, column in rng.integers(0, SIDE, (60, 2)):
        offset = np.array([row, column]) - SIDE / 2
        fine = np.floor(SIDE / 2 + offset * 2 ** (1 - way) + 0.5).astype(int)
        coarse = np.floor(SIDE / 2 + offset * 2**-way + 0.5).astype(int)
        inside = fine.min() >= 0 and fine.max() <= SIDE
        seen.add(bool(inside))
        value = inner.value[tuple(fine)] if inside else outer.value[tuple(coarse)]
        ranks = [np.interp(value, *rank_table(one.value)) for one in pair]
        rank = np.float32(1 - share) * np.float32(ranks[0]) + np.float32(share * ranks[1])
        expected = shades.paint(np.array(rank), np.array(0, np.uint8)).astype(int)
        near = shades.paint(np.array(rank + 1e-5), np.array(0, np.uint8)).astype(int)
        assert np.array_equal(frame[row, column], expected) or np.array_equal(
            frame[row, column], near
        )
    assert seen == {True, False}


def test_a_still_zoom_does_not_change_colours_where_nothing_changes():
    value = np.full((SIDE + 1, SIDE + 1), -3.0)
    flat = value, np.ones(value.shape, np.uint8)
    shades = palette(problem("tanh"))
    both = segment(flat, flat, shades)
    assert len(np.unique(both.frame(0.5).reshape(-1, 3), axis=0)) == 1
