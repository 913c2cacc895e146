"""The windows of a zoom: exact, concentric, each half as wide as the one before."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from fractbench.errors import UsageError
from fractbench.film.ladder import ladder
from fractbench.problems.catalogue import problem


def width(window, axis=0):
    low, high = window.bounds(axis)
    return high - low


@pytest.mark.parametrize("name", ["linear", "minibatch", "weight-drift"])
def test_the_published_ladder_is_the_default(name):
    chosen = problem(name)
    windows = ladder(chosen)
    published = [chosen.view(v) for v in chosen.views if v.startswith("published:")]
    assert list(windows) == published


def test_a_frame_of_the_ladder_can_be_the_target():
    chosen = problem("tanh")
    windows = ladder(chosen, view="published:4")
    assert [str(w) for w in windows] == [str(chosen.view(f"published:{k}")) for k in range(5)]


def test_a_centre_of_many_digits_stays_exact():
    center = "1." + "123456789" * 7 + ",2." + "3" * 60
    windows = ladder(problem("tanh"), to=center, width="1e-58", decades="20")
    assert len(windows) == 68
    for axis, text in enumerate(center.split(",")):
        low, high = windows[0].bounds(axis)
        assert (low + high) / 2 == Fraction(text)
    assert width(windows[-1]) == Fraction(1, 10**58)
    for wide, narrow in pairwise(windows):
        assert width(wide) == 2 * width(narrow)
        assert width(wide, 1) == 2 * width(narrow, 1)


def test_decades_are_reached_and_not_doubled_once_more_than_needed():
    windows = ladder(problem("tanh"), view="published:9", decades="2")
    ratio = width(windows[0]) / width(windows[-1])
    assert 100 <= ratio < 200


def test_without_decades_a_centre_begins_no_wider_than_the_start_view():
    windows = ladder(problem("mandelbrot"), to="-0.75,0.1", width="0.01")
    assert Fraction(3, 2) < width(windows[0]) <= 3


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("mandelbrot", {}, "mandelbrot has no published ladder; type --to X,Y"),
        ("quadratic", {}, "has one axis and a film shows two"),
        ("tanh", {"to": "1,2"}, "--to and --width need each other"),
        ("tanh", {"width": "1"}, "--to and --width need each other"),
        ("tanh", {"to": "1,2", "width": "1", "view": "start"}, "type one"),
        ("tanh", {"to": "1", "width": "1"}, "'1' is no centre of a film"),
        ("tanh", {"to": "1,2", "width": "0"}, "width 0 is not positive"),
        ("tanh", {"decades": "0"}, "--decades 0 is not allowed; type a number above 0"),
        ("tanh", {"decades": "-1"}, "--decades -1 is not allowed"),
        ("tanh", {"decades": "many"}, "'many' is no finite decimal number; --decades takes"),
        ("tanh", {"decades": "20"}, "leaves what learning rate of W allows (-30:12)"),
        ("tanh", {"view": "start"}, "type --decades N"),
        ("tanh", {"view": "publisht"}, "tanh has no view 'publisht' (did you mean published?)"),
    ],
)
def test_what_cannot_be_a_ladder_is_one_sentence(name, options, sentence):
    with pytest.raises(UsageError) as refused:
        ladder(problem(name), **options)
    assert sentence in str(refused.value)
