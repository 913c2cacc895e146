"""What parts two maps, in numbers and as marks."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fractbench.plot.difference import difference
from fractbench.plot.draw import figure
from fractbench.plot.panel import Panel
from fractbench.plot.parted import MARKS, parted
from fractbench.plot.raster import raster
from fractbench.plot.shown import read


@pytest.fixture
def whole(maps):
    return read(maps / "set.npz")


def changed(item, *pixels, flip=()):
    """Return a map with one more ulp in `sum_inverse` at (row, column), and other classes."""
    sums = {name: array.copy() for name, array in item.accumulators.items()}
    value, classes = item.value.copy(), item.classes.copy()
    for at in pixels:
        sums["sum_inverse"][at] = np.nextafter(sums["sum_inverse"][at], np.float32(np.inf))
        value[at] += 1
    for at in flip:
        classes[at] = 1 - classes[at]
        value[at] += 9
    return dataclasses.replace(item, accumulators=sums, value=value, classes=classes)


def test_a_map_differs_in_nothing_from_itself(whole):
    found = difference(whole, whole)
    assert found.same
    assert (found.count, found.classes_count, found.box, found.first_pixel) == (0, 0, None, None)
    assert found.first_accumulator is None
    assert found.value.largest is None


def test_one_ulp_at_two_pixels_is_found_where_it_is(whole):
    found = difference(whole, changed(whole, (3, 5), (7, 2), flip=[(7, 2)]))
    assert (found.count, found.classes_count) == (2, 1)
    assert found.first_accumulator == "sum_inverse"
    assert found.accumulators["sum_inverse"] == 2
    assert found.accumulators["sum_v"] == 0
    assert found.first_pixel == (5, 3)
    assert found.box == (2, 3, 5, 7)
    assert found.classes_box == (2, 7, 2, 7)
    assert found.changes == {("diverged", "converged"): 1}
    assert found.value.largest == pytest.approx(10, rel=1e-5)
    assert found.value_in_class.median == pytest.approx(1, rel=1e-5)


def test_pixels_on_the_boundary_are_those_with_another_class_beside_them(whole):
    rows, columns = np.nonzero(whole.classes == 1)
    inside, edge = (10, 20), (int(rows[0]), int(columns[0]))
    assert whole.classes[9:12, 19:22].all()
    assert difference(whole, changed(whole, inside)).differing_on_boundary == 0
    assert difference(whole, changed(whole, edge, inside)).differing_on_boundary == 1


def test_nan_equals_nan_and_a_zero_has_a_sign(whole):
    a, b = changed(whole), changed(whole)
    a.accumulators["last"][0, 0] = b.accumulators["last"][0, 0] = np.nan
    a.accumulators["last"][1, 1], b.accumulators["last"][1, 1] = 0.0, -0.0
    assert difference(a, b).first_pixel == (1, 1)
    assert difference(a, b).count == 1


def test_two_formats_are_compared_in_the_wider(whole, maps):
    wide = read(maps / "set64.npz")
    found = difference(whole, wide)
    assert 0 < found.count <= found.pixels
    exact = {name: array.astype(np.float64) for name, array in whole.accumulators.items()}
    assert difference(whole, dataclasses.replace(whole, accumulators=exact)).same


def test_infinite_values_have_no_largest_difference(whole):
    other = changed(whole, (0, 0))
    other.value[0, 0] = np.inf
    assert difference(whole, other).value.largest is None


def test_marks_show_bits_and_classes_at_their_places(whole):
    other = changed(whole, (3, 5), (7, 2), flip=[(7, 2)])
    picture = parted(whole, other, difference(whole, other), ("A", "B"))
    marks = picture.panels[2].image
    assert marks[3, 5] == 1
    assert marks[7, 2] == 2
    assert np.count_nonzero(marks) == 2
    assert [panel.title for panel in picture.panels[:2]] == ["A", "B"]
    assert [name for _, name in picture.key.patches] == list(MARKS)
    assert len(figure(picture).axes) == 3


def test_one_pixel_in_a_million_is_seen(whole):
    marks = np.zeros((1000, 1000), np.uint8)
    marks[517, 33] = 2
    panel = Panel(marks, whole.spans, whole.problem.axes, palette=("#000000", "#00ff00", "#ff0000"))
    shown = raster(panel, (90, 70))
    assert shown.shape == (70, 90, 3)
    [[row, column]] = np.argwhere(shown.any(axis=-1)).tolist()
    assert abs(row - 0.517 * 70) <= 1
    assert abs(column - 0.033 * 90) <= 1


def test_lines_are_compared_one_below_the_other(maps):
    line = read(maps / "line.npz")
    picture = parted(line, line, difference(line, line), ("A", "B"))
    boxes = [axes.get_position() for axes in figure(picture).axes]
    assert boxes[0].y0 > boxes[1].y1 > boxes[2].y1
