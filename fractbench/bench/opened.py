"""Opened: a proven case in its worker; every timed pass must give its map again."""

from __future__ import annotations

from typing import Any

import numpy as np

from fractbench.backend import Kernel
from fractbench.bench.clock import Clock
from fractbench.bench.failure import FailedError
from fractbench.bench.proving import FLIPS, NARROW_FLIPS
from fractbench.bench.timing import Times, timed_pass
from fractbench.bench.work import Found, Work
from fractbench.map import Map


class Opened:
    """A case's kernel, the digest and classes of its map, and what each offset gave so far."""

    def __init__(self, work: Work, kernel: Kernel, made: Map, clock: Clock) -> None:
        """Keep the proven map, which the first pass made at offset 0."""
        self.work, self.kernel, self._clock = work, kernel, clock
        self.digest, self._classes = made.digest, made.classes.ravel()
        self._turns, self._seen = 0, {0: made.digest}

    def next_pass(self) -> tuple[Times, str]:
        """Make the map once more, turned by the next offset; return its times and its digest.

        Raises:
            FailedError: `mismatch` or `nondeterministic`.
        """
        self._turns += 1
        offset = self.work.offset(self._turns)
        times, found = timed_pass(self.work, self.kernel, offset, self._clock)
        digest = self.work.digest(found)
        if self._seen.setdefault(offset, digest) != digest:
            raise FailedError("nondeterministic", "equal inputs gave different outputs")
        if not self._good(digest, found):
            raise self._wrong(offset)
        return times, digest

    def _good(self, digest: str, found: Found) -> bool:
        arithmetic = self.work.plan.arithmetic
        if arithmetic.exact:
            return digest == self.digest
        classes = self.work.plan.problem.readout(found)[1]
        share = NARROW_FLIPS if arithmetic.narrow else FLIPS
        return bool(np.count_nonzero(classes != self._classes) <= share * classes.size + 1)

    def _wrong(self, offset: int) -> FailedError:
        """Tell a wrong map from a fickle one: ask the same again, and the first question."""
        for again in (offset, 0):
            _, repeated = timed_pass(self.work, self.kernel, again, self._clock)
            if self.work.digest(repeated) != self._seen[again]:
                return FailedError("nondeterministic", "equal inputs gave different outputs")
        return FailedError("mismatch", "a timed output is not the proven map")


def added(passes: list[Times]) -> dict[str, Any]:
    """Return a sample's times, the sums over its passes."""
    compute = [times.compute for times in passes]
    return {
        "compute_ns": None if None in compute else sum(c for c in compute if c is not None),
        "host_ns": sum(times.host for times in passes),
        "total_ns": sum(times.total for times in passes),
    }
