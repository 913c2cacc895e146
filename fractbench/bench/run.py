"""bench: cases -> Records, launch by launch."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from fractbench.bench.assemble import assemble
from fractbench.bench.case import BASELINE, Case, baselines
from fractbench.bench.clock import Clock, WallClock
from fractbench.bench.environment import environment
from fractbench.bench.line import Start
from fractbench.bench.process import Process
from fractbench.bench.records.record import Record
from fractbench.bench.session import Notice, Session
from fractbench.bench.settings import Settings
from fractbench.bench.surroundings import Surroundings

SHARE = 0.9
"""Of the memory that is free at the start, what one worker may hold unless told otherwise."""


def processes(settings: Settings) -> Start:
    """Return what starts workers in processes of their own."""
    import psutil

    given = environment(settings.threads, os.environ)
    memory = settings.memory or int(psutil.virtual_memory().available * SHARE)
    return lambda target: Process(target, given, settings.limit, memory)


def launches(
    cases: Sequence[Case],
    settings: Settings | None = None,
    *,
    start: Start | None = None,
    clock: Clock | None = None,
    around: Surroundings | None = None,
    notice: Notice = lambda _: None,
) -> Iterator[list[Record]]:
    """Time cases; yield the Records of each launch as soon as it is over, baselines last.

    A case that fails is a Record with its status; nothing that a worker does raises here. If a
    person interrupts, what has samples is yielded before the interrupt goes on.
    """
    settings, clock = settings or Settings(), clock or WallClock()
    asked = [*cases, *(_baselines(cases) if settings.baseline else [])]
    run, start, around = uuid.uuid4().hex, start or processes(settings), around or Surroundings()
    for launch in range(settings.launches):
        session = Session(asked, settings, start, clock, around, notice, launch)
        try:
            session.run()
        except KeyboardInterrupt:
            yield [record for record in assemble(session, run) if record.samples]
            raise
        yield assemble(session, run)


def bench(
    cases: Sequence[Case], settings: Settings | None = None, **options: Any
) -> list[Record]:  # fmt: skip
    """Return the Records of all launches; see `launches`."""
    return [record for made in launches(cases, settings, **options) for record in made]


def _baselines(cases: Sequence[Case]) -> list[Case]:
    """Return the published method's cases, on the device of its backend that is timed anyway."""
    own = [c.target for c in cases if c.target.partition(":")[0] == BASELINE[0]]
    gpu = bool(own) and not own[0].endswith((":cpu", BASELINE[0]))
    found = baselines(cases, gpu)
    return [Case(c.request, own[0] if own else c.target, c.kernel, c.role) for c in found]
