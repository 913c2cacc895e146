"""judge: a map made under `free` against an Ensemble -> a Verdict.

Four tests, each of which must hold:

1. *wrong*: settled pixels of another class. The members' own count is that of each member left out
   in turn, against the settled pixels of the rest. Conditional test of two Poisson rates, the
   kernel's rate at most `NOISE` times the members'; fails below `LEVEL`.
2. *strayed*: settled pixels whose value or `last` is more than `SPREADS` spreads and the slack of a
   running sum away from the members' median, or not a number. The same test.
3. *flips*: unsettled pixels that have not the class of most members. A pixel in which k of M
   members differ flips with chance (k + 1)/(M + 2), the rule of succession; exact tail of the sum
   (Poisson binomial); fails below `LEVEL`.
4. *shift*: the upper decile, over settled pixels, of the distance from the median in units of
   spread plus slack. Fails above `SHIFT`. This is where small systematic errors are seen first.

An honest kernel rounds every operation of every step, which is more than one ulp in the
hyperparameters: `NOISE`, `SPREADS` and `SHIFT` allow for it, and docs/calibration.md shows the
real kernels they were set by, what they catch and the rate of false alarms. The three tests of
counts contribute at most 3 `LEVEL` to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fractbench.agreement.ensemble import Ensemble
from fractbench.agreement.reading import Reading
from fractbench.agreement.settled import Settled
from fractbench.agreement.tails import rate_tail, sum_tail
from fractbench.agreement.verdict import Count, Verdict
from fractbench.errors import UsageError

NOISE = 4.0
SPREADS = 8.0
DECILE = 0.9
FEWEST = 64
"""Settled pixels below which a window tells too little."""


class UndecidedError(UsageError):
    """A window tells too little to judge a kernel by."""


@dataclass(frozen=True)
class Null:
    """How often the members themselves, left out one at a time, are wrong or stray."""

    wrong: int
    strayed: int

    @classmethod
    def of(cls, given: Ensemble) -> Null:
        """Leave every member out once."""
        wrong = strayed = 0
        for index, member in enumerate(given.members):
            rest = Settled.of(given.without(index))
            wrong += int(rest.wrong(member).sum())
            strayed += int(rest.strayed(member, SPREADS).sum())
        return cls(wrong, strayed)


@dataclass(frozen=True)
class Judge:
    """An Ensemble with all that is derived from it, ready to judge any number of kernels."""

    settled: Settled
    null: Null

    @classmethod
    def of(cls, given: Ensemble) -> Judge:
        """Derive it.

        Raises:
            UndecidedError: too few pixels of the window are settled.
        """
        settled = Settled.of(given)
        if settled.mask.sum() < FEWEST:
            raise UndecidedError(
                f"only {settled.mask.sum()} of {settled.mask.size} pixels keep their class when "
                f"rounding changes and {FEWEST} are needed; type a wider --view or a larger --size"
            )
        return cls(settled, Null.of(given))

    def __call__(self, found: Reading) -> Verdict:
        """Return the verdict on a reading of the same plan."""
        held = self.settled
        wrong, strayed = held.wrong(found), held.strayed(found, SPREADS)
        flips = int(held.flipped(found).sum())
        chances = ((held.unusual + 1) / (held.members + 2))[~held.mask]
        return Verdict(
            pixels=held.mask.size,
            settled=int(held.mask.sum()),
            wrong=self._count(int(wrong.sum()), self.null.wrong),
            strayed=self._count(int(strayed.sum()), self.null.strayed),
            flips=Count(flips, float(chances.sum()), sum_tail(flips, chances)),
            shift=float(np.quantile(held.distance(found), DECILE, method="lower")),
            marks=np.where(wrong | strayed, 2, ~held.mask).astype(np.uint8),
        )

    def _count(self, found: int, others: int) -> Count:
        members = self.settled.members
        return Count(found, others / members, rate_tail(found, others, members, NOISE))
