"""significance: launches of one thing against launches of another -> ratio, interval, verdict.

The unit is the launch, a process of its own: samples within one are correlated. What remains is
that a machine's speed wanders: other work, heat and memory layout come and go within minutes. Two
ways lead out, and the launches' times tell which is open (docs/comparing.md has both measured).

Pairs: where launches of the two sides took turns, in whichever order, each is paired with its
neighbour (or each stretch of one side with the next stretch of the other), and what wanders slowly
cancels. The interval is that of the exact signed-rank test, or Student's where the pairs are too
few for it.

Stretches: where all of one side came before the other, nothing in the data tells how far the
machine wandered in between. What tells is how calm it was within the launches: on the recordings
the speed wandered from minute to minute by up to `TIMES` what the samples of one launch scatter.
That stands for it, unless the launches show more by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fractbench.bench.compare.quantiles import signed_rank, student

LEVEL = 0.99
WANDER = 0.3
"""The standard deviation, in log time, of a machine's speed from one stretch to another, where the
samples do not tell."""
CALM, TIMES = 0.05, 6.0
"""It is the scatter within launches times `TIMES`, and at least `CALM`.

6 is the least whole number with which all recordings hold 5 false alarms of 100, on every other
start as well. None of them is so calm that `CALM` matters; it is there since two processes differ,
by the layout of memory alone.
"""
PAIRS = 4
"""The least number of pairs that show how far the machine wanders."""
LEAST = 0.005
"""Smaller relative differences are never told: the layout of memory alone makes them."""

Sided = tuple[int, float]


@dataclass(frozen=True)
class Launch:
    """One process: when it took its samples (seconds, any origin) and its rate (1 / seconds).

    `scatter` is the standard deviation of the logarithms of its samples; None for fewer than 3.
    """

    start: float
    rate: float
    scatter: float | None = None


@dataclass(frozen=True)
class Difference:
    """How many times faster the second side is, the interval, and how it was found."""

    ratio: float
    low: float
    high: float
    design: Literal["pairs", "stretches"]
    pairs: int

    @property
    def verdict(self) -> Literal["faster", "slower", "no difference"]:
        """Return the word for the second side."""
        if self.low > 1 + LEAST:
            return "faster"
        return "slower" if self.high < 1 / (1 + LEAST) else "no difference"

    @property
    def told(self) -> float:
        """Return the smallest ratio, from 1 up, that launches like these can tell."""
        return sqrt(self.high / self.low)


def difference(
    base: Sequence[Launch],
    other: Sequence[Launch],
    level: float = LEVEL,
    wander: float | None = None,
    turns: bool = True,
) -> Difference:
    """Compare `other` with `base`, each of one launch at least.

    Args:
        base: the launches of one side.
        other: the launches of the other side.
        level: the probability with which the interval holds the true ratio.
        wander: what `wandering` is about; told by the launches if None.
        turns: whether launches that took turns may be paired: on different machines they may not.
    """
    steps = _pairs(base, other) if turns else np.empty(0)
    if len(steps) >= PAIRS:
        middle, half_low, half_high = _of_pairs(steps, level)
        design: Literal["pairs", "stretches"] = "pairs"
    else:
        told = wandering([*base, *other]) if wander is None else wander
        middle, half_low, half_high = _of_stretches(base, other, level, told)
        design = "stretches"
    return Difference(exp(middle), exp(half_low), exp(half_high), design, len(steps))


def wandering(launches: Sequence[Launch]) -> float:
    """Return how far a machine's speed may wander between stretches, in log time."""
    scatters = [one.scatter for one in launches if one.scatter is not None]
    if len(scatters) < len(launches):
        return WANDER
    return max(CALM, TIMES * float(np.sqrt(np.mean(np.square(scatters)))))


def scatter(seconds: Sequence[float]) -> float | None:
    """Return a launch's scatter from its samples."""
    return float(np.std(np.log(seconds), ddof=1)) if len(seconds) > 2 else None


def _pairs(base: Sequence[Launch], other: Sequence[Launch]) -> NDArray[np.float64]:
    """Return the log ratio of every two that follow each other in time, each used once.

    Two launches, if all couples are of both sides in either order; else two stretches.
    """
    order = sorted([(one.start, 0, log(one.rate)) for one in base]
                   + [(one.start, 1, log(one.rate)) for one in other])  # fmt: skip
    line = [(side, rate) for _, side, rate in order]
    if any(first == second for (first, _), (second, _) in _couples(line)):
        line = [
            (side, float(np.median([rate for _, rate in group])))
            for side, group in groupby(line, key=lambda one: one[0])
        ]
    return np.array([
        second - first if side == 0 else first - second
        for (side, first), (_, second) in _couples(line)
    ])  # fmt: skip


def _couples(line: Sequence[Sided]) -> list[tuple[Sided, Sided]]:
    return list(zip(line[::2], line[1::2], strict=False))


def _of_pairs(steps: NDArray[np.float64], level: float) -> tuple[float, float, float]:
    means = np.sort(((steps[:, None] + steps) / 2)[np.triu_indices(len(steps))])
    left_out = signed_rank(level, len(steps))
    if left_out is not None:
        return float(np.median(means)), float(means[left_out]), float(means[-1 - left_out])
    middle, error = float(steps.mean()), float(steps.std(ddof=1)) / sqrt(len(steps))
    half = student(level, len(steps) - 1) * error
    return middle, middle - half, middle + half


def _of_stretches(
    base: Sequence[Launch], other: Sequence[Launch], level: float, wander: float
) -> tuple[float, float, float]:
    sides = [np.log([one.rate for one in side]) for side in (base, other)]
    middle = float(sides[1].mean() - sides[0].mean())
    stated = NormalDist().inv_cdf((1 + level) / 2) * sqrt(2) * wander
    freedom = sum(len(side) - 1 for side in sides)
    if not freedom:
        return middle, middle - stated, middle + stated
    variance = sum(float(((side - side.mean()) ** 2).sum()) for side in sides) / freedom
    shown = student(level, freedom) * sqrt(variance * sum(1 / len(side) for side in sides))
    half = max(stated, shown)
    return middle, middle - half, middle + half
