"""A benchmark without time: a clock, kernels and workers that do what a script says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from fakes import HostBackend
from fractbench.backend import Device, Tile
from fractbench.bench.failure import FailedError, failure
from fractbench.bench.line import Start
from fractbench.bench.records.facts import Software, State, System
from fractbench.bench.surroundings import Surroundings
from fractbench.bench.worker import Worker
from fractbench.ready import ready
from records import HARDWARE, QUIET

MS = 1_000_000
CALL = 10_000
"""Nanoseconds that a look at the scripted clock costs: a hundred times a real one's."""


class ScriptedClock:
    """Goes on by `CALL` when it is looked at, and as far as it is told to by `spend`."""

    name = "scripted"

    def __init__(self, call: int = 0) -> None:
        self.now, self._call = 1_000_000_000, call
        self.slept: list[float] = []

    def ns(self) -> int:
        self.now += self._call
        return self.now

    def spend(self, ns: int) -> None:
        self.now += ns

    def date(self) -> str:
        return "2026-11-21T06:00:00+00:00"

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.spend(int(seconds * 1e9))


class ScriptedKernel:
    """The right results, after the time that the script gives for each call; then it repeats."""

    name = "scripted"

    def __init__(
        self, inner: Any, clock: ScriptedClock, times: Iterable[int], copying: int
    ) -> None:
        self.tile = inner.tile
        self._inner, self._clock, self._copying = inner, clock, copying
        self._times, self._last = iter(times), MS
        self.calls = 0

    def run(self, tile: Tile) -> dict[str, np.ndarray]:
        found = self._inner.run(tile)
        self._last = next(self._times, self._last)
        self._clock.spend(self._last)
        ready()
        self._clock.spend(self._copying)
        self.calls += 1
        return self.spoilt(found)

    def spoilt(self, found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return found


class ScriptedBackend(HostBackend):
    """The host's Ops; every kernel it prepares takes the times of the script."""

    def __init__(
        self,
        name: str,
        clock: ScriptedClock,
        times: Sequence[int] = (),
        copying: int = 0,
        kernel: type[ScriptedKernel] = ScriptedKernel,
    ) -> None:
        super().__init__()
        self.name = name  # type: ignore[misc]
        self._clock, self._times, self._copying, self._kernel = clock, times, copying, kernel

    def prepare(self, *args: Any, **options: Any) -> Any:
        inner = super().prepare(*args, **options)
        return self._kernel(inner, self._clock, self._times, self._copying)


class ScriptedWorker(Worker):
    """A Worker whose probes are scripted, since no scripted clock could time real ones."""

    calibrations: Sequence[int] = ()

    def __init__(self, target: str, clock: ScriptedClock) -> None:
        super().__init__(target, clock)
        self._given = iter(self.calibrations)

    def calibrate(self) -> dict[str, float] | None:
        return {"ns": next(self._given, 10 * MS), "work": 4e9}

    def roofline(self) -> dict[str, Any]:
        return {
            "multiply_add": 4e11, "multiply_then_add": 2e11, "gemm": 5e11, "copy_rate": 1e10,
            "launch": 1e-6, "peak": None, "peak_source": None,
        }  # fmt: skip


class Local:
    """A worker without a process: the same questions through the same JSON."""

    peak = 1 << 28

    def __init__(self, worker: Worker, log: list[tuple[str, ...]], target: str) -> None:
        self._worker, self._log, self._target = worker, log, target
        self._alive = True

    def ask(self, what: str, *args: Any) -> Any:
        self._log.append((what, self._target, *map(str, args[:1])))
        sent = json.loads(json.dumps(args))
        try:
            return json.loads(json.dumps(getattr(self._worker, what)(*sent)))
        except KilledError as error:
            self._alive = False
            raise FailedError("error", "the worker ended by SIGSEGV") from error
        except Exception as error:
            raise failure(error) from error

    def alive(self) -> bool:
        return self._alive

    def close(self) -> None:
        self._log.append(("close", self._target))


class KilledError(Exception):
    """Raised by a kernel in place of a crash of its process."""


def local(
    clock: ScriptedClock,
    log: list[tuple[str, ...]] | None = None,
    worker: Callable[[str, ScriptedClock], Worker] = ScriptedWorker,
) -> Start:
    """Return what starts workers in this process."""
    seen = [] if log is None else log
    return lambda target: Local(worker(target, clock), seen, target)


class Joules:
    """An energy counter: a watt, by the scripted clock."""

    source = "scripted"

    def __init__(self, clock: ScriptedClock) -> None:
        self._clock = clock

    def joules(self) -> float:
        return self._clock.now / 1e9


class FakeSurroundings(Surroundings):
    """A quiet Mac; `states` are given out one after the other, the last one for good."""

    def __init__(self, *states: State, meter: Any = None) -> None:
        self._states, self._meter = list(states) or [QUIET], meter

    def software(self) -> Software:
        return Software(fractbench="0.1.0", commit=None, dirty=None, python="3.12.1", packages={})

    def hardware(self, device: Device) -> Any:
        return HARDWARE

    def system(self, device: Device) -> System:
        return System(name="Darwin", release="26.1", driver=None, cuda=None, metal=None,
                      virtual=None)  # fmt: skip

    def state(self, device: Device | None) -> State:
        if device is None:
            return self._states[0]
        return self._states.pop(0) if len(self._states) > 1 else self._states[0]

    def meter(self, device: Device) -> Any:
        return self._meter

    def source(self, backend: str) -> str:
        return "cd" * 32

    def peak(self, device: Device) -> None:
        return None
