"""probe: what the processor does through C++: see `fractbench.backend.PROBES`."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from fractbench.arithmetic.contract import arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.backend import Probe
from fractbench.bench.roofline import probing
from fractbench_native.library import library
from fractbench_native.probe import Kind, loop
from fractbench_native.threads import share, threads

ROUNDS = 1 << 18


def probe(kind: str, fmt: Format) -> Probe | None:
    """Return the Probe of a kind; there is no matrix product in C++."""
    return MAKERS[kind](fmt.name) if kind in MAKERS else None


def multiply_add(dtype: str, kind: Kind = "fused") -> Probe:
    """Fused products and sums in registers, on all threads."""
    call, workers = loop(kind, dtype), threads()

    def run(n: int) -> None:
        share(lambda _, rounds: probing.finite(call(rounds)[1]),
              [(k, n * ROUNDS) for k in range(workers)], workers)  # fmt: skip

    return Probe(run, workers * ROUNDS * call(1)[0])


def multiply_then_add(dtype: str) -> Probe:
    """The same with products and sums both rounded."""
    return multiply_add(dtype, "unfused")


def copy(dtype: str) -> Probe:
    """`memcpy`, a part of the arrays for each thread."""
    source = probing.start(probing.copied(dtype), dtype)
    target, workers = np.zeros_like(source), threads()
    call = library("probe", arithmetic("fma", dtype)).fb_copy
    edges = np.linspace(0, source.nbytes, workers + 1).astype(int).tolist()
    parts = [(low, high - low) for low, high in pairwise(edges)]

    def work(place: int, count: int) -> None:
        call(ctypes.c_void_p(target.ctypes.data + place),
             ctypes.c_void_p(source.ctypes.data + place), ctypes.c_int64(count))  # fmt: skip

    def run(n: int) -> None:
        for _ in range(n):
            share(work, parts, workers)
        probing.finite(target[-1])

    return Probe(run, 2 * source.nbytes)


def launch(dtype: str) -> Probe:
    """A call of one round, on one thread."""
    call = loop("fused", dtype)

    def run(n: int) -> None:
        for _ in range(n):
            found = call(1)[1]
        probing.finite(found)

    return Probe(run, 1)


MAKERS: dict[str, Callable[[str], Probe]] = {
    "multiply_add": multiply_add,
    "multiply_then_add": multiply_then_add,
    "copy": copy,
    "launch": launch,
}
