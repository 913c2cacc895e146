"""Lines break where a reader would break them, and none is wider than it may be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fractbench.plot.letters import wide, wrapped


@given(st.text(alphabet="abc -1.,$", max_size=60), st.floats(5, 60))
def test_lines_fit_and_nothing_is_lost(text, width):
    lines = wrapped(text, 8, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(wide(line, 8) <= width for line in lines)


def test_lines_break_at_spaces_then_at_hyphens_then_anywhere():
    text = "quadratic-multiplicative map"
    assert wrapped(text, 8, wide("quadratic-multiplicative", 8)) == [
        "quadratic-multiplicative",
        "map",
    ]
    assert wrapped(text, 8, wide("multiplicative map", 8)) == ["quadratic-", "multiplicative map"]
    assert wrapped("-1.2345", 8, wide("-1.23", 8)) == ["-1.23", "45"]
    assert wrapped("a\nb", 8, 50) == ["a", "b"]


def test_letters_twice_as_large_are_twice_as_wide():
    assert wide("width", 16) == 2 * wide("width", 8) > 10
