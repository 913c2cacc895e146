"""probing: what the Probes of all frameworks share: one text to compute, sizes and checks.

Factors and terms are given at run time, so no compiler can know a result beforehand. They draw
every value towards a fixed point: nothing overflows or becomes subnormal, however long it runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = Any
MultiplyAdd = Callable[[Array, Array, Array], Array]

COPIED = 1 << 28
"""Bytes of an array that is copied, unless a cache is larger or memory is short."""
_CACHES = Path("/sys/devices/system/cpu")


def plain(x: Array, factor: Array, term: Array) -> Array:
    """Return ``x * factor + term``, fused or not as the framework likes."""
    return x * factor + term


def given(chains: int, dtype: str) -> tuple[NDArray[Any], Any]:
    """Return the factors of a `chain`, (chains + 1,), and its term."""
    factors = np.linspace(0.9, 0.5, chains + 1)
    factors[-1] = 0.1
    return factors.astype(dtype), np.array(1e-3, dtype)[()]


def start(size: int, dtype: str) -> NDArray[Any]:
    """Return the numbers that a `chain` begins with, (size,)."""
    return np.linspace(1, 2, size).astype(dtype)


def chain(
    x: Array, factors: Array, term: Array, chains: int, depth: int, mad: MultiplyAdd = plain
) -> Array:
    """Return x after products and sums of which every one is needed, in independent chains.

    Written once, for every array library; all in registers where the library fuses operations.
    """
    rows = [x] + [mad(x, factors[k], term) for k in range(1, chains)]
    for _ in range(depth):
        rows = [mad(row, factors[0], term) for row in rows]
    joined = rows[0]
    for row in rows[1:]:
        joined = mad(joined, factors[chains], row)
    return joined


def matrices(side: int, dtype: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return two square matrices; products by the second neither grow nor vanish."""
    random = np.random.default_rng(0)
    left, right = random.standard_normal((2, side, side)) / np.sqrt(side)
    return left.astype(dtype), right.astype(dtype)


def operations(chains: int, depth: int) -> int:
    """Return how many floating-point operations `chain` makes of a number."""
    return 2 * (chains * depth + 2 * (chains - 1))


def finite(value: Any) -> None:
    """Check the result of a Probe.

    Raises:
        ArithmeticError: it is not finite, so the work was not done as it should be.
    """
    if not math.isfinite(float(value)):
        raise ArithmeticError(f"the probe's result is {float(value)}")


def rounded_apart(found: NDArray[Any], expected: NDArray[Any]) -> None:
    """Check that products were rounded before they were added.

    Raises:
        ArithmeticError: they were not: the rate would be that of something else.
    """
    if not np.array_equal(found, expected):
        raise ArithmeticError("products and sums are not rounded as they should be")


def copied(dtype: str, room: int | None = None) -> int:
    """Return how many numbers to copy: four times the last cache, but little of the memory.

    Args:
        dtype: of the numbers.
        room: free bytes; those of the host if not given.
    """
    if room is None:
        import psutil

        room = psutil.virtual_memory().available
    size = min(max(COPIED, 4 * last_cache()), room // 8)
    return max(size // np.dtype(dtype).itemsize, 1)


def last_cache(folder: Path = _CACHES) -> int:
    """Return the bytes of all last-level caches together; 0 where the system does not tell."""
    found: dict[tuple[int, str], int] = {}
    for cache in folder.glob("cpu[0-9]*/cache/index[0-9]*"):
        try:
            level = int((cache / "level").read_text())
            size = (cache / "size").read_text().strip()
            shared = (cache / "shared_cpu_list").read_text().strip()
            found[level, shared] = int(size.removesuffix("K")) << 10
        except (OSError, ValueError):
            continue
    last = max((level for level, _ in found), default=0)
    return sum(size for (level, _), size in found.items() if level == last)
