"""draw: a Picture -> a Matplotlib figure of an exact size."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from fractbench.plot.frame import GAP, TICK, Frame, small
from fractbench.plot.key import draw as draw_key
from fractbench.plot.layout import MARGIN, layout
from fractbench.plot.letters import POINT, high, wrapped
from fractbench.plot.page import check_dots
from fractbench.plot.panel import Panel, Picture
from fractbench.plot.paper import Paper
from fractbench.plot.ranges import Note
from fractbench.plot.raster import raster

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HAIR = 0.5
"""Points of a frame's lines and of a contour."""
_DENSE = 20_000
"""Segments of a contour above which it is drawn as dots, also in PDF and SVG."""

Box = tuple[float, float, float, float]


def figure(picture: Picture) -> Figure:
    """Return the figure.

    Raises:
        UsageError: the panels do not fit, or the picture is too large.
    """
    placed, page = layout(picture), picture.page
    check_dots(placed.width, placed.height, page.dpi)
    paper = Paper(placed.width, placed.height, page.dpi)
    for panel, frame, box in zip(picture.panels, placed.frames, placed.boxes, strict=True):
        axes = _image(paper, panel, box)
        _marks(axes, frame, page.points)
        _words(paper, frame, box, page.points, picture.bare)
        for note in panel.notes:
            _note(axes, panel, note, page.points, box[2])
    top = placed.height - MARGIN
    left, width = placed.key
    for line, words in enumerate(placed.heading, start=1):
        paper.text(left, top - high(line, page.points + 1) + GAP, words, page.points + 1)
    draw_key(picture.key, paper, (left, MARGIN, width), page.points)
    return paper.figure


def _image(paper: Paper, panel: Panel, box: Box) -> Axes:
    """Draw the pixels, the contour and the box, on whole dots."""
    from matplotlib.collections import LineCollection
    from matplotlib.patches import Rectangle

    rows, columns = panel.image.shape[:2]
    dots = round(box[2] / paper.dot), round(box[3] / paper.dot)
    left, bottom = (round(edge / paper.dot) * paper.dot for edge in box[:2])
    axes = paper.axes(left, bottom, dots[0] * paper.dot, dots[1] * paper.dot)
    extent = (-0.5, columns - 0.5, -0.5, rows - 0.5)
    axes.imshow(
        raster(panel, dots), origin="lower", extent=extent, aspect="auto", interpolation="none"
    )
    if panel.contour is not None:
        dense = len(panel.contour) > _DENSE
        lines = LineCollection(list(panel.contour), colors="black", linewidths=_HAIR,
                               rasterized=dense, capstyle="projecting")  # fmt: skip
        axes.add_collection(lines, autolim=False)
    if panel.box is not None:
        pad = max(1.0, max(rows, columns) / 60)
        low, right, up = panel.box[0] - pad, panel.box[2] + pad, panel.box[3] + pad
        axes.add_patch(
            Rectangle((low, panel.box[1] - pad), right - low, up - panel.box[1] + pad, fill=False,
                      edgecolor="black", linewidth=_HAIR, linestyle=(0, (4, 3)))
        )  # fmt: skip
    axes.set(xlim=extent[:2], ylim=extent[2:])
    for spine in axes.spines.values():
        spine.set_linewidth(_HAIR)
    return axes


def _marks(axes: Axes, frame: Frame, points: float) -> None:
    """Write the numbers at the axes."""
    for which, made in (("x", frame.x), ("y", frame.y)):
        axis = axes.xaxis if which == "x" else axes.yaxis
        axis.set_ticks(list(made.places) if made else [], list(made.labels) if made else [])
        axes.tick_params(
            axis="x" if which == "x" else "y", labelsize=small(points), length=TICK / POINT,
            width=_HAIR, pad=GAP / POINT,
        )  # fmt: skip


def _words(paper: Paper, frame: Frame, box: Box, points: float, bare: bool) -> None:
    """Write title and names of the axes, line by line where the layout left room."""
    left, bottom, width, height = box
    for line, words in enumerate(reversed(frame.title)):
        up = bottom + height + GAP + high(line, points)
        paper.text(left, up + 0.2 * points * POINT, words, points)
    under = bottom - (GAP if bare else TICK + 2 * GAP + high(1, small(points)))
    for line, words in enumerate(frame.below):
        size = small(points) if bare else points
        place = (left, "left") if bare else (left + width / 2, "center")
        paper.text(place[0], under - high(line, size), words, size, ha=place[1], va="top",
                   color="#555555" if bare else "black")  # fmt: skip
    for line, words in enumerate(frame.beside):
        across = left - frame.left + high(line + 0.5, points)
        paper.text(across, bottom + height / 2, words, points, rotation=90, ha="center",
                   va="center")  # fmt: skip


def _note(axes: Axes, panel: Panel, note: Note, points: float, width: float) -> None:
    """Write words beside a point, on the side that has more room."""
    from matplotlib.patheffects import withStroke

    spans, point = panel.spans, (*note.point, Fraction(0))
    x = spans[0].place(point[0])
    y = spans[1].place(point[1]) if len(spans) > 1 else 0.0
    way = (x + 0.5) / spans[0].count
    right, above = way < 0.5, y < 0.75 * spans[-1].count
    room = max(way, 1 - way) * width - 4
    up, side = (0, "center") if panel.line else (3, "bottom") if above else (-3, "top")
    halo = [withStroke(linewidth=1.6, foreground="white")]
    axes.plot(x, y, "o", markersize=2.5, color="black", markeredgecolor="white",
              markeredgewidth=0.5)  # fmt: skip
    axes.annotate(
        "\n".join(wrapped(note.text, points, room)), (x, y), (3 if right else -3, up),
        textcoords="offset points", fontsize=points, ha="left" if right else "right",
        va=side, path_effects=halo, parse_math=False,
    )  # fmt: skip
