"""timeline: which two key frames a frame lies between, how far, and how wide it is.

As published: the width shrinks geometrically about the fixed point, by half from one key frame to
the next, in equal numbers of frames; the first frame is the first key frame, the last the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi, sin


@dataclass(frozen=True)
class Timeline:
    """The frames of a film of `keys` key frames, `per_doubling` from each to the next."""

    keys: int
    per_doubling: int

    @property
    def frames(self) -> int:
        """The number of frames, key frames included."""
        return self.per_doubling * (self.keys - 1) + 1

    def segment(self, index: int) -> Iterator[float]:
        """Yield how far each frame from key frame `index` on is, in [0, 1), up to the next one."""
        count = self.per_doubling if index < self.keys - 1 else 1
        yield from (frame / self.per_doubling for frame in range(count))


def scale(way: float) -> float:
    """Return a frame's width, of that of the key frame before it: 1 at 0, one half at 1."""
    return float(2.0**-way)


def weight(way: float) -> float:
    """Return the weight of the next key frame's colour ranks, sin^2: 0 at 0, 1 at 1."""
    return sin(way * pi / 2) ** 2
