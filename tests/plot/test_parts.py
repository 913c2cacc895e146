"""Crops are the pixels that were asked for; nonsense is refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from fractbench.errors import UsageError
from fractbench.plot.ranges import crop, crop_pixels, note
from fractbench.plot.shown import read


def test_a_crop_holds_the_pixels_whose_centres_are_in_it(maps):
    whole = read(maps / "set.npz")
    part = crop(whole, "-1:0.35,-0.5:1")
    assert part.size == (14, 16)
    assert np.array_equal(part.value, whole.value[5:, 10:24])
    assert np.array_equal(part.accumulators["last"], whole.accumulators["last"][5:, 10:24])
    assert part.spans[0].first == -1
    assert part.spans[0].pitch == Fraction(1, 10)
    assert part.digest == whole.digest


def test_the_whole_window_is_a_crop(maps):
    whole = read(maps / "set.npz")
    assert np.array_equal(crop(whole, "-2:1,-1:1").classes, whole.classes)
    assert crop_pixels(whole, "0:31,0:21").spans == whole.spans


def test_a_deep_window_is_cropped_exactly(maps):
    whole = read(maps / "deep.npz")
    (low, _), (under, _) = whole.window.intervals
    left, bottom = Fraction(low) + Fraction("2e-26"), Fraction(under) + Fraction("4.5e-26")
    right, top = left + Fraction("4e-26"), bottom + Fraction("1e-30")
    ends = [f"{int(x * 10**40)}e-40" for x in (left, right, bottom, top)]
    part = crop(whole, "{}:{},{}:{}".format(*ends))
    assert part.size == (5, 1)
    assert np.array_equal(part.value, whole.value[3:4, 2:7])


def test_pixels_are_counted_as_in_python(maps):
    whole = read(maps / "set.npz")
    part = crop_pixels(whole, "3:7,1:2")
    assert np.array_equal(part.value, whole.value[1:2, 3:7])
    assert part.spans[1].first == whole.spans[1].at(1)


def test_a_line_has_one_range(maps):
    line = read(maps / "line.npz")
    part = crop(line, "0.3:0.9")
    assert part.size[1] == 1
    assert 20 < part.size[0] < 30
    assert crop_pixels(line, "10:12").size == (2, 1)


def test_a_note_is_words_at_an_exact_point():
    found = note("me@here@1.5,-2e-30")
    assert found.text == "me@here"
    assert found.point == (Fraction(3, 2), Fraction("-2e-30"))


@pytest.mark.parametrize(
    ("name", "read_as", "text", "words"),
    [
        ("set", crop, "-3:1,0:1", "leaves the window -2:1 of set; type a range within -2:1"),
        ("set", crop, "0:1,0:1.2", "leaves the window -1:1"),
        ("set", crop, "0:0,0:1", "the crop 0:0 is empty"),
        ("set", crop, "1:0,0:1", "the lower number first"),
        ("set", crop, "0.01:0.09,0:1", "lies between two pixels of set"),
        ("set", crop, "0:1", "has 1 ranges and set has 2 axes"),
        ("set", crop, "0-1,0:1", "is no range; type --crop X0:X1,Y0:Y1"),
        ("set", crop, "a:b,0:1", "'a' is no finite decimal number; type --crop"),
        ("line", crop, "0:1,0:1", "has 2 ranges and line has 1 axes"),
        ("set", crop_pixels, "0:32,0:2", "leaves the 31 columns of set"),
        ("set", crop_pixels, "0:3,2:22", "leaves the 21 rows of set"),
        ("set", crop_pixels, "3:3,0:2", "the crop 3:3 is empty"),
        ("set", crop_pixels, "-3:3,0:2", "are no two whole numbers"),
        ("set", crop_pixels, f"0:{'9' * 5000},0:2", "leaves the 31 columns"),
    ],
)
def test_a_crop_that_cannot_be_is_refused(maps, name, read_as, text, words):
    with pytest.raises(UsageError) as error:
        read_as(read(maps / f"{name}.npz"), text)
    assert words in str(error.value)


@pytest.mark.parametrize("text", ["words", "@1,2", " @1,2", "words@", "words@x,1", "w@1;2"])
def test_a_note_without_words_or_point_is_refused(text):
    with pytest.raises(UsageError, match=r"type --annotate \"text@x,y\""):
        note(text)


def test_a_note_that_cannot_be_drawn_is_refused():
    with pytest.raises(UsageError, match="cannot be drawn"):
        note("a\x00b@1,2")
