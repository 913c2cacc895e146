import re
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.exact import power_of_ten
from fractbench.arithmetic.formats import FLOAT32, FLOAT64
from fractbench.errors import UsageError
from fractbench.grid import Grid, grid_of, parse_size, points, rounded_points
from fractbench.plan import Plan
from fractbench.problems.base import Axis
from fractbench.problems.catalogue import problem
from fractbench.window import Window, brief
from helpers import FMT

LOG = Axis("rate", "log10", "-30", "12")
LINEAR = Axis("number", "linear", "-1000", "1000")
SIZES = st.integers(1, 40)


def values(text, count, axis=LOG):
    return Grid(Window.parse(text), count, 1).values(0, axis, FMT)


@given(st.fractions(-9, 9), st.fractions(Fraction(1, 100), 9), st.integers(2, 60))
def test_points_hold_both_ends_and_are_equidistant(low, extent, count):
    found = points(low, low + extent, count)
    assert (found[0], found[-1]) == (low, low + extent)
    assert {b - a for a, b in pairwise(found)} == {extent / (count - 1)}


def test_one_point_is_the_centre():
    assert points(Fraction(-3), Fraction(6), 1) == [Fraction(3, 2)]
    assert values("-3:6", 1) == [power_of_ten(Fraction(3, 2), FMT)]
    assert values("0:1.5", 1, LINEAR) == [0.75]


@given(st.integers(2, 30))
def test_log_axes_are_powers_of_ten_rounded_once(count):
    found = values("-3:6", count)
    assert found.dtype == np.float32
    assert (found[0], found[-1]) == (np.float32("0.001"), 1e6)
    exact = [power_of_ten(-3 + Fraction(9 * k, count - 1), FMT) for k in range(count)]
    assert found.tolist() == exact


@given(st.integers(2, 30))
def test_linear_axes_are_rationals_rounded_once(count):
    found = values("0:1.5", count, LINEAR)
    assert found.tolist() == [FMT.round(Fraction(3 * k, 2 * (count - 1))) for k in range(count)]


def test_a_zero_is_plus_zero():
    middle = values("-1:1", 3, LINEAR)[1]
    assert middle == 0
    assert not np.signbit(middle)


@pytest.mark.parametrize(
    ("text", "axis"),
    [("-30.1:0", LOG), ("0:12.000001", LOG), ("-1001:0", LINEAR), ("-40:-31", LOG),
     ("1e30:2e30", LOG), ("0:1e300", LINEAR)],
)  # fmt: skip
def test_what_leaves_the_allowed_range_is_refused(text, axis):
    shown = re.escape(brief(str(Window.parse(text))))
    with pytest.raises(UsageError, match=rf"{shown} leaves.*within {axis.low}:{axis.high}"):
        values(text, 4, axis)


def test_the_ends_of_the_allowed_range_are_allowed():
    assert values("-30:12", 2).tolist() == [float(np.float32("1e-30")), float(np.float32("1e12"))]


def test_too_near_to_zero_is_refused():
    with pytest.raises(UsageError, match=r"0:1e-35|0:0\.0+1 .*too close to 0"):
        values("0:1e-35", 3, LINEAR)


def test_finer_than_float32_is_refused_and_the_way_out_named():
    window = problem("tanh").views["published"]
    with pytest.raises(UsageError, match=r"finer than float32.*4096 pixels share 25 distinct.*"
                                         r"type --dtype float64, a wider"):  # fmt: skip
        Grid(window, 4096, 4096).values(0, LOG, FMT)
    assert len(Grid(window, 2, 2).values(0, LOG, FMT)) == 2


def test_finer_than_float64_is_refused():
    with pytest.raises(UsageError, match=r"finer than float64.*; type a wider window"):
        Grid(Window.parse("1:1.0000000000000004"), 8, 1).values(0, LINEAR, FLOAT64)


def test_float64_is_advised_where_it_is_enough_and_not_where_it_is_too_coarse():
    for text, advised in (("1:1.0000001", True), ("1:1.00000000000000001", False)):
        with pytest.raises(UsageError, match="finer than float32") as caught:
            values(text, 64, LINEAR)
        assert ("--dtype float64" in str(caught.value)) == advised


def test_a_window_too_fine_for_float32_is_one_for_float64():
    window = problem("tanh").views["published"]
    assert len(Grid(window, 4096, 4096).values(0, LOG, FLOAT64)) == 4096


def test_a_window_of_exact_neighbours_is_allowed_and_a_finer_one_is_not():
    ulp = Fraction(1, 2**23)
    text = f"1:{float(1 + 8 * ulp)!r}"
    assert len(values(text, 9, LINEAR)) == 9
    with pytest.raises(UsageError, match="finer"):
        values(text, 10, LINEAR)


@pytest.mark.parametrize(("width", "height"), [(0, 4), (4, 0), (-1, 4), (4, -1), (0, 0)])
def test_sizes_that_are_not_positive_are_refused(width, height):
    with pytest.raises(UsageError, match=f"size {width}x{height} is not positive"):
        Grid(Window.parse("0:1,0:1"), width, height)


@pytest.mark.parametrize(("width", "height"), [(1 << 25, 1), (1, 1 << 17), (1 << 20, 1 << 16)])
def test_absurd_sizes_are_refused(width, height):
    with pytest.raises(UsageError, match=f"size {width}x{height} is too large"):
        Grid(Window.parse("0:1,0:1"), width, height)


@pytest.mark.parametrize(
    ("text", "axes", "size"),
    [("64", 2, (64, 64)), ("64x48", 2, (64, 48)), ("64X48", 2, (64, 48)), ("64", 1, (64, 1)),
     ("64x1", 1, (64, 1)), (" 7 ", 2, (7, 7))],
)  # fmt: skip
def test_sizes_that_one_types(text, axes, size):
    assert parse_size(text, axes) == size


@pytest.mark.parametrize("text", ["", "x", "64x", "x64", "6.4", "64x48x3", "1e3", "9" * 40])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(UsageError, match=f"{text!r} is no size"):
        parse_size(text, 2)


@pytest.mark.parametrize("text", ["0", "-1", "-1x5", "5x-1", "0x0", "999999999999"])
def test_sizes_zero_negative_and_absurd_are_refused_by_name(text):
    with pytest.raises(UsageError, match=r"size -?\d+x-?\d+ is (not positive|too large)"):
        grid_of(problem("tanh"), problem("tanh").views["start"], parse_size(text, 2))


def test_rows_on_one_axis_and_windows_of_other_axes_are_refused():
    with pytest.raises(UsageError, match="size 64x48 has rows"):
        parse_size("64x48", 1)
    with pytest.raises(UsageError, match=r"2 axes and the window 0:1 has 1.*X0:X1,Y0:Y1"):
        grid_of(problem("tanh"), Window.parse("0:1"), (4, 4))


@given(SIZES, SIZES, st.data())
def test_a_pixel_of_a_tile_is_where_the_grid_says(width, height, data):
    plan = Plan(problem("newton"), Grid(Window.parse("-2:2,-1:3"), width, height), Arithmetic())
    start = data.draw(st.integers(0, width * height - 1))
    count = data.draw(st.integers(1, width * height - start))
    tile = plan.tile(start, count)
    x = plan.grid.values(0, LINEAR, FMT)
    y = plan.grid.values(1, LINEAR, FMT)
    places = [divmod(i, width) for i in range(start, start + count)]
    assert tile.pixels["x"].tolist() == [x[column] for _, column in places]
    assert tile.pixels["y"].tolist() == [y[row] for row, _ in places]


@given(SIZES, SIZES, st.integers(1, 2000))
def test_tiles_cover_every_pixel_once(width, height, size):
    plan = Plan(problem("newton"), Grid(Window.parse("-2:2,-1:3"), width, height), Arithmetic())
    covered = [i for start, count in plan.cuts(size) for i in range(start, start + count)]
    assert covered == list(range(width * height))


@given(
    low=st.fractions(-4, 4, max_denominator=1000),
    extent=st.fractions(Fraction(1, 100), 4, max_denominator=1 << 12),
    count=st.integers(2, 400),
    fmt=st.sampled_from([FLOAT32, FLOAT64]),
)
def test_points_of_a_linear_axis_are_rounded_once(low, extent, count, fmt):
    expected = [fmt.round(x) for x in points(low, low + extent, count)]
    assert rounded_points(low, low + extent, count, fmt).tolist() == expected


@pytest.mark.parametrize(("high", "fmt"), [("1.5", FLOAT32), ("1.45", FLOAT32), ("1", FLOAT32),
                                           ("1.5", FLOAT64)])  # fmt: skip
def test_long_lines_are_rounded_once(high, fmt):
    count = (1 << 16) + 1
    found = rounded_points(Fraction(0), Fraction(high), count, fmt)
    exact = points(Fraction(0), Fraction(high), count)
    for k in range(0, count, 97):
        assert found[k] == fmt.round(exact[k])
