"""probe: train random pixels that tracing left out, to see how many it filled wrongly.

What no trained pixel touches cannot be seen: an island smaller than a coarse cell between its
corners is missed. How much of that there is can be estimated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import lgamma

import numpy as np

from fractbench.tracing.cells import Places, among
from fractbench.tracing.known import UNKNOWN
from fractbench.tracing.traced import Traced
from fractbench.tracing.trainer import Ask

PIXELS = 2048
CONFIDENCE = 0.95
NEAR = 16
"""Pixels, in both directions, that count as near the boundary."""
_TRIES = 64
Draw = Callable[[int], tuple[Places, Places]]
"""draw(count) -> columns and rows, perhaps outside the grid."""


@dataclass(frozen=True)
class Probe:
    """Random pixels that were not trained for tracing: how many, and how many were filled wrongly.

    `where` is ``everywhere``, each such pixel as likely as any other, or ``near``, at most `NEAR`
    columns and rows from a boundary block drawn at random.
    """

    where: str
    pixels: int
    wrong: int

    @property
    def share(self) -> float | None:
        """The share of wrong fills; None if no pixel was left to probe."""
        return self.wrong / self.pixels if self.pixels else None

    @property
    def bound(self) -> float | None:
        """The share that wrong fills exceed with a probability of 5 % at most, or None.

        The one-sided bound of Clopper and Pearson.
        """
        return highest_share(self.wrong, self.pixels) if self.pixels else None


def probe(traced: Traced, ask: Ask, *, pixels: int = PIXELS, seed: int = 0) -> tuple[Probe, Probe]:
    """Train random untrained pixels, everywhere and near the boundary, and compare the fills.

    Args:
        traced: what was traced.
        ask: gives classes, as in `trace`.
        pixels: how many, of each kind; fewer where there are not so many.
        seed: of the draw.
    """
    draw = np.random.Generator(np.random.Philox(seed))

    def anywhere(count: int) -> tuple[Places, Places]:
        return draw.integers(0, traced.width, count), draw.integers(0, traced.height, count)

    def near(count: int) -> tuple[Places, Places]:
        keys = traced.keys[draw.integers(0, traced.keys.size, count)]
        away = draw.integers(-NEAR, NEAR + 2, (2, count))
        return keys % (traced.width - 1) + away[0], keys // (traced.width - 1) + away[1]

    places = _drawn(traced, anywhere, pixels, np.empty(0, np.int64), draw)
    probes = [_compared("everywhere", traced, ask, places)]
    beside = places[:0]
    if traced.keys.size:
        beside = _drawn(traced, near, pixels, places, draw)
    probes.append(_compared("near", traced, ask, beside))
    return probes[0], probes[1]


def _drawn(
    traced: Traced, some: Draw, pixels: int, taken: Places, draw: np.random.Generator
) -> Places:
    """Return so many untrained pixels in order, none of them taken, or as many as were found."""
    found = np.empty(0, np.int64)
    for _ in range(_TRIES):
        fresh = _untrained(traced, *some(pixels))
        found = np.unique(np.concatenate([found, fresh[~among(fresh, taken)]]))
        if found.size >= pixels:
            return np.sort(draw.choice(found, pixels, replace=False))
    return found


def _compared(where: str, traced: Traced, ask: Ask, places: Places) -> Probe:
    if not places.size:
        return Probe(where, 0, 0)
    filled = traced.classes(places % traced.width, places // traced.width)
    return Probe(where, places.size, int(np.count_nonzero(ask(places) != filled)))


def _untrained(traced: Traced, x: Places, y: Places) -> Places:
    inside = (x >= 0) & (x < traced.width) & (y >= 0) & (y < traced.height)
    places = y[inside] * traced.width + x[inside]
    return np.asarray(places[traced.known.find(places) == UNKNOWN])


def highest_share(wrong: int, pixels: int) -> float:
    """Return the largest share under which so few wrong pixels are not less likely than 5 %."""
    if wrong == pixels:
        return 1.0
    k = np.arange(wrong + 1)
    ways = np.array([lgamma(pixels + 1) - lgamma(i + 1) - lgamma(pixels - i + 1) for i in k])
    low, high = 0.0, 1.0
    for _ in range(60):
        share = (low + high) / 2
        logs = ways + k * np.log(share) + (pixels - k) * np.log1p(-share)
        low, high = (share, high) if np.exp(logs).sum() > 1 - CONFIDENCE else (low, share)
    return high
