"""trace: refine only where corners differ, level by level -> Traced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fractbench.errors import UsageError
from fractbench.tracing.cells import SIDES, Cells, Places, among, unique
from fractbench.tracing.known import UNKNOWN, Classes, Known
from fractbench.tracing.rule import Rule
from fractbench.tracing.traced import Level, Traced
from fractbench.tracing.trainer import Ask

Report = Callable[[Level], None]
AT_ONCE = 1 << 19
"""Cells that are looked at together; their corners and places take some 60 MB."""


def trace(
    ask: Ask,
    width: int,
    height: int,
    rule: Rule | None = None,
    report: Report = lambda level: None,
) -> Traced:
    """Trace the boundary between classes on a grid.

    Args:
        ask: gives the classes of pixels, for example a Trainer.
        width: columns of the full grid.
        height: rows of the full grid.
        rule: what is refined; the default rule if None.
        report: is told of every finished level.

    Raises:
        UsageError: the grid has no 2 x 2 block.
    """
    if width < 2 or height < 2:
        raise UsageError(
            f"a grid of {width}x{height} pixels has no cells; a boundary is traced on 2x2 pixels "
            "or more, so type a larger --size and a problem with two axes"
        )
    rule = rule or Rule()
    cells = Cells(width, height, rule.step(max(width, height)))
    keys, known, levels = cells.all(), Known(), []
    while True:
        seen = _Level(cells, known, ask)
        mixed = seen.mixed(keys, rule.follow)
        levels.append(Level(cells.step, seen.looked, mixed.size, len(known)))
        report(levels[-1])
        if cells.step == 1:
            return Traced(width, height, rule, tuple(levels), known, mixed)
        keys = cells.children(cells.grown(mixed, rule.guard))
        cells = cells.halved()


@dataclass
class _Level:
    """One level: its cells are looked at, and their neighbours where the boundary runs on."""

    cells: Cells
    known: Known
    ask: Ask
    looked: int = 0

    def mixed(self, keys: Places, follow: bool) -> Places:
        """Return the cells whose corners differ, in order."""
        found: list[Places] = []
        seen = [keys]
        while keys.size:
            self.looked += keys.size
            nexts: list[Places] = []
            for start in range(0, keys.size, AT_ONCE):
                some = keys[start : start + AT_ONCE]
                classes = self._corners(some)
                differ = (classes != classes[0]).any(axis=0)
                found.append(some[differ])
                if follow:
                    nexts += self._beyond(some[differ], classes[:, differ])
            keys = _unseen(unique(nexts), seen) if nexts else keys[:0]
            seen.append(keys)
        return np.sort(np.concatenate(found)) if found else keys

    def _corners(self, keys: Places) -> Classes:
        places = self.cells.corners(keys)
        classes = self.known.find(places)
        missing = unique([places[classes == UNKNOWN]])
        if missing.size:
            self.known.add(missing, self.ask(missing))
            classes = self.known.find(places)
        return classes

    def _beyond(self, keys: Places, classes: Classes) -> list[Places]:
        """Return the neighbours across the sides whose ends differ: they are mixed too."""
        return [
            self.cells.shifted(keys[classes[a] != classes[b]], columns, rows)
            for (columns, rows), (a, b) in SIDES
        ]


def _unseen(keys: Places, seen: list[Places]) -> Places:
    """Return those keys that no earlier round looked at."""
    fresh: NDArray[np.bool_] = np.ones(keys.size, bool)
    for earlier in seen:
        fresh &= ~among(keys, earlier)
    return keys[fresh]
