"""Worker: opens and times the cases of one device; lives in a process of its own.

Every method takes and returns what JSON can hold, because the benchmark talks to it through a pipe
(see process.py). Times are nanoseconds of the given clock.
"""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fractbench.backend import Backend, Device, Kernel
from fractbench.bench.case import Case
from fractbench.bench.clock import Clock, WallClock
from fractbench.bench.failure import FailedError
from fractbench.bench.proving import FLIPS, NARROW_FLIPS, prove_map
from fractbench.bench.timing import timed_pass
from fractbench.bench.work import Found, Work


@dataclass
class Opened:
    """A proven case: its kernel, its digest, and what each offset gave so far."""

    work: Work
    kernel: Kernel
    digest: str
    classes: np.ndarray
    turns: int = 0
    seen: dict[int, str] = field(default_factory=dict)


class Worker:
    """Holds one Device and its proven cases by index."""

    def __init__(self, target: str, clock: Clock | None = None) -> None:
        """Import nothing yet."""
        self._target, self._clock = target, clock or WallClock()
        self._opened: dict[int, Opened] = {}
        self._backend: Backend
        self._device: Device

    def hello(self) -> dict[str, Any]:
        """Import the framework and tell what there is."""
        from fractbench.bench.privacy import shared_environment
        from fractbench.registry import load, select

        began = self._clock.ns()
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

    def open(self, index: int, message: dict[str, Any]) -> dict[str, Any]:
        """Prepare a case, time its first call, prove its map, and time a warm call.

        Raises:
            FailedError: the map is not what it must be.
        """
        case, clock = Case.of(message), self._clock
        plan = case.request.plan()
        began = clock.ns()
        kernel = self._backend.prepare(plan.problem, self._device, plan.arithmetic, case.kernel)
        prepared = clock.ns() - began
        work = Work(plan, kernel)
        first, found = timed_pass(work, kernel, work.offset(0), clock)
        proof = prove_map(self._backend, self._device, kernel.name, work, found)
        made = work.map(found)
        opened = Opened(work, kernel, made.digest, made.classes.ravel())
        opened.seen[0] = made.digest
        warm, _, _ = self._pass(opened)
        self._opened[index] = opened
        return {
            "kernel": kernel.name,
            "arithmetic": plan.arithmetic.name,
            "tile": work.tile,
            "early_exit": bool(getattr(kernel, "early_exit", False)),
            "digest": made.digest,
            "checked": proof.checked,
            "judged": proof.judged,
            "prepare_ns": prepared,
            "first_call_ns": first.host,
            "warm_ns": warm["host_ns"],
            "picture": b64encode(thumbnail(made)).decode(),
        }

    def sample(self, index: int, passes: int) -> dict[str, Any]:
        """Time whole maps and hash each; the sums of their times are one sample.

        Raises:
            FailedError: an output is wrong, or not the same for the same input.
        """
        opened = self._opened[index]
        sums = {"compute_ns": 0, "host_ns": 0, "total_ns": 0}
        digests, deferred = [], False
        for _ in range(passes):
            times, digest, told = self._pass(opened)
            digests.append(digest)
            deferred = deferred or not told
            for name in sums:
                sums[name] += times[name]
        return {
            **sums,
            "compute_ns": None if deferred else sums["compute_ns"],
            "digests": digests,
            "host_bytes": held(),
            "device_peak": self._backend.peak_memory(self._device),
        }

    def _pass(self, opened: Opened) -> tuple[dict[str, int], str, bool]:
        """Return the next pass: its times, its digest, and whether the kernel told of `ready`."""
        opened.turns += 1
        offset = opened.work.offset(opened.turns)
        times, found = timed_pass(opened.work, opened.kernel, offset, self._clock)
        digest = self._checked(opened, offset, found)
        plain = {"compute_ns": times.compute or 0, "host_ns": times.host, "total_ns": times.total}
        return plain, digest, times.compute is not None

    def _checked(self, opened: Opened, offset: int, found: Found) -> str:
        """Return the digest of a timed output.

        Raises:
            FailedError: it is wrong, or equal inputs gave different outputs.
        """
        digest = opened.work.digest(found)
        known = opened.seen.setdefault(offset, digest)
        if known != digest:
            raise FailedError("nondeterministic", "equal inputs gave different outputs")
        if self._good(opened, digest, found):
            return digest
        # Which of the two it is shows when old questions are asked again.
        for again in (offset, 0):
            _, repeated = timed_pass(opened.work, opened.kernel, again, self._clock)
            if opened.work.digest(repeated) != opened.seen[again]:
                raise FailedError("nondeterministic", "equal inputs gave different outputs")
        raise FailedError("mismatch", "a timed output is not the proven map")

    def _good(self, opened: Opened, digest: str, found: Found) -> bool:
        arithmetic = opened.work.plan.arithmetic
        if arithmetic.exact:
            return digest == opened.digest
        classes = opened.work.plan.problem.readout(found)[1]
        share = NARROW_FLIPS if arithmetic.narrow else FLIPS
        return bool(np.count_nonzero(classes != opened.classes) <= share * classes.size + 1)

    def close(self, index: int) -> None:
        """Forget a case."""
        self._opened.pop(index, None)

    def calibrate(self) -> int | None:
        """Time the fixed piece of work on the device."""
        from fractbench.bench.roofline import calibration

        if not hasattr(self, "_calibration"):
            self._calibration = calibration(self._backend, self._device, self._clock.ns)
        return self._calibration() if self._calibration else None

    def roofline(self) -> dict[str, Any]:
        """Measure what the device can do in float32."""
        from fractbench.arithmetic.formats import FLOAT32
        from fractbench.bench.roofline import measure

        found = measure(self._backend, self._device, FLOAT32, self._clock.ns)
        return dict(found.model_dump())


def held() -> int:
    """Return the bytes of memory that this process holds."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def thumbnail(made: Any, most: int = 64) -> bytes:
    """Return a map as a PNG of at most 64 pixels a side, every n-th pixel, the lowest y below."""
    from io import BytesIO

    from PIL import Image

    from fractbench.colors import colors

    picture = colors(made)[::-1]
    down, across = (-(-side // most) for side in picture.shape[:2])
    out = BytesIO()
    Image.fromarray(picture[::down, ::across]).save(out, "PNG", optimize=True)
    return out.getvalue()
