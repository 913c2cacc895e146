"""parted: two maps and where they differ, as a Picture."""

from __future__ import annotations

import numpy as np

from fractbench.plot.difference import Difference
from fractbench.plot.key import Key
from fractbench.plot.page import PRESETS, Page
from fractbench.plot.panel import Panel, Picture
from fractbench.plot.shades import chosen_colors, painter
from fractbench.plot.shown import Shown

MARKS = {"equal": "#e8e8e8", "other bits": "#fdae61", "other class": "#b2182b"}
"""By mark: 0, 1 and 2."""


def parted(
    a: Shown, b: Shown, found: Difference, names: tuple[str, str], page: Page = PRESETS["page"]
) -> Picture:
    """Return a map beside another, in one colour reference, and a third panel of what differs.

    Around the pixels that differ is a broken line, so that a few of them can be found; where all
    bits differ, around those of another class.
    """
    paint = painter([a, b], chosen_colors([a, b], None))
    marks = found.bits.astype(np.uint8)
    marks[found.classes] = 2
    box = found.classes_box if found.count == found.pixels else found.box
    counted = f"differ: {found.count} in bits, {found.classes_count} in class"
    panels = (
        Panel(paint(a), a.spans, a.problem.axes, names[0]),
        Panel(paint(b), b.spans, b.problem.axes, names[1]),
        Panel(marks, a.spans, a.problem.axes, counted, palette=tuple(MARKS.values()), box=box),
    )
    key = Key(patches=tuple((color, name) for name, color in MARKS.items()))
    heading = f"{a.problem.spec}, {a.problem.steps} steps"
    return Picture(panels, page, key, heading, columns=1 if panels[0].line else None)
