"""settled: which pixels' classes rounding cannot change, and how far their measures may stray."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fractbench.agreement.ensemble import Ensemble
from fractbench.agreement.reading import MEASURES, Reading, Reals, slack

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Settled:
    """What an Ensemble says of every pixel, flat.

    `mask` holds where all members have one class. `usual` is the class of most members, `unusual`
    how many members have another one. A measure of a settled pixel is `center` (the members'
    median) give or take `spread` (the farthest member) and `slack`.
    """

    members: int
    mask: Mask
    usual: NDArray[np.uint8]
    unusual: NDArray[np.int64]
    center: dict[str, Reals]
    spread: dict[str, Reals]
    slack: dict[str, Reals]

    @classmethod
    def of(cls, given: Ensemble) -> Settled:
        """Derive it."""
        kinds = range(int(given.classes.max()) + 1)
        votes = np.stack([(given.classes == kind).sum(axis=0) for kind in kinds])
        unusual = len(given.members) - votes.max(axis=0)
        values = {name: given.measure(name) for name in MEASURES}
        center = {name: np.median(v, axis=0) for name, v in values.items()}
        return cls(
            members=len(given.members),
            mask=unusual == 0,
            usual=votes.argmax(axis=0).astype(np.uint8),
            unusual=unusual,
            center=center,
            spread={name: np.abs(v - center[name]).max(axis=0) for name, v in values.items()},
            slack={n: slack(n, c, given.steps, given.precision) for n, c in center.items()},
        )

    def wrong(self, found: Reading) -> Mask:
        """Return the settled pixels that have another class."""
        return np.asarray(self.mask & (found.classes != self.usual))

    def flipped(self, found: Reading) -> Mask:
        """Return the other pixels that have not the class of most members."""
        return np.asarray(~self.mask & (found.classes != self.usual))

    def strayed(self, found: Reading, spreads: float) -> Mask:
        """Return the settled pixels with a measure `spreads` spreads and the slack off, or NaN."""
        out = np.zeros(self.mask.shape, bool)
        for name in MEASURES:
            near = self._off(found, name) <= spreads * self.spread[name] + self.slack[name]
            out |= ~near
        return out & self.mask & ~self.wrong(found)

    def distance(self, found: Reading) -> Reals:
        """Return how far every settled pixel's measures are off, the farther one, in tolerances.

        The tolerance is spread plus slack; a measure that is no number is infinitely far.
        """
        ratios = [
            self._off(found, n)[self.mask] / (self.spread[n] + self.slack[n])[self.mask]
            for n in MEASURES
        ]
        return np.asarray(np.nan_to_num(np.maximum(*ratios), nan=np.inf, posinf=np.inf))

    def _off(self, found: Reading, name: str) -> Reals:
        return np.asarray(np.abs(getattr(found, name) - self.center[name]))
