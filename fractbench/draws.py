"""Draws: what is random in a Problem, made on the host from counters.

Every number comes from a Philox counter (a, b, index, stream) under the seed as key: for a pixel's
own draws a and b are its column and row, so that tiles, threads and order cannot change them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fractbench.errors import UsageError, nearest
from fractbench.normal import normal
from fractbench.philox import philox

STREAMS = {"weights": 1, "output": 2, "inputs": 3, "targets": 4, "order": 5}
_KINDS = {"weights": ("weights",), "order": ("order",), "both": ("weights", "order")}
_FORMS = "fixed, per-pixel=weights, per-pixel=order or per-pixel=both"


@dataclass(frozen=True)
class Draws:
    """Which draws are made anew for every pixel, and from which seed."""

    kinds: tuple[str, ...] = ()
    seed: int = 0

    @classmethod
    def parse(cls, text: str, seed: int | None = None) -> Draws:
        """Read ``fixed`` or ``per-pixel=weights|order|both``.

        Raises:
            UsageError: the text has another form, or the seed is out of range.
        """
        if text == "fixed":
            return FIXED
        kind = text.removeprefix("per-pixel=")
        if kind == text or kind not in _KINDS:
            raise UsageError(f"unknown draws {text!r}{nearest(kind, _KINDS)}; allowed: {_FORMS}")
        return cls(_KINDS[kind], check_seed(seed or 0))

    def __str__(self) -> str:
        """Return the canonical form that digests hold."""
        return f"per-pixel={'+'.join(self.kinds)},seed={self.seed}" if self.kinds else "fixed"


FIXED = Draws()


def check_seed(seed: int) -> int:
    """Return the seed if it is an integer in [0, 2**63).

    Raises:
        UsageError: it is not.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise UsageError(f"seed {seed!r} is not allowed; type an integer from 0 to 2**63 - 1")
    return seed


def words(
    seed: int, stream: str, count: int, a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return `count` 32-bit words for every counter (a, b): shape (count, *a.shape)."""
    index = np.arange((count + 3) // 4, dtype=np.uint64).reshape((-1,) + (1,) * a.ndim)
    kind = np.array(STREAMS[stream], dtype=np.uint64)
    counter = (a.astype(np.uint64), b.astype(np.uint64), index, kind)
    four = philox(counter, (seed & 0xFFFFFFFF, seed >> 32))
    return np.stack(four, axis=1).reshape((-1, *a.shape))[:count]


_ORIGIN = np.zeros((), dtype=np.int64)


def normals(
    seed: int,
    stream: str,
    shape: tuple[int, ...],
    a: NDArray[np.int64] = _ORIGIN,
    b: NDArray[np.int64] = _ORIGIN,
) -> NDArray[np.float64]:
    """Return standard normal numbers of shape (*shape, *a.shape)."""
    count = int(np.prod(shape))
    return normal(words(seed, stream, count, a, b)).reshape((*shape, *a.shape))


def indices(
    seed: int,
    shape: tuple[int, ...],
    limit: int,
    a: NDArray[np.int64] = _ORIGIN,
    b: NDArray[np.int64] = _ORIGIN,
) -> NDArray[np.int32]:
    """Return integers in [0, limit) of shape (*shape, *a.shape): the high word of word * limit."""
    count = int(np.prod(shape))
    drawn = (words(seed, "order", count, a, b) * np.uint64(limit)) >> np.uint64(32)
    return drawn.astype(np.int32).reshape((*shape, *a.shape))
