"""Marks on axes are exact, few enough, and readable in windows that no float resolves."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractbench.plot.frame import fitting
from fractbench.plot.letters import wide
from fractbench.plot.span import Span
from fractbench.plot.ticks import ticks


def span(low, high, count=11):
    return Span.of(Fraction(low), Fraction(high), count)


def number(label):
    return Fraction(label.replace("\N{MINUS SIGN}", "-"))


def test_marks_of_a_wide_window_are_plain():
    made = ticks(span("-3", "6", 10), 6)
    assert made.labels == ("\N{MINUS SIGN}2", "0", "2", "4", "6")
    assert made.places == (1, 3, 5, 7, 9)
    assert made.origin == ""
    assert made.label("rate") == ["rate"]


def test_marks_of_a_deep_window_are_offsets_from_a_number_written_once():
    low, high = "1.123844266878301938475610293830", "1.123844266878301938475610293870"
    made = ticks(span(low, high, 41), 5)
    assert made.origin == "1.12384426687830193847561029385"
    assert made.exponent == -29
    assert made.labels == ("\N{MINUS SIGN}2", "\N{MINUS SIGN}1", "0", "1", "2")
    assert made.places == (0, 10, 20, 30, 40)
    assert made.label("rate") == ["rate, in 10⁻²⁹ from", made.origin]


@given(
    st.decimals(-50, 50, places=8), st.integers(-60, 2), st.integers(1, 999), st.integers(1, 8),
    st.integers(1, 4000),
)  # fmt: skip
def test_every_mark_is_where_its_label_says(middle, power, length, most, count):
    half = Fraction(length) * Fraction(10) ** power / 2
    axis = Span.of(Fraction(middle) - half, Fraction(middle) + half, count)
    made = ticks(axis, most)
    assert 1 <= len(made.labels) <= most + 1
    for place, label in zip(made.places, made.labels, strict=True):
        assert len(label) <= 7
        exact = number(label)
        if made.origin:
            exact = Fraction(made.origin) + exact * Fraction(10) ** made.exponent
        assert place == pytest.approx(float((exact - axis.first) / axis.pitch), abs=1e-9)
        assert -0.5 - 1e-9 <= place <= count - 0.5 + 1e-9


@given(st.floats(8, 300), st.sampled_from([7.0, 8.0, 14.0]), st.booleans())
def test_as_many_marks_as_fit_without_touching(length, points, deep):
    axis = span("1.123844266878", "1.123844266879") if deep else span("-2.3", "10.4")
    made = fitting(axis, length, points, along=True)
    room = length / axis.count
    sides = [(place * room - half, place * room + half)
             for place, half in zip(made.places, [wide(t, points - 1) / 2 for t in made.labels],
                                    strict=True)]  # fmt: skip
    assert all(right < left for (_, right), (left, _) in pairwise(sides))
    assert len(sides) >= 3 or length < 60


def test_a_span_of_one_pixel_is_its_middle():
    one = span("1", "3", 1)
    assert (one.first, one.low, one.high) == (2, 1, 3)
    assert one.within(Fraction(1), Fraction(3)) == (0, 1)


def test_pixels_within_a_range_have_their_centres_in_it():
    axis = span("0", "1", 11)
    assert axis.within(Fraction("0.2"), Fraction("0.5")) == (2, 6)
    assert axis.within(Fraction("0.21"), Fraction("0.29")) == (3, 3)
    part = axis.cut(2, 6)
    assert (part.first, part.count, part.pitch) == (Fraction("0.2"), 4, Fraction("0.1"))
