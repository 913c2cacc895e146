"""Trainer: a Kernel at any pixels of a Plan -> their classes, each trained once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from fractbench.backend import Kernel
from fractbench.execute import Progress, silent, tile_size
from fractbench.journal import Journal
from fractbench.plan import Plan
from fractbench.tracing.cells import Places
from fractbench.tracing.known import UNKNOWN, Classes, Known

Ask = Callable[[Places], Classes]
"""ask(places) -> their classes; places are in order and none is asked for twice."""
LARGEST_TILE = 1 << 18


class Trainer:
    """Trains the pixels that it is asked for, in tiles, unless a journal has them already."""

    def __init__(
        self, plan: Plan, kernel: Kernel, ledger: Ledger | None = None, progress: Progress = silent
    ) -> None:
        """Take what the kernel likes for a tile."""
        self._plan, self._kernel, self._ledger = plan, kernel, ledger
        self._progress = progress
        self._tile = tile_of(plan, kernel)
        self.fresh = 0
        """Pixels trained by this object; the others came from the journal."""

    def __call__(self, places: Places) -> Classes:
        """Return the classes of pixels in order."""
        if self._ledger is None:
            return self._trained(places)
        classes = self._ledger.held.find(places)
        missing = np.flatnonzero(classes == UNKNOWN)
        self._progress(places.size - missing.size, False)
        classes[missing] = self._trained(places[missing])
        return classes

    def _trained(self, places: Places) -> Classes:
        found = np.empty(places.size, np.uint8)
        for start in range(0, places.size, self._tile):
            some = places[start : start + self._tile]
            sums = self._kernel.run(self._plan.gather(some))
            classes = self._plan.problem.readout(sums)[1]
            found[start : start + some.size] = classes
            self.fresh += some.size
            if self._ledger is not None:
                self._ledger.append(some, classes)
            self._progress(some.size, True)
        return found


def tile_of(plan: Plan, kernel: Kernel) -> int:
    """Return the pixels of a tile: as the kernel likes, so that a journal's record is small."""
    return min(tile_size(plan, kernel), LARGEST_TILE)


class Ledger:
    """The classes of trained pixels in a journal, whatever rule asked for them.

    A fact is 256 * place + class. Facts are gathered until they fill a record: the last rounds of a
    level train a few pixels each.
    """

    def __init__(self, journal: Journal, record: int) -> None:
        """Take up what an earlier run left."""
        self._journal, self._record, self._whole = journal, record, True
        self._waiting = np.empty(0, np.int64)
        parts = [found["fact"].astype(np.int64) for _, _, found in journal.tiles()]
        facts = np.unique(np.concatenate([self._waiting, *parts]))
        self.held = Known()
        """What an earlier run left."""
        self.held.add(facts >> 8, (facts & 255).astype(np.uint8))

    def append(self, places: Places, classes: Classes) -> None:
        """Keep trained pixels.

        Raises:
            FractbenchError: the disk is full, or fails otherwise; earlier facts are safe.
        """
        self._waiting = np.concatenate([self._waiting, places << 8 | classes])
        while self._waiting.size >= self._record:
            self._write(self._record)

    def flush(self) -> None:
        """Write what is waiting, unless a write was cut short: nothing may stand behind that."""
        if self._whole and self._waiting.size:
            self._write(self._waiting.size)

    def _write(self, count: int) -> None:
        self._whole = False
        self._journal.append(0, count, {"fact": self._waiting[:count]})
        self._waiting, self._whole = self._waiting[count:], True


@contextmanager
def kept(plan: Plan, kernel: Kernel, folder: Path, made: Mapping[str, Any]) -> Iterator[Ledger]:
    """Yield the Ledger of one plan and one maker; it is forgotten when all went well.

    Raises:
        UsageError: another run holds it.
    """
    maker = "-".join(str(made.get(name, "")) for name in ("device", "kernel")).replace(":", ".")
    record = tile_of(plan, kernel)
    journal = Journal(folder, f"{plan.key}-{maker}-traced", ("fact",), np.int64, record)
    with journal:
        ledger = Ledger(journal, record)
        try:
            yield ledger
        except BaseException:
            ledger.flush()
            raise
        journal.remove()
