"""Session: one launch of the benchmark: open and prove every case, then rounds in random order.

All devices have a worker at once, and every round visits all cases in an order of its own, so that
a change of the machine's mood meets them all alike.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from fractbench.bench.agreed import cross_check
from fractbench.bench.case import BASELINE, Case, baselines
from fractbench.bench.clock import Clock
from fractbench.bench.failure import FailedError
from fractbench.bench.line import Entry, Line, Start
from fractbench.bench.settings import Settings
from fractbench.bench.surroundings import Surroundings
from fractbench.errors import FractbenchError

if TYPE_CHECKING:
    from fractbench.bench.machine.energy import Meter

Notice = Callable[[str], None]
MOST_PASSES = 1000
CPU = f"{BASELINE[0]}:cpu"
T = TypeVar("T")


@dataclass(frozen=True)
class Launch:
    """Which launch of a run it is, and what all of them share.

    `known` are the digests of exact maps by key; `load` is the load average before the first one,
    since later ones are our own.
    """

    number: int = 0
    known: dict[str, str] = field(default_factory=dict)
    load: float | None = None


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
        launch: Launch | None = None,
    ) -> None:
        """Give every device its line."""
        self.settings, self.clock, self.around, self._notice = settings, clock, around, notice
        self.launch = launch or Launch()
        self._start, self.lines, self.entries = start, dict[str, Line](), list[Entry]()
        for case in cases:
            self._add(case)
        self._random = random.Random(f"{settings.seed} {self.launch.number}")
        self.began = clock.ns()
        self.date = clock.date()

    def _add(self, case: Case) -> Line:
        line = self.lines.setdefault(case.target, Line(case.target, self._start))
        entry = Entry(case, len(self.entries))
        self.entries.append(entry)
        line.entries.append(entry)
        return line

    def run(self) -> None:
        """Do everything; workers are gone afterwards, whatever happened."""
        try:
            for line in self._shuffled(list(self.lines.values())):
                self._begin(line)
            if self.settings.baseline:
                self._add_baselines()
            for line in self._shuffled(list(self.lines.values())):
                self._open(line)
            cross_check(self.entries, self.launch.known)
            for number in range(self.settings.repeats):
                self._round(number)
            for line in self._working() if self.settings.roofline else ():
                self._roofline(line)
        finally:
            for line in self.lines.values():
                line.end()

    def line(self, entry: Entry) -> Line:
        """Return the line of an entry."""
        return self.lines[entry.case.target]

    def source(self, line: Line) -> str | None:
        """Return the digest of the kernels' texts, None if the backend is none of ours to read."""
        try:
            return self.around.source(line.device.backend)
        except (FractbenchError, OSError):
            return None

    def _begin(self, line: Line) -> None:
        """Start a device's worker, unless it is another line's device under another name."""
        self._notice(f"starting {line.target}")
        line.begin()
        others = [one for one in self.lines.values() if one is not line and one.hello]
        same = next((one for one in others if one.device == line.device and line.hello), None)
        if same is not None:
            line.failed = FailedError("unavailable", f"it is timed as {same.target} already")
            line.end()
        before = self.around.state(line.device)
        line.states = [before.model_copy(update={"load": self.launch.load})]
        line.meter = self.around.meter(line.device)

    def _add_baselines(self) -> None:
        """Add the published method, on a device of its backend that is timed anyway, or a CPU."""
        own = [line for line in self.lines.values() if line.device.backend == BASELINE[0]]
        usable = [line for line in own if not line.failed]
        line = usable[0] if usable else self.lines.get(CPU) or Line(CPU, self._start)
        found = baselines([e.case for e in self.entries], line.target, line.on_cpu)
        for case in found:
            added = self._add(case)
            if not usable and added.worker is None and added.failed is None:
                self._begin(added)

    def _open(self, line: Line) -> None:
        for entry in line.entries:
            self._notice(f"proving {entry.case}")
            if line.failed:
                entry.fail(line.failed)
            else:
                line.open(entry)

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
            for text in line.roofline.get("said", ()):
                self._notice(text)
        except FailedError as error:
            self._warn(line, f"its roofline could not be measured: {error}")

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
        for line in self._working():
            self._look(line)

    def _look(self, line: Line) -> None:
        """Note the state after a round, and every reason to run slower that was seen."""
        now = self.around.state(line.device)
        line.states.append(now)
        if now.throttle is not None:
            line.throttle = (line.throttle or set()) | set(now.throttle)

    def _calibrate(self, line: Line) -> None:
        start = self.clock.ns() - self.began
        try:
            took = line.ask("calibrate")
        except FailedError as error:
            self._warn(line, f"the calibration failed: {error}")
            return
        # A worker that was started again sizes its piece anew.
        if took is not None and line.calibration_work in (None, took["work"]):
            line.calibration_work = took["work"]
            line.calibrations.append((start, took["ns"]))

    def _warn(self, line: Line, text: str) -> None:
        for entry in line.entries:
            if text not in entry.warnings:
                entry.warnings.append(text)

    def _sample(self, entry: Entry) -> None:
        line = self.line(entry)
        if not entry.open:
            line.open(entry)
        if entry.failed:
            return
        start, before = self.clock.ns() - self.began, joules(line.meter)
        try:
            found = line.ask("sample", entry.index, self.passes(entry))
        except FailedError as error:
            entry.fail(error)
            return
        entry.spent.append(_less(joules(line.meter), before))
        if line.device.name.startswith("cuda"):
            self._look(line)  # clocks recover as soon as the GPU rests
        entry.samples.append({**found, "start_ns": start, "passes": len(found["digests"])})

    def passes(self, entry: Entry) -> int:
        """Return how many maps a sample takes to last `min_time`."""
        times = [s["host_ns"] / s["passes"] for s in entry.samples]
        quickest = max(1.0, float(min([entry.told["warm_ns"], *times]))) / 1e9
        return max(1, min(MOST_PASSES, math.ceil(self.settings.min_time / quickest)))

    def _shuffled(self, things: list[T]) -> list[T]:
        self._random.shuffle(things)
        return things


def joules(meter: Meter | None) -> float | None:
    """Return what a counter tells, None if there is none or it fails midway."""
    try:
        return meter.joules() if meter else None
    except Exception:
        # Each counter's library fails in its own way, and none may cost a time.
        return None


def _less(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before
