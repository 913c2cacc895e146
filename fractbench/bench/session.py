"""Session: one launch of the benchmark: open and prove every case, then rounds in random order.

All devices have a worker at once, and every round visits all cases in an order of its own, so that
a change of the machine's mood meets them all alike.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fractbench.bench.agreed import agreed
from fractbench.bench.case import Case
from fractbench.bench.clock import Clock
from fractbench.bench.failure import FailedError
from fractbench.bench.line import Entry, Line, Start
from fractbench.bench.settings import Settings
from fractbench.bench.surroundings import Counter, Surroundings

Notice = Callable[[str], None]
MOST_PASSES = 1000
T = TypeVar("T")


class Session:
    """The lines of one launch; `run` fills their entries."""

    def __init__(
        self,
        cases: Sequence[Case],
        settings: Settings,
        start: Start,
        clock: Clock,
        around: Surroundings,
        notice: Notice = lambda _: None,
        launch: int = 0,
    ) -> None:
        """Give every device its line."""
        self.settings, self.clock, self.around, self._notice = settings, clock, around, notice
        self.launch = launch
        self.lines = {
            target: Line(target, start) for target in dict.fromkeys(c.target for c in cases)
        }
        self.entries = [Entry(case, index) for index, case in enumerate(cases)]
        for entry in self.entries:
            self.lines[entry.case.target].entries.append(entry)
        self._random = random.Random(f"{settings.seed} {launch}")
        self.began = clock.ns()
        self.date = clock.date()
        self.states: dict[str, list[Any]] = {}
        self._load: float | None = None
        self._meters: dict[str, Counter | None] = {}

    def run(self) -> None:
        """Do everything; workers are gone afterwards, whatever happened."""
        # Later it would be our own load.
        self._load = self.around.state(None).load
        try:
            for line in self._shuffled(list(self.lines.values())):
                self._open(line)
            self._cross_check()
            for number in range(self.settings.repeats):
                self._round(number)
            for line in self.lines.values():
                self.states[line.target].append(self.around.state(line.device))
            for line in self._working() if self.settings.roofline else ():
                self._roofline(line)
        finally:
            for line in self.lines.values():
                line.end()

    def line(self, entry: Entry) -> Line:
        """Return the line of an entry."""
        return self.lines[entry.case.target]

    def _open(self, line: Line) -> None:
        self._notice(f"starting {line.target}")
        line.begin()
        before = self.around.state(line.device)
        self.states[line.target] = [before.model_copy(update={"load": self._load})]
        self._meters[line.target] = self.around.meter(line.device)
        for entry in line.entries:
            self._notice(f"proving {entry.case}")
            if line.failed:
                entry.fail(line.failed)
            else:
                line.open(entry)

    def _cross_check(self) -> None:
        """Hold exact maps of one key to one digest; the odd ones out are not timed."""
        groups: dict[str, list[Entry]] = {}
        for entry in self.entries:
            plan = entry.case.request.plan()
            if not entry.failed and plan.arithmetic.exact:
                groups.setdefault(plan.key, []).append(entry)
        for key, group in groups.items():
            told = [(self.line(entry).device.backend, entry.told["digest"]) for entry in group]
            right = agreed(key, told)
            for entry in group:
                if entry.told["digest"] != right:
                    entry.fail(
                        FailedError(
                            "mismatch",
                            "another whole map than "
                            + (
                                f"the proven {right[-8:]}" if right else "that of the other devices"
                            ),
                        )
                    )

    def _working(self) -> list[Line]:
        return [line for line in self.lines.values() if any(not e.failed for e in line.entries)]

    def _roofline(self, line: Line) -> None:
        """Measure a device's roofline, last, since its arrays would count as the kernels' memory.

        It may not cost a case its time.
        """
        self._notice(f"roofline of {line.target}")
        line.timed_peak = line.peak
        try:
            line.roofline = line.ask("roofline")
        except FailedError as error:
            self._notice(f"no roofline of {line.target}: {error}")

    def _round(self, number: int) -> None:
        """Calibrate every device, then time every case once."""
        self._notice(f"round {number + 1} of {self.settings.repeats}")
        for line in self._shuffled(self._working()):
            self._calibrate(line)
        entries = [entry for entry in self.entries if not entry.failed]
        for turn, entry in enumerate(self._shuffled(entries)):
            entry.order.append(turn)
            self.clock.sleep(self.settings.cooldown)
            self._sample(entry)

    def _calibrate(self, line: Line) -> None:
        start = self.clock.ns() - self.began
        try:
            took = line.ask("calibrate")
        except FailedError as error:
            self._notice(f"no calibration of {line.target}: {error}")
            return
        if took is not None:
            line.calibrations.append((start, took))

    def _sample(self, entry: Entry) -> None:
        line, meter = self.line(entry), self._meters.get(entry.case.target)
        if not entry.open:
            line.open(entry)
        if entry.failed:
            return
        start, before = self.clock.ns() - self.began, joules(meter)
        try:
            found = line.ask("sample", entry.index, self.passes(entry))
        except FailedError as error:
            entry.fail(error)
            return
        entry.spent.append(_less(joules(meter), before))
        entry.samples.append({**found, "start_ns": start, "passes": len(found["digests"])})

    def meter(self, line: Line) -> Counter | None:
        """Return the energy counter of a line."""
        return self._meters.get(line.target)

    def passes(self, entry: Entry) -> int:
        """Return how many maps a sample takes to last `min_time`."""
        warm = max(1, int(entry.told["warm_ns"])) / 1e9
        return max(1, min(MOST_PASSES, math.ceil(self.settings.min_time / warm)))

    def _shuffled(self, things: list[T]) -> list[T]:
        self._random.shuffle(things)
        return things


def joules(meter: Counter | None) -> float | None:
    """Return what a counter tells, None if there is none or it fails midway."""
    try:
        return meter.joules() if meter else None
    except OSError:
        return None


def _less(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before
