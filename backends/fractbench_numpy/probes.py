"""probe: what the processor does through NumPy: see `fractbench.backend.PROBES`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.formats import Format
from fractbench.backend import Probe
from fractbench.bench.roofline import probing
from fractbench.machine import cores

IN_CACHE, ROUNDS = 1 << 19, 16
"""Bytes of an array, in the second cache: in the first one Python's calls take most of the time."""


def probe(kind: str, fmt: Format) -> Probe | None:
    """Return the Probe of a kind."""
    return MAKERS[kind](fmt.name)


def multiply_then_add(dtype: str) -> Probe:
    """`np.multiply` and `np.add` in place, on an array in cache for each core.

    Each reads and writes the cache for every operation: NumPy has no way to stay in registers.
    """
    factors, term = probing.given(1, dtype)
    arrays = [probing.start(IN_CACHE // np.dtype(dtype).itemsize, dtype) for _ in range(cores())]

    def work(x: NDArray[Any], n: int) -> None:
        for _ in range(n * ROUNDS):
            np.multiply(x, factors[0], out=x)
            np.add(x, term, out=x)
        probing.finite(np.sum(x))

    return Probe(lambda n: _each(work, arrays, n), 2 * ROUNDS * sum(x.size for x in arrays))


def gemm(dtype: str) -> Probe:
    """A product of two square matrices, by NumPy's BLAS."""
    left, right = probing.matrices(1024, dtype)

    def run(n: int) -> None:
        x = left
        for _ in range(n):
            x = x @ right
        probing.finite(np.sum(x))

    return Probe(run, 2 * len(left) ** 3)


def copy(dtype: str) -> Probe:
    """`np.copyto`, a part of the arrays for each core."""
    source = probing.start(probing.copied(dtype), dtype)
    target = np.zeros_like(source)
    pairs = list(zip(np.array_split(target, cores()), np.array_split(source, cores()), strict=True))

    def work(pair: tuple[NDArray[Any], NDArray[Any]], n: int) -> None:
        for _ in range(n):
            np.copyto(*pair)

    def run(n: int) -> None:
        _each(work, pairs, n)
        probing.finite(target[-1])

    return Probe(run, 2 * source.nbytes)


def launch(dtype: str) -> Probe:
    """`np.add` of one number; it is waited for by nature."""
    one = np.ones(1, dtype)

    def run(n: int) -> None:
        x = np.zeros(1, dtype)
        for _ in range(n):
            np.add(x, one, out=x)
        probing.finite(x[0])

    return Probe(run, 1)


MAKERS: dict[str, Callable[[str], Probe]] = {
    "multiply_add": multiply_then_add,
    "multiply_then_add": multiply_then_add,
    "gemm": gemm,
    "copy": copy,
    "launch": launch,
}


def _each(work: Callable[[Any, int], None], things: list[Any], n: int) -> None:
    """Work on things in threads: NumPy computes without the GIL."""
    with ThreadPoolExecutor(len(things)) as pool:
        list(pool.map(work, things, [n] * len(things)))
