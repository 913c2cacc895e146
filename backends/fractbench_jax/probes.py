"""probe: what a device does through JAX: see `fractbench.backend.PROBES`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from fractbench.arithmetic.formats import Format
from fractbench.backend import Probe
from fractbench.bench.roofline import probing
from fractbench.machine import cores
from fractbench_jax.scope import scoped
from fractbench_jax.tuned import CPU_OPTIONS

Array = Any
CHAINS, DEPTH = 12, 32
"""Measured (AMD EPYC, Zen 5): 12 chains reach what C++ does, 1 half, 8 and 16 four fifths."""

CHECKED = 8
"""Numbers whose rounding is checked."""


def probe(kind: str, device: Any, fmt: Format) -> Probe | None:
    """Return the Probe of a kind on one of JAX's devices."""
    with scoped(fmt.name):
        return MAKERS[kind](device, fmt.name)


def multiply_add(device: Any, dtype: str, fenced: bool = False) -> Probe:
    """A compiled loop over an array that stays in the first cache, one for each core of a CPU."""
    cpu = device.platform == "cpu"
    size, rounds, workers = (4096, 32, cores()) if cpu else (1 << 24, 8, 1)
    loop = _loop(rounds, fenced)
    compiled = jax.jit(loop, compiler_options=CPU_OPTIONS if cpu else None)
    factors, term = probing.given(CHAINS, dtype)
    begin = probing.start(size, dtype)
    given = [jax.device_put(a, device) for a in (factors, term, np.array(-0.0, dtype))]

    def work(n: int) -> None:
        with scoped(dtype):
            x = jax.device_put(begin, device)
            for _ in range(n):
                x, total = compiled(x, *given)
            probing.finite(total)

    if fenced:
        found = np.asarray(compiled(jax.device_put(begin, device), *given)[0])[:CHECKED]
        expected = begin[:CHECKED]
        for _ in range(rounds):
            expected = probing.chain(expected, factors, term, CHAINS, DEPTH)
        probing.rounded_apart(found, expected)
    operations = workers * rounds * size * probing.operations(CHAINS, DEPTH)
    return Probe(lambda n: _everywhere(work, n, workers), operations)


def multiply_then_add(device: Any, dtype: str) -> Probe:
    """The same with the run-time -0.0 of `JaxOps` between product and sum."""
    return multiply_add(device, dtype, fenced=True)


def gemm(device: Any, dtype: str) -> Probe:
    """A product of two square matrices, full precision as set by `scoped`."""
    side = 1024 if device.platform == "cpu" else 4096
    left, right = (jax.device_put(a, device) for a in probing.matrices(side, dtype))
    product = jax.jit(jnp.matmul)

    def run(n: int) -> None:
        with scoped(dtype):
            x = left
            for _ in range(n):
                x = product(x, right)
            probing.finite(jnp.sum(x))

    return Probe(run, 2 * side**3)


def copy(device: Any, dtype: str) -> Probe:
    """One array written into the memory of another, which is donated."""
    size = probing.copied(dtype)
    source = jax.device_put(probing.start(size, dtype), device)
    update = jax.jit(_update, donate_argnums=1)
    held = {"target": jax.device_put(np.zeros(size, dtype), device)}

    def run(n: int) -> None:
        with scoped(dtype):
            for _ in range(n):
                held["target"] = update(source, held["target"])
            probing.finite(held["target"][-1])

    return Probe(run, 2 * source.nbytes)


def launch(device: Any, dtype: str) -> Probe:
    """A compiled sum of one number, waited for."""
    add = jax.jit(jnp.add)
    one = jax.device_put(np.array(1, dtype), device)

    def run(n: int) -> None:
        with scoped(dtype):
            x = one
            for _ in range(n):
                x = add(x, one).block_until_ready()
            probing.finite(x)

    return Probe(run, 1)


MAKERS: dict[str, Callable[[Any, str], Probe]] = {
    "multiply_add": multiply_add,
    "multiply_then_add": multiply_then_add,
    "gemm": gemm,
    "copy": copy,
    "launch": launch,
}


def _loop(rounds: int, fenced: bool) -> Callable[..., tuple[Array, Array]]:
    def loop(x: Array, factors: Array, term: Array, fence: Array) -> tuple[Array, Array]:
        def mad(x: Array, factor: Array, term: Array) -> Array:
            return (x * factor + fence if fenced else x * factor) + term

        def body(_: int, x: Array) -> Array:
            return probing.chain(x, factors, term, CHAINS, DEPTH, mad)

        x = jax.lax.fori_loop(0, rounds, body, x)
        return x, jnp.sum(x)

    return loop


def _update(source: Array, target: Array) -> Array:
    return jax.lax.dynamic_update_slice(target, source, (0,))


def _everywhere(work: Callable[[int], None], n: int, workers: int) -> None:
    """Work in threads: XLA computes without the GIL."""
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, [n] * workers))
