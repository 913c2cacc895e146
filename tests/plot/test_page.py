"""Pages have the size that was asked for, nothing overlaps, and bytes are the same each time."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from fractbench.errors import UsageError
from fractbench.plot.boundary import contour
from fractbench.plot.compose import Look, contact_sheet, side_by_side
from fractbench.plot.draw import figure
from fractbench.plot.layout import layout
from fractbench.plot.output import drawn
from fractbench.plot.page import INCH, page
from fractbench.plot.ranges import note
from fractbench.plot.shown import read

NAMES = ("set", "part", "newton", "line", "deep")


@pytest.fixture(params=NAMES)
def item(request, maps):
    return read(maps / f"{request.param}.npz")


@pytest.mark.parametrize(("preset", "width"), [("column", 85), ("page", 178), ("slide", 254)])
def test_a_pdf_and_an_svg_have_the_width_of_their_preset(maps, preset, width):
    items = [read(maps / "set.npz")]
    picture = side_by_side(items, Look(page(preset)))
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", drawn(picture, items, "pdf"))
    assert float(box[1]) / 72 * INCH == pytest.approx(width, abs=1e-3)
    head = re.search(rb'width="([\d.]+)pt" height="([\d.]+)pt"', drawn(picture, items, "svg"))
    assert float(head[1]) / 72 * INCH == pytest.approx(width, abs=1e-3)
    assert float(head[2]) == pytest.approx(float(box[2]), abs=1e-3)
    if preset == "slide":
        assert float(head[1]) / float(head[2]) == pytest.approx(16 / 9)


def test_a_png_has_the_dots_and_tells_their_size(maps):
    items = [read(maps / "set.npz")]
    found = Image.open(io.BytesIO(drawn(side_by_side(items, Look(page("slide"))), items, "png")))
    assert found.size == (1920, 1080)
    assert found.info["dpi"][0] == pytest.approx(192, abs=0.1)
    assert items[0].digest in found.text["Description"]
    narrow = side_by_side(items, Look(page(None, 60, 127)))
    assert Image.open(io.BytesIO(drawn(narrow, items, "png"))).size[0] == 300


def test_every_pixel_is_as_many_dots_of_its_colour(maps):
    items = [read(maps / "set.npz")]
    picture = side_by_side(items, Look(page("column")))
    found = np.asarray(Image.open(io.BytesIO(drawn(picture, items, "png"))).convert("RGB"))
    box, dot = layout(picture).boxes[0], picture.page.dot
    each = round(box[2] / dot / 31)
    assert box[2] / dot == pytest.approx(31 * each)
    left, low = round(box[0] / dot), len(found) - round(box[1] / dot)
    rows = low - each * np.arange(21) - each // 2
    columns = left + each * np.arange(31) + each // 2
    assert np.array_equal(found[np.ix_(rows, columns)], picture.panels[0].image)


@pytest.mark.parametrize("wanted", ["png", "pdf", "svg"])
def test_bytes_are_the_same_each_time_and_hold_no_date(maps, wanted):
    items = [read(maps / "newton.npz")]
    look = Look(contour=True, notes=(note("here@0,0"),))
    first, second = (drawn(side_by_side(items, look), items, wanted) for _ in range(2))
    assert first == second
    assert b"CreationDate" not in first
    assert b"dc:date" not in first
    if wanted == "svg":
        assert items[0].digest.encode() in first


def test_a_users_own_style_changes_nothing(maps):
    import matplotlib

    items = [read(maps / "set.npz")]
    plain = drawn(side_by_side(items, Look()), items, "png")
    with matplotlib.rc_context({"figure.facecolor": "black", "font.size": 30}):
        assert drawn(side_by_side(items, Look()), items, "png") == plain


@pytest.mark.parametrize("size", ["column", "page", "slide"])
@pytest.mark.parametrize("sheet", [False, True])
def test_no_words_leave_the_page_or_touch_others(item, size, sheet):
    """Measured by Matplotlib's own renderer, in dots."""
    look = Look(page(size), contour=True, titles=("A heading of some length for a map",))
    compose = contact_sheet if sheet else side_by_side
    made = figure(compose([item] * 2, look))
    renderer = FigureCanvasAgg(made).get_renderer()
    made.draw(renderer)
    marks = [
        label
        for axes in made.axes
        for axis in (axes.xaxis, axes.yaxis)
        for label in axis.get_ticklabels()
        if label.get_text() and axes.axison
    ]
    boxes = [text.get_window_extent(renderer) for text in [*made.texts, *marks]]
    page_box = made.bbox
    for number, box in enumerate(boxes):
        assert page_box.x0 <= box.x0
        assert box.x1 <= page_box.x1
        assert page_box.y0 <= box.y0
        assert box.y1 <= page_box.y1
        for axes in made.axes:
            assert not box.overlaps(axes.bbox), "words over a panel"
        for other in boxes[number + 1 :]:
            assert not box.overlaps(other), "words over words"


def test_the_contour_that_is_drawn_is_that_of_the_classes(maps):
    item = read(maps / "newton.npz")
    made = figure(side_by_side([item], Look(contour=True)))
    [lines] = made.axes[0].collections
    assert np.array_equal(np.array(lines.get_segments()), contour(item.classes))


def test_deep_axes_name_their_origin_once(maps):
    made = figure(side_by_side([read(maps / "deep.npz")], Look()))
    words = [text.get_text() for text in made.texts]
    assert sum(word.startswith("1.12384426687830193847561") for word in words) == 1
    assert sum(word.startswith("-2.30180756713700001234567") for word in words) == 1
    labels = [label.get_text() for label in made.axes[0].get_xticklabels()]
    assert "0" in labels
    assert max(map(len, labels)) <= 3


def test_maps_that_are_larger_than_the_page_are_mixed(maps):
    item = read(maps / "line.npz")
    made = figure(side_by_side([item], Look(page(None, 30, 36))))
    assert made.axes[0].images[0].get_array().shape[1] < 64


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pag", None, None), "unknown size preset 'pag' (did you mean page?)"),
        (("page", 100.0, None), "both choose the width"),
        ((None, 5.0, None), "--width-mm 5 is not allowed; type a width from 30 to 2000"),
        ((None, float("nan"), None), "--width-mm nan is not allowed"),
        ((None, None, 9000), "--dpi 9000 is not allowed; type an integer from 36 to 2400"),
    ],
)
def test_sizes_that_cannot_be_are_refused(arguments, words):
    with pytest.raises(UsageError) as error:
        page(*arguments)
    assert words in str(error.value)


def test_too_many_dots_or_maps_are_refused(maps):
    items = [read(maps / "set.npz")]
    with pytest.raises(UsageError, match="too large; type a smaller --dpi or --width-mm"):
        drawn(side_by_side(items, Look(page(None, 2000, 2400))), items, "png")
    with pytest.raises(UsageError, match="9 maps do not fit on 85 mm"):
        drawn(side_by_side(items * 9, Look(page("column"), columns=9)), items, "png")
