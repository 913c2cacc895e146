"""compose: maps and how they shall look -> a Picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fractbench.errors import UsageError
from fractbench.plot.boundary import contour
from fractbench.plot.key import Key
from fractbench.plot.page import PRESETS, Page
from fractbench.plot.panel import Panel, Picture
from fractbench.plot.ranges import Note, holds
from fractbench.plot.shades import CLASSES, Paint, chosen_colors, key, painter
from fractbench.plot.shown import Shown
from fractbench.plot.titles import headed


@dataclass(frozen=True)
class Look:
    """How maps shall look; None is the default of each."""

    page: Page = field(default=PRESETS["page"])
    colors: str | None = None
    contour: bool = False
    notes: tuple[Note, ...] = ()
    titles: tuple[str, ...] = ()
    key: bool = True
    columns: int | None = None


def side_by_side(
    maps: Sequence[Shown], look: Look, reference: Sequence[Shown] | None = None
) -> Picture:
    """Return maps with their axes and one colour reference: equal values have equal colours.

    Args:
        maps: what is shown, perhaps parts of maps.
        look: how.
        reference: the maps whose values are ranked; those that are shown if there is none.

    Raises:
        UsageError: the colours are unknown, titles or notes do not fit the maps.
    """
    wanted = chosen_colors(maps, look.colors)
    paint = painter(reference or maps, wanted)
    heading, titles = headed(maps, look.titles)
    panels = [_panel(item, paint, look, title) for item, title in zip(maps, titles, strict=True)]
    _all_shown(maps, look.notes)
    return Picture(
        tuple(panels), look.page, key(maps, wanted) if look.key else Key(), heading,
        columns=look.columns,
    )  # fmt: skip


def contact_sheet(
    maps: Sequence[Shown], look: Look, reference: Sequence[Shown] | None = None
) -> Picture:
    """Return maps without axes, each coloured by its own ranks if there is no reference.

    Below each are its steps and the end of its digest.

    Raises:
        UsageError: the colours are unknown, titles or notes do not fit the maps.
    """
    heading, titles = headed(maps, look.titles, names=True)
    kinds = {chosen_colors([item], look.colors) for item in maps}
    panels = []
    for item, title in zip(maps, titles, strict=True):
        paint = painter(reference or [item], chosen_colors([item], look.colors))
        foot = f"{item.problem.steps} steps, ...{item.digest[-12:]}"
        panels.append(_panel(item, paint, look, title, foot))
    _all_shown(maps, look.notes)
    # Two colourings on one sheet are told apart by the classes that they share.
    explained = key(maps, kinds.pop() if len(kinds) == 1 else CLASSES) if look.key else Key()
    return Picture(tuple(panels), look.page, explained, heading, True, look.columns)


def _panel(item: Shown, paint: Paint, look: Look, title: str, foot: str = "") -> Panel:
    return Panel(
        paint(item), item.spans, item.problem.axes, title, foot,
        contour=contour(item.classes) if look.contour else None,
        notes=tuple(note for note in look.notes if holds(item, note)),
    )  # fmt: skip


def _all_shown(maps: Sequence[Shown], notes: Sequence[Note]) -> None:
    for note in notes:
        if not any(holds(item, note) for item in maps):
            where = f"what is shown of {maps[0].name}" if len(maps) == 1 else "every map"
            raise UsageError(
                f"the note {note.text!r} lies outside {where}; the window is {maps[0].window}"
            )
