"""probe: the roofline: what this processor multiplies and adds in registers, and nothing else.

The rate of unfused products and sums bounds `strict`, that of fused ones `fma`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from time import perf_counter
from typing import Literal

import numpy as np

from fractbench.arithmetic.contract import arithmetic
from fractbench_native.library import library
from fractbench_native.threads import share, threads

Kind = Literal["unfused", "fused"]


def lanes(dtype: str = "float32") -> int:
    """Return how many numbers a vector holds; compiles the probe on first use."""
    return int(library("probe", arithmetic("fma", dtype)).fb_lanes())


def loop(kind: Kind, dtype: str) -> Callable[[int], tuple[float, float]]:
    """Return a function of rounds; it gives the floating-point operations and the loop's result."""
    call = getattr(library("probe", arithmetic("fma", dtype)), f"fb_{kind}")
    call.restype = ctypes.c_double
    given = np.array([0.999999, 1e-6], dtype)

    def run(rounds: int) -> tuple[float, float]:
        sink = np.zeros(1, dtype)
        done = call(ctypes.c_int64(rounds), ctypes.c_void_p(given.ctypes.data),
                    ctypes.c_void_p(sink.ctypes.data))  # fmt: skip
        return float(done), float(sink[0])

    return run


def rate(kind: Kind, dtype: str = "float32", workers: int | None = None) -> float:
    """Return floating-point operations per second (a product and a sum are two), all threads."""
    count, call = workers or threads(), loop(kind, dtype)
    done: list[float] = []

    def work(_: int, rounds: int) -> None:
        done.append(call(rounds)[0])

    begun = perf_counter()
    share(work, [(n, 1 << 26) for n in range(count)], count)
    return sum(done) / (perf_counter() - begun)
