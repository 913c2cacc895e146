"""Worker: opens and times the cases of one device; lives in a process of its own.

Every method takes and returns what JSON can hold, because the benchmark talks to it through a pipe
(see process.py). Times are nanoseconds of the given clock.
"""

from __future__ import annotations

import os
from base64 import b64encode
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fractbench.backend import Backend, Device
from fractbench.bench.case import Case
from fractbench.bench.clock import Clock, WallClock
from fractbench.bench.opened import Opened, added
from fractbench.bench.proving import prove_map
from fractbench.bench.thumbnail import thumbnail
from fractbench.bench.timing import timed_pass
from fractbench.bench.work import Work
from fractbench.kernels import kernel_of

if TYPE_CHECKING:
    from fractbench.bench.roofline.measure import Piece


class Worker:
    """Holds one Device and its proven cases by index."""

    def __init__(self, target: str, clock: Clock | None = None) -> None:
        """Import nothing yet."""
        self._target, self._clock = target, clock or WallClock()
        self._opened: dict[int, Opened] = {}
        self._piece: Piece | None = None
        self._backend: Backend
        self._device: Device

    def hello(self) -> dict[str, Any]:
        """Import the framework and tell what there is."""
        from fractbench.bench.machine.privacy import shared_environment
        from fractbench.registry import load, select

        keep_to_cores(os.environ.get("FRACTBENCH_THREADS", ""))
        began = self._clock.ns()
        # What a broken install raises is put into a sentence by `select`.
        with suppress(Exception):
            load(self._target.partition(":")[0]).version()
        took = self._clock.ns() - began
        self._backend, self._device = select(self._target)
        backend, device = self._backend, self._device
        return {
            "import_ns": took,
            "backend": backend.name,
            "device": device.name,
            "chip": device.chip or None,
            "version": backend.version(),
            "precision": backend.precision(device),
            "environment": shared_environment(os.environ),
            "threads": backend.threads(device),
        }

    def kernel(self, message: dict[str, Any]) -> str:
        """Return the name of the kernel that a case means; `auto` if none is offered."""
        case = Case.of(message)
        plan = case.plan
        offered = self._backend.offers(plan.problem, self._device, plan.arithmetic)
        return str(offered[0]) if case.kernel == "auto" and offered else case.kernel

    def open(self, index: int, message: dict[str, Any]) -> dict[str, Any]:
        """Prepare a case, time its first call, prove its map, and time a warm call.

        Raises:
            FailedError: the map is not what it must be.
        """
        case, clock = Case.of(message), self._clock
        plan = case.plan
        began = clock.ns()
        kernel = kernel_of(plan, self._backend, self._device, case.kernel)
        prepared = clock.ns() - began
        work = Work(plan, kernel)
        first, found = timed_pass(work, kernel, work.offset(0), clock)
        proof = prove_map(self._backend, self._device, kernel.name, work, found)
        made = work.map(found)
        opened = Opened(work, kernel, made, clock)
        warm, _ = opened.next_pass()
        self._opened[index] = opened
        return {
            "kernel": kernel.name,
            "tile": work.tile,
            "early_exit": bool(getattr(kernel, "early_exit", False)),
            "note": str(getattr(kernel, "note", "")),
            "digest": made.digest,
            "checked": proof.checked,
            "judged": proof.judged,
            "prepare_ns": prepared,
            "first_call_ns": first.host,
            "warm_ns": warm.host,
            "picture": b64encode(thumbnail(made)).decode(),
        }

    def sample(self, index: int, passes: int) -> dict[str, Any]:
        """Time whole maps and hash each; the sums of their times are one sample.

        Raises:
            FailedError: an output is wrong, or not the same for the same input.
        """
        opened = self._opened[index]
        made = [opened.next_pass() for _ in range(passes)]
        return {
            **added([times for times, _ in made]),
            "digests": [digest for _, digest in made],
            "host_bytes": held(),
            "device_peak": self._backend.peak_memory(self._device),
        }

    def calibrate(self) -> dict[str, float] | None:
        """Time a piece of work on the device, the same one every time."""
        from fractbench.bench.roofline.measure import calibration

        if self._piece is None:
            self._piece = calibration(self._backend, self._device, self._clock.ns)
        return {"ns": self._piece(), "work": self._piece.work} if self._piece else None

    def roofline(self) -> dict[str, Any]:
        """Measure what the device can do in float32."""
        from fractbench.arithmetic.formats import FLOAT32
        from fractbench.bench.machine.privacy import clean
        from fractbench.bench.roofline.measure import measure

        said: list[str] = []
        found = measure(self._backend, self._device, FLOAT32, self._clock.ns, say=said.append)
        return {**found.model_dump(), "said": [clean(text) for text in said]}


def keep_to_cores(told: str) -> None:
    """Keep this process to the first of its cores, by whose number frameworks choose threads."""
    if told.isdecimal() and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: max(1, int(told))])


def held() -> int:
    """Return the bytes of memory that this process holds."""
    import psutil

    return int(psutil.Process().memory_info().rss)
