"""timed_pass: one pass over a map, with the three clocks that every backend is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fractbench.backend import Kernel
from fractbench.bench.clock import Clock
from fractbench.bench.work import Found, Work
from fractbench.ready import listening


@dataclass
class Times:
    """Nanoseconds of a pass: results on the device, on the host, and from plan to classes."""

    compute: int | None
    host: int
    total: int


def timed_pass(work: Work, kernel: Kernel, offset: int, clock: Clock) -> tuple[Times, Found]:
    """Run a kernel over all tiles; return the times and the accumulators, turned back.

    The kernel's arrays are copied as soon as the clock has stopped, so that one which is still
    being filled shows what was there then.

    Raises:
        TypeError: the kernel returned something else than it must.
    """
    moments: list[int] = []
    compute, host, hidden, parts, deferred = 0, 0, 0, [], False
    began = clock.ns()
    with listening(lambda: moments.append(clock.ns())):
        for tile in work.tiles(offset):
            moments.clear()
            before = clock.ns()
            part = kernel.run(tile)
            after = clock.ns()
            parts.append({name: _kept(array) for name, array in part.items()})
            host += after - before
            deferred = deferred or not moments
            compute += (moments[-1] if moments else after) - before
            hidden += clock.ns() - after
    whole = work.turned_back(parts, offset)
    work.plan.problem.readout(whole)
    total = clock.ns() - began - hidden
    return Times(None if deferred else compute, host, total), whole


def _kept(array: Any) -> Any:
    return array.copy() if isinstance(array, np.ndarray) else array
