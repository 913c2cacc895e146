"""bits: comparing floats as bit patterns, in which every NaN is one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def differing_bits(a: Floats, b: Floats) -> NDArray[np.bool_]:
    """Return where two arrays of one shape and dtype differ in a bit; NaN equals NaN."""
    pattern = np.dtype(f"i{a.dtype.itemsize}")
    differs = np.ascontiguousarray(a).view(pattern) != np.ascontiguousarray(b).view(pattern)
    return np.asarray(differs & ~(np.isnan(a) & np.isnan(b)))


def same_bits(a: Floats, b: Floats) -> bool:
    """Tell whether two arrays have one shape, dtype and bits."""
    return a.shape == b.shape and a.dtype == b.dtype and not differing_bits(a, b).any()
