"""maker: makes the key frames that are not there yet, one kernel for all of an arithmetic."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from fractbench.api import Prepared, prepare
from fractbench.backend import Backend, Device
from fractbench.execute import Progress, silent
from fractbench.film.keys import Key
from fractbench.film.takeup import KeyFile, taken_up
from fractbench.map import Map
from fractbench.plan import Plan
from fractbench.proof import Proven, prove
from fractbench.zoom.doubt import doubt

Say = Callable[[str], None]


class Maker:
    """Makes key frames on one device; `proven` holds the answer for each arithmetic used."""

    def __init__(self, backend: str | None, folder: Path, say: Say) -> None:
        """Prepare nothing yet: a film whose key frames are all there needs no kernel."""
        self._backend, self._folder, self._say = backend, folder, say
        self._ready: dict[str, Prepared] = {}
        self.proven: dict[str, Proven] = {}

    def make(self, key: Key, progress: Progress = silent) -> KeyFile:
        """Make a key frame and keep it; an interrupted one goes on from its finished tiles.

        Raises:
            FractbenchError: it cannot be made or kept.
        """
        begun = perf_counter()
        prepared = self.prepared(key, self._prove)
        with prepared.journal(self._folder, None) as journal:
            made: Map = prepared.execute(None, journal, progress)
            path = made.save(key.file(self._folder))
            journal.remove()
        seconds = perf_counter() - begun
        found = doubt(made.accumulators)
        return KeyFile(path, key.window, made.digest, made.arithmetic.name, True, seconds, found)

    def prepared(
        self, key: Key, ready: Callable[[Plan, Backend, Device], None] | None = None
    ) -> Prepared:
        """Return a key frame's plan with a kernel for it.

        A kernel serves every window that a dtype resolves; a deeper one may belong to its window.
        """
        if key.dtype is None:
            return prepare(key.request, self._backend, ready=ready)
        if key.dtype not in self._ready:
            self._ready[key.dtype] = prepare(key.request, self._backend, ready=ready)
        return dataclasses.replace(self._ready[key.dtype], plan=key.request.plan())

    def _prove(self, plan: Plan, backend: Backend, device: Device) -> None:
        name = plan.arithmetic.name
        if name not in self.proven:
            self.proven[name] = prove(backend, device, self._say, arithmetic=plan.arithmetic)


def make_keys(
    wanted: Sequence[Key],
    folder: Path,
    maker: Maker,
    say: Say,
    report: Callable[[KeyFile], None],
    progress: Progress = silent,
) -> list[KeyFile]:
    """Take up or make every key frame, in order; `report` is told of each that is safe.

    Raises:
        FractbenchError: one cannot be made or kept; those before it are safe.
    """
    found = []
    for key in wanted:
        one = taken_up(key, folder, say)
        if one:
            progress(key.side**2, False)
        else:
            one = maker.make(key, progress)
        report(one)
        found.append(one)
    return found
