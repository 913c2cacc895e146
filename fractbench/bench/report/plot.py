"""plot: throughput and efficiency of Records as one picture, through Matplotlib.

The same Records, in any order, give the same bytes under the same Matplotlib. Nothing from a
record is read as markup, and the SVG refers to nothing outside itself.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from fractbench.bench.records.record import Record
from fractbench.bench.report.chart import rate_label, share_label, share_text
from fractbench.bench.report.entry import Entry, entries
from fractbench.bench.report.rows import groups
from fractbench.bench.tables.figures import one_line, three

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 120
COLORS = (
    "#1f6fb2", "#b8470f", "#2b7a3a", "#7d44a8", "#b0316e", "#00747a", "#776000", "#5b6670",
)  # fmt: skip
"""By an Entry's color, as on the page by daylight."""
_INK, _SOFT, _BAD, _GRID = "#1b1f23", "#57606a", "#b3261e", "#e4e6e8"
_WIDTH, _ROW, _EDGES = 11.0, 0.34, 1.0
"""Inches: the picture's width, a row's height, what lies above and below the rows."""
_TALLEST = 400.0
_NAMES, _LONGEST = 0.34, 50
"""The share of the width that names take, and how many signs go there."""
_DOCTYPE = re.compile(rb"<!DOCTYPE[^>]*>\s*")


@dataclass(frozen=True)
class _Line:
    """A row of the picture: a case's title, or a record."""

    title: str
    entry: Entry | None


def plot(records: Sequence[Record], kind: Literal["png", "svg"]) -> bytes:
    """Return the picture: a row for every record, every sample a dot."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    lines = _lines(records)
    height = min(_EDGES + _ROW * len(lines), _TALLEST)
    settings: dict[Any, Any] = {"svg.hashsalt": "fractbench", "svg.fonttype": "path"}
    with mpl.rc_context({**mpl.rcParamsDefault, **settings, "backend": mpl.rcParams["backend"]}):
        figure = Figure(figsize=(_WIDTH, height), dpi=DPI, facecolor="white")
        shares = any(line.entry and line.entry.share for line in lines)
        split = 0.72 if shares else 0.985
        bottom, high = 0.55 / height, 1 - _EDGES / height
        left = figure.add_axes((_NAMES, bottom, split - _NAMES, high))
        left.set_xscale("log")
        _frame(left, len(lines), "pixel-steps per second", rate_label)
        right = figure.add_axes((0.76, bottom, 0.22, high)) if shares else None
        if right is not None:
            _frame(right, len(lines), "share of the roofline", share_label)
        for place, line in enumerate(lines):
            _row(left, right, place, line)
        _limits(left, right)
        return _written(figure, kind)


def _lines(records: Sequence[Record]) -> list[_Line]:
    """Return the rows from top to bottom."""
    return [
        line
        for group in groups(entries(records))
        for line in (_Line(group.title, None), *(_Line("", row.entry) for row in group.rows))
    ]


def _frame(axes: Axes, rows: int, label: str, write: Any) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(axis="x", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(label, fontsize=8, color=_SOFT)
    axes.tick_params(axis="x", which="both", labelsize=8, colors=_SOFT, length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _row(left: Axes, right: Axes | None, place: int, line: _Line) -> None:
    entry = line.entry
    if entry is None:
        _say(left, 0.015, place + 0.1, line.title, weight="bold")
        return
    name = " ".join(part for part in (entry.device, entry.kernel, entry.chip) if part)
    _say(left, 0.015, place, _cut(name, _LONGEST), size=7.5)
    if entry.rate is None:
        reason = entry.record.verdict.reason or ""
        _say(left, _NAMES, place, _cut(f"{entry.status}: {reason}", 100), size=7.5, color=_BAD)
        return
    color = COLORS[entry.color]
    _strip(left, place, entry, 1.0, color)
    # Beside a dot near the right edge there is no room; above it there always is.
    left.annotate(three(entry.rate), (entry.rate, place), (0, 6.5), textcoords="offset points",
                  ha="center", fontsize=6.5, color=_INK)  # fmt: skip
    if right is not None and entry.share is not None:
        _strip(right, place, entry, entry.share / entry.rate, color)
        right.annotate(share_text(entry.share), (entry.share, place), (0, 6.5), ha="center",
                       textcoords="offset points", fontsize=6.5, color=_INK)  # fmt: skip


def _strip(axes: Axes, place: int, entry: Entry, scale: float, color: str) -> None:
    """Draw samples, median and interval, times `scale`."""
    samples = [rate * scale for rate in entry.rates]
    axes.scatter(samples, [place] * len(samples), s=9, color=color, alpha=0.5, linewidths=0)
    if entry.interval:
        axes.plot([end * scale for end in entry.interval], [place, place], color=color,
                  linewidth=4, alpha=0.4, solid_capstyle="butt")  # fmt: skip
    assert entry.rate is not None
    axes.plot([entry.rate * scale] * 2, [place - 0.22, place + 0.22], color=color, linewidth=1.5)


def _limits(left: Axes, right: Axes | None) -> None:
    """Leave room for the numbers, and show the whole roofline."""
    if left.lines:
        low, high = left.get_xlim()
        left.set_xlim(low / 1.3, high * 1.3)
    else:
        left.set_xticks([])
        left.set_xlabel("")
    if right is not None:
        right.set_xlim(0, max(1.08, right.get_xlim()[1]))


def _say(axes: Axes, x: float, y: float, text: str, **style: Any) -> None:
    """Write a text as it is: no mathematics in it, and only signs that the font has.

    `x` is a share of the picture's width, `y` a row.
    """
    from matplotlib.transforms import blended_transform_factory

    said = "".join(c if ord(c) < 0x180 or c in "…" else "?" for c in one_line(text))
    style = {"size": 8, "color": _INK, **style}
    places = blended_transform_factory(axes.figure.transFigure, axes.transData)
    axes.text(x, y, said, transform=places, va="center", parse_math=False, clip_on=False, **style)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _written(figure: Any, kind: Literal["png", "svg"]) -> bytes:
    out = io.BytesIO()
    nothing = {"svg": ("Date", "Creator", "Format", "Type"), "png": ("Software",)}[kind]
    figure.savefig(out, format=kind, metadata=dict.fromkeys(nothing))
    return _DOCTYPE.sub(b"", out.getvalue(), count=1)
