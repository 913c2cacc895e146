"""run: cases -> Records, launch by launch."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from fractbench.bench.assemble import assemble
from fractbench.bench.case import Case
from fractbench.bench.clock import Clock, WallClock
from fractbench.bench.environment import environment
from fractbench.bench.line import Start
from fractbench.bench.process import Process
from fractbench.bench.records.record import Record
from fractbench.bench.session import Launch, Notice, Session
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
    settings, clock, around = settings or Settings(), clock or WallClock(), around or Surroundings()
    run, start = uuid.uuid4().hex, start or processes(settings)
    known, load = dict[str, str](), around.state(None).load
    for number in range(settings.launches):
        launch = Launch(number, known, load)
        session = Session(cases, settings, start, clock, around, notice, launch)
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
