"""layout: where everything is on a page, in millimetres from its lower left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fractbench.errors import UsageError
from fractbench.plot.frame import GAP, Frame, framed
from fractbench.plot.key import height as key_height
from fractbench.plot.letters import high, wrapped
from fractbench.plot.panel import Picture

MARGIN = 2.0
_NARROWEST, _NARROWEST_BARE = 50.0, 40.0
"""Millimetres of the page for a column of panels, where their number is free."""
_KEPT = 0.85
"""The share of a panel's width that is kept where pixels are drawn as whole numbers of dots."""
_SMALLEST = 8.0
"""Millimetres of a panel that can still be seen."""


@dataclass(frozen=True)
class Layout:
    """The page, its heading, each panel's frame and (left, bottom, width, height), and the key's.

    Of the key only the left side and the width are needed: it stands at the bottom.
    """

    width: float
    height: float
    heading: tuple[str, ...]
    frames: tuple[Frame, ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    key: tuple[float, float]


def layout(picture: Picture) -> Layout:
    """Return the layout with the largest panels.

    Raises:
        UsageError: so many panels do not fit.
    """
    count, page = len(picture.panels), picture.page
    if picture.columns is not None:
        choices = [min(picture.columns, count)]
    elif page.height is None:
        most = max(1, int(page.width // (_NARROWEST_BARE if picture.bare else _NARROWEST)))
        choices = [-(-count // -(-count // most))]
    else:
        choices = list(range(1, count + 1))
    width, columns = max((_width(picture, columns), -columns) for columns in choices)
    if width < _SMALLEST:
        raise UsageError(
            f"{count} maps do not fit on {page.width:g} mm; type fewer files, fewer --columns or a "
            "larger --width-mm"
        )
    return _placed(picture, -columns, _whole(picture, width))


def _whole(picture: Picture, width: float) -> float:
    """Return a width in whole dots, of which every pixel has as many if that costs little."""
    dot, columns = picture.page.dot, max(panel.image.shape[1] for panel in picture.panels)
    dots = int(width / dot)
    each = dots // columns * columns
    return (each if each > _KEPT * dots else dots) * dot


def _grid(count: int, columns: int) -> list[range]:
    """Return the panels of each row, by their numbers."""
    return [range(at, min(at + columns, count)) for at in range(0, count, columns)]


def _frames(picture: Picture, columns: int, width: float) -> list[Frame]:
    panels = picture.panels
    shared = all(p.spans == panels[0].spans and p.axes == panels[0].axes for p in panels)
    found = []
    for at, panel in enumerate(panels):
        x = not shared or at + columns >= len(panels)
        y = not panel.line and (not shared or at % columns == 0)
        found.append(framed(panel, width, picture.page.points, (x, y), picture.bare))
    return found


def _rows(
    picture: Picture, columns: int, frames: list[Frame], width: float
) -> Iterator[tuple[float, float, float]]:
    """Yield the mm above, of and below the panels of each row."""
    for row in _grid(len(frames), columns):
        yield (
            max(frames[at].top for at in row),
            max(picture.panels[at].height(width) for at in row),
            max(frames[at].bottom for at in row),
        )


def _sides(columns: int, frames: list[Frame]) -> list[tuple[float, float]]:
    """Return the mm left and right of the panels of each column."""
    return [
        (max(f.left for f in frames[at::columns]), max(f.right for f in frames[at::columns]) + GAP)
        for at in range(columns)
    ]


def _ends(picture: Picture, across: float) -> tuple[tuple[str, ...], float, float]:
    """Return the heading's lines, the mm that it takes, and those of a key `across` mm wide."""
    points = picture.page.points
    lines = tuple(wrapped(picture.heading, points + 1, across)) if picture.heading else ()
    above = high(len(lines), points + 1) + 2 * GAP if lines else 0.0
    key = key_height(picture.key, across, points)
    return lines, above, key + (2 * GAP if key else 0)


def _width(picture: Picture, columns: int) -> float:
    """Return the panels' width in mm; marks take room, and wider panels have more of them."""
    page, free = picture.page, picture.page.width - 2 * MARGIN
    width = free / columns
    for _ in range(4):
        frames = _frames(picture, columns, max(width, _SMALLEST))
        width = (free - sum(map(sum, _sides(columns, frames)))) / columns
        if page.height is not None and width > 0:
            rows = list(_rows(picture, columns, frames, width))
            taken = sum(above + below for above, _, below in rows) + sum(
                _ends(picture, columns * width)[1:]
            )
            width *= min(1, (page.height - 2 * MARGIN - taken) / sum(high for _, high, _ in rows))
    return width


def _placed(picture: Picture, columns: int, width: float) -> Layout:
    frames = _frames(picture, columns, width)
    sides, rows = _sides(columns, frames), list(_rows(picture, columns, frames, width))
    heading, above, below = _ends(picture, columns * width)
    needed = sum(map(sum, rows)) + above + below + 2 * MARGIN
    page, height = picture.page, picture.page.height or needed
    across = columns * width + sum(map(sum, sides)) + 2 * MARGIN
    top = height - MARGIN - above - (height - needed) / 2
    boxes: list[tuple[float, float, float, float]] = []
    for row, (over, tall, under) in zip(_grid(len(frames), columns), rows, strict=True):
        left = MARGIN + (page.width - across) / 2
        for at, (before, after) in zip(row, sides, strict=False):
            own = picture.panels[at].height(width)
            boxes.append((left + before, top - over - own, width, own))
            left += before + width + after
        top -= over + tall + under
    key = boxes[0][0], columns * width
    return Layout(page.width, height, heading, tuple(frames), tuple(boxes), key)
