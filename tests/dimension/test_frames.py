"""Which windows are measured, and in which dtype."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from fractbench.dimension.frames import ULPS, Asked, dtype_of, views
from fractbench.errors import UsageError
from fractbench.problems.base import Axis
from fractbench.problems.catalogue import problem
from fractbench.window import Window


def chosen_for(text, size, axes=1):
    """Return the dtype of a window of plain linear axes."""
    declared = (Axis("rate", "linear", "-1000", "1000"),) * axes
    return dtype_of(SimpleNamespace(name="x", axes=declared), Window.parse(text), size)


def test_the_published_window_comes_first_and_the_start_where_there_is_none():
    assert views(problem("tanh"), None) == ["published"]
    assert views(problem("newton"), None) == ["start"]
    assert views(problem("tanh"), "published:3") == ["published:3"]


def test_a_ladder_is_whole_or_spread_evenly_with_both_ends():
    ladder = views(problem("tanh"), "ladder")
    assert ladder == [f"published:{k}" for k in range(24)]
    some = views(problem("relu"), "ladder", 12)
    assert some == [f"published:{k}" for k in range(0, 23, 2)]
    assert views(problem("tanh"), "ladder", 2) == [ladder[0], ladder[-1]]


@pytest.mark.parametrize(
    ("name", "view", "frames", "words"),
    [
        ("newton", "ladder", None, "has no ladder of published windows; type --view with one of"),
        ("tanh", "laddder", None, "has no view 'laddder'"),
        ("tanh", "published", 3, "type --view ladder with it"),
        ("tanh", "ladder", 25, "type 2 to 24"),
        ("tanh", "ladder", 1, "type 2 to 24"),
    ],
)
def test_windows_that_there_are_not_are_refused(name, view, frames, words):
    with pytest.raises(UsageError, match=words):
        views(problem(name), view, frames)


def test_float32_is_taken_while_pixels_are_ulps_apart():
    asked = Asked("tanh", 128)
    found = [asked.request(f"published:{k}").dtype for k in range(24)]
    assert found[0] == "float32"
    assert found[-1] == "float64"
    assert found == sorted(found)
    assert Asked("tanh", 128, dtype="float32").request("published").dtype == "float32"


def test_a_linear_axis_counts_its_ulps_at_the_end_far_from_zero():
    ulp = 2.0**-23
    wide, narrow = (f"1:{1 + 64 * ulps * ulp:.17f}" for ulps in (1.01 * ULPS, 0.99 * ULPS))
    assert chosen_for(wide, 65) == "float32"
    assert chosen_for(narrow, 65) == "float64"
    assert chosen_for(f"{narrow},{wide}", 65, axes=2) == "float64"


def test_what_float64_cannot_tell_apart_is_left_to_the_deep_zoom():
    assert chosen_for("1.0000000000000000000:1.0000000000000000001", 65) == "float32"
    assert chosen_for("1:1.0000000000001", 9) == "float64"


def test_a_window_without_a_name_takes_the_place_of_a_view():
    plan = Asked("quadratic", 65, window="0.25:0.5").request("start").plan()
    assert str(plan.grid.window) == "0.25:0.5"
    with pytest.raises(UsageError, match="is no window"):
        Asked("quadratic", 65, window="0.25").request("start")


def test_double_resolution_halves_the_spacing_and_keeps_the_ends():
    asked = Asked("tanh", 65, 7)
    plain, double = asked.request("start").plan(), asked.doubled().request("start").plan()
    assert double.grid.width == 129
    assert double.problem.steps == 7
    flat = [double.gather(np.array([k])).pixels["x"][0] for k in (0, 2, 128)]
    assert flat == [plain.gather(np.array([k])).pixels["x"][0] for k in (0, 1, 64)]


def test_steps_are_the_problems_own_unless_they_are_told():
    assert Asked("minibatch", 64).request("start").plan().problem.steps == 1000
