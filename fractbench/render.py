"""render: a Map -> a picture with axes, caption, legend and digest.

The published colouring (Sohl-Dickstein 2024, released notebook): values are ranked, the negative
ones onto [-1, -1/4], the others onto [1/4, 1], negated, and shown with Matplotlib's Spectral from
-1 to 1: blue converges, red diverges, pale does so quickly. A Problem with other classes has
one colour for each, darker where its value ranks higher.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fractbench.map import Map
    from fractbench.plan import Plan

DPI = 100
_SHORTEST_SIDE, _LINE_HEIGHT = 480, 90
_LEFT, _RIGHT, _BOTTOM, _TOP = 90, 30, 110, 40


def ranked(value: NDArray[np.floating], buffer: float = 0.25) -> NDArray[np.float64]:
    """Return the published rank transform of an array of values, in [-1, 1]."""
    order = np.sort(value.astype(np.float64), axis=None)
    negative = int(np.count_nonzero(order < 0))
    low = np.linspace(-1, -buffer, negative)
    high = np.linspace(buffer, 1, order.size - negative)
    return np.asarray(-np.interp(value, order, np.concatenate([low, high])))


def colors(made: Map) -> NDArray[np.uint8]:
    """Return the picture's pixels, (height, width, 3), row 0 the lowest y."""
    from matplotlib import colormaps
    from matplotlib.colors import to_rgb

    if made.problem.palette == "published":
        rgba = colormaps["Spectral"]((ranked(made.value) + 1) / 2)
        return np.asarray(np.rint(rgba[..., :3] * 255), dtype=np.uint8)
    base = np.array([to_rgb(entry.color) for entry in made.legend])[made.classes]
    order = np.unique(made.value, return_inverse=True)[1].reshape(made.value.shape)
    shade = 1 - 0.55 * order / max(int(order.max()), 1)
    return np.asarray(np.rint(base * shade[..., None] * 255), dtype=np.uint8)


def figure(made: Map) -> Figure:
    """Return a figure in which every pixel of the map is a whole number of pixels wide and high."""
    from matplotlib.figure import Figure

    width, height = made.grid.width, made.grid.height
    zoom = max(1, -(-_SHORTEST_SIDE // max(width, height)))
    wide, high = width * zoom, height * zoom if height > 1 else _LINE_HEIGHT
    whole = (max(wide, 560) + _LEFT + _RIGHT, high + _BOTTOM + _TOP)
    out = Figure(figsize=(whole[0] / DPI, whole[1] / DPI), dpi=DPI)
    box = (_LEFT / whole[0], _BOTTOM / whole[1], wide / whole[0], high / whole[1])
    axes = out.add_axes(box)
    axes.imshow(
        colors(made), origin="lower", aspect="auto", interpolation="nearest", extent=_extent(made)
    )
    labels = [_label(axis.label, axis.scale) for axis in made.problem.axes]
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1] if len(labels) > 1 else "")
    if len(labels) == 1:
        axes.set_yticks([])
    axes.set_title(f"{made.problem.spec} - {made.problem.title}", fontsize=9, loc="left")
    out.text(10 / whole[0], 10 / whole[1], caption(made), fontsize=6.5, family="monospace")
    return out


def caption(made: Map) -> str:
    """Return the lines under a picture: steps, classes, notes, its maker, the whole digest."""
    shares = ", ".join(f"{name} {share:.1%}" for name, share in made.class_fractions.items())
    size = f"{made.grid.width} x {made.grid.height} pixels, {made.problem.steps} steps"
    maker = made.made.get("device", "")
    rest = [size, shares, *made.problem.notes(), *([str(maker)] if maker else [])]
    draws = [] if str(made.problem.draws) == "fixed" else [str(made.problem.draws)]
    return "\n".join(["; ".join([*rest, *draws]), *_halves(made.digest)])


def png(made: Map) -> bytes:
    """Return the figure as a PNG whose metadata hold the problem, the window and the digest."""
    buffer = io.BytesIO()
    about = {
        "Title": f"{made.problem.spec}: {made.problem.title}",
        "Description": f"window {made.grid.window}; {made.problem.steps} steps; {made.digest}",
        "Software": "fractbench",
    }
    figure(made).savefig(buffer, format="png", dpi=DPI, metadata=about)
    return buffer.getvalue()


def _halves(digest: str) -> list[str]:
    contract, _, value = digest.rpartition(":")
    return [f"{contract}:", value]


def _extent(made: Map) -> tuple[float, float, float, float]:
    """Return the window widened by half a pixel, so that pixel centres sit on their values."""
    ends: list[float] = []
    for axis, count in zip(range(len(made.problem.axes)), (made.grid.width, made.grid.height),
                           strict=False):  # fmt: skip
        low, high = (float(end) for end in made.grid.window.bounds(axis))
        half = (high - low) / (2 * (count - 1)) if count > 1 else (high - low) / 2
        middle = (low + high) / 2
        ends += [low - half, high + half] if count > 1 else [middle - half, middle + half]
    return (ends[0], ends[1], *(ends[2:4] if len(ends) > 2 else (0.0, 1.0)))


def _label(label: str, scale: str) -> str:
    return f"log10 {label}" if scale == "log10" else label


def difference_png(made: Map, plan: Plan) -> bytes:
    """Return a picture of a map beside the host's map of the plan and the pixels that differ."""
    from matplotlib.figure import Figure

    from fractbench.agreement import differing
    from fractbench.reference import reference_map

    expected = reference_map(plan)
    mask = differing(made, expected)
    out = Figure(figsize=(10, 4), dpi=DPI)
    panels = (("found", colors(made)), ("expected", colors(expected)), ("differs", mask))
    for place, (name, image) in enumerate(panels):
        axes = out.add_subplot(1, 3, place + 1)
        axes.imshow(image, origin="lower", interpolation="nearest", aspect="auto", cmap="gray")
        axes.set_title(f"{name}: {made.problem.spec}" if place == 0 else name, fontsize=9)
    buffer = io.BytesIO()
    out.savefig(buffer, format="png")
    return buffer.getvalue()
