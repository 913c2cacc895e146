"""render: a Map -> a picture with axes, caption, legend and digest."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fractbench.arithmetic.contract import PERTURBED
from fractbench.colors import colors

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fractbench.map import Map

DPI = 100
LARGEST_SIDE = 4096
"""Pixels of a picture; of a longer map every n-th row and column is shown."""
_SHORTEST_SIDE, _LINE_HEIGHT = 480, 90
_LEFT, _RIGHT, _BOTTOM, _TOP = 90, 30, 110, 40
DEEP_MARKS = 5
"""Marks on an axis of a deep zoom, at most."""


@dataclass(frozen=True)
class Layout:
    """Where a picture's parts are, in pixels; a shown pixel is a whole number of them."""

    across: int
    up: int
    wide: int
    high: int

    @property
    def page(self) -> tuple[int, int]:
        """The whole picture's width and height."""
        return max(self.wide, 560) + _LEFT + _RIGHT, self.high + _BOTTOM + _TOP


def layout(made: Map) -> Layout:
    """Return the layout of a map's picture."""
    stride = thinning(made)
    width, height = -(-made.grid.width // stride), -(-made.grid.height // stride)
    zoom = max(1, -(-_SHORTEST_SIDE // max(width, height)))
    up = zoom if height > 1 else _LINE_HEIGHT
    return Layout(zoom, up, width * zoom, height * up)


def figure(made: Map, paint: bool = True) -> Figure:
    """Return the figure; without `paint` its axes are empty, for `png` to fill pixel by pixel."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    place = layout(made)
    width, height = place.page
    out = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    axes = out.add_axes((_LEFT / width, _BOTTOM / height, place.wide / width, place.high / height))
    deep = made.arithmetic.contract == PERTURBED
    extent = _pixels(made) if deep else _extent(made)
    axes.set(xlim=extent[:2], ylim=extent[2:])
    if paint:
        stride = thinning(made)
        image = colors(made)[::stride, ::stride]
        axes.imshow(image, origin="lower", aspect="auto", interpolation="nearest", extent=extent)
    labels = [_label(axis.label, axis.scale) for axis in made.problem.axes]
    axes.set(xlabel=labels[0], ylabel=labels[1] if len(labels) > 1 else "")
    if deep:
        _deep_axes(axes, made, labels)
    if len(labels) == 1:
        axes.set_yticks([])
    axes.set_title(f"{made.problem.spec} - {made.problem.title}", fontsize=9, loc="left")
    if made.problem.palette == "classes":
        patches = [Patch(color=entry.color, label=entry.name) for entry in made.legend]
        corner = (1 - 10 / width, 44 / height)
        out.legend(handles=patches, fontsize=7, loc="lower right", bbox_to_anchor=corner, ncols=2)
    out.text(10 / width, 10 / height, caption(made), fontsize=6.5, family="monospace")
    return out


def _pixels(made: Map) -> tuple[float, float, float, float]:
    """Return the extent in pixels: a deep window's ends may be one and the same float."""
    return (-0.5, made.grid.width - 0.5, -0.5, made.grid.height - 0.5)


def _deep_axes(axes: Any, made: Map, labels: list[str]) -> None:
    """Write exact marks as offsets from a number that stands at the axis once."""
    from fractbench.plot.span import Span
    from fractbench.plot.ticks import ticks

    sides = ((axes.xaxis, axes.set_xlabel, made.grid.width),
             (axes.yaxis, axes.set_ylabel, made.grid.height))  # fmt: skip
    for index, (axis, write, count) in enumerate(sides):
        marks = ticks(Span.of(*made.grid.window.bounds(index), count), DEEP_MARKS)
        axis.set_ticks(marks.places, marks.labels)
        write("\n".join(marks.label(labels[index])), fontsize=7)


def thinning(made: Map) -> int:
    """Return n where every n-th row and column is shown."""
    return -(-max(made.grid.width, made.grid.height) // LARGEST_SIDE)


def caption(made: Map) -> str:
    """Return the lines under a picture: steps, classes, notes, its maker, the whole digest."""
    shares = ", ".join(f"{name} {share:.1%}" for name, share in made.class_fractions.items())
    size = f"{made.grid.width} x {made.grid.height} pixels, {made.problem.steps} steps"
    maker = made.made.get("device", "")
    rest = [size, shares, *made.problem.notes(), *([str(maker)] if maker else [])]
    if thinning(made) > 1:
        rest.append(f"one in {thinning(made)} columns and rows shown")
    draws = [] if str(made.problem.draws) == "fixed" else [str(made.problem.draws)]
    return "\n".join(["; ".join([*rest, *draws]), *_halves(made.digest)])


def png(made: Map) -> bytes:
    """Return the picture as a PNG whose metadata hold the problem, the window and the digest.

    The map's pixels are put into the drawn frame as they are: Matplotlib's own way of drawing an
    image takes 1.5 GB for 4096 x 4096.
    """
    from PIL import Image, PngImagePlugin

    place, stride = layout(made), thinning(made)
    frame = io.BytesIO()
    figure(made, paint=False).savefig(frame, format="rgba", dpi=DPI)
    width, height = place.page
    page = np.frombuffer(frame.getvalue(), np.uint8).reshape(height, width, 4)[..., :3].copy()
    shown = colors(made)[::stride, ::stride][::-1].repeat(place.up, axis=0)
    bottom = height - _BOTTOM
    page[bottom - place.high : bottom, _LEFT : _LEFT + place.wide] = shown.repeat(
        place.across, axis=1
    )
    about = PngImagePlugin.PngInfo()
    about.add_text("Title", f"{made.problem.spec}: {made.problem.title}")
    about.add_text(
        "Description", f"window {made.grid.window}; {made.problem.steps} steps; {made.digest}"
    )
    about.add_text("Software", "fractbench")
    buffer = io.BytesIO()
    Image.fromarray(page).save(buffer, format="png", pnginfo=about)
    return buffer.getvalue()


def _halves(digest: str) -> list[str]:
    contract, _, value = digest.rpartition(":")
    return [f"{contract}:", value]


def _extent(made: Map) -> tuple[float, float, float, float]:
    """Return the window widened by half a pixel, so that pixel centres sit on their values."""
    ends: list[float] = []
    for axis, count in enumerate((made.grid.width, made.grid.height)[: len(made.problem.axes)]):
        low, high = (float(end) for end in made.grid.window.bounds(axis))
        half = (high - low) / (2 * (count - 1)) if count > 1 else 0.0
        ends += [low - half, high + half]
    return (ends[0], ends[1], *(ends[2:4] or (0.0, 1.0)))


def _label(label: str, scale: str) -> str:
    return f"log10 {label}" if scale == "log10" else label


def difference_png(made: Map, expected: Map) -> bytes:
    """Return a picture of a map beside what it should be, and of the pixels that differ."""
    from fractbench.plot.difference import difference
    from fractbench.plot.output import drawn
    from fractbench.plot.parted import parted
    from fractbench.plot.shown import shown

    maps = shown(made), shown(expected)
    picture = parted(*maps, difference(*maps), ("found", "expected"))
    return drawn(picture, maps, "png")
