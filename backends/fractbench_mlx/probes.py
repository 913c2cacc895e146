"""probe: what a device does through MLX: see `fractbench.backend.PROBES`.

On GPUs products and sums are a kernel of our own; not run on Metal or CUDA yet.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import mlx.core as mx
import numpy as np

from fractbench.arithmetic.formats import Format
from fractbench.backend import Probe
from fractbench.bench.roofline import probing, registers

Array = Any
CHAINS, DEPTH, SIZE = 1, 32, 1 << 18
"""Of a compiled chain on a CPU: 4 chains and 64 deep gain nothing, 4 by 4 lose half (measured)."""
CUDA_INDEX = "cooperative_groups::this_grid().thread_rank()"
EVERY = 8
"""Steps of a graph that are evaluated together."""


def probe(kind: str, device: Any, fmt: Format) -> Probe | None:
    """Return the Probe of a kind on one of MLX's devices."""
    with mx.stream(device):
        made = MAKERS[kind](device, fmt.name)
    return made and Probe(partial(_on, device, made.run), made.work)


def multiply_add(device: Any, dtype: str) -> Probe:
    """A compiled chain on a CPU; a loop in registers on a GPU."""
    return _chain(dtype) if device.type == mx.cpu else _in_registers(apart=False)


def multiply_then_add(device: Any, dtype: str) -> Probe:
    """The same, rounded apart; on a CPU it may be that nothing fuses anyway."""
    if device.type != mx.cpu:
        return _in_registers(apart=True)
    given, begin = probing.given(CHAINS, dtype), probing.start(SIZE, dtype)
    made = _compiled()(*(_put(a, dtype) for a in (begin, *given)))
    probing.rounded_apart(np.array(made), probing.chain(begin, *given, CHAINS, DEPTH))
    return _chain(dtype)


def gemm(device: Any, dtype: str) -> Probe | None:
    """A product of two square matrices; none where TF32 was asked for before MLX began."""
    if device.type != mx.cpu and os.environ.get("MLX_ENABLE_TF32") != "0":
        return None
    # MLX's own product on Linux, netlib's, is slow.
    side = 512 if device.type == mx.cpu else 4096
    left, right = (_put(a, dtype) for a in probing.matrices(side, dtype))
    return Probe(lambda n: _repeat(lambda x: x @ right, left, n), 2 * side**3)


def copy(device: Any, dtype: str) -> Probe:
    """A product with a run-time 1, in place: MLX makes no copy of what it can share."""
    one = _put(1, dtype)
    held = {"x": _put(probing.start(probing.copied(dtype), dtype), dtype)}
    mx.eval(held["x"])

    def run(n: int) -> None:
        for _ in range(n):
            held["x"] = held["x"] * one
            mx.eval(held["x"])
        probing.finite(held["x"][-1].item())

    return Probe(run, 2 * held["x"].nbytes)


def launch(device: Any, dtype: str) -> Probe:
    """A sum of one number, evaluated."""
    one = _put([1], dtype)

    def run(n: int) -> None:
        x = one
        for _ in range(n):
            x = x + one
            mx.eval(x)
        probing.finite(x.item())

    return Probe(run, 1)


MAKERS: dict[str, Callable[[Any, str], Probe | None]] = {
    "multiply_add": multiply_add,
    "multiply_then_add": multiply_then_add,
    "gemm": gemm,
    "copy": copy,
    "launch": launch,
}


def _chain(dtype: str) -> Probe:
    factors, term = (_put(a, dtype) for a in probing.given(CHAINS, dtype))
    begin, compiled = _put(probing.start(SIZE, dtype), dtype), _compiled()
    work = SIZE * probing.operations(CHAINS, DEPTH)
    return Probe(lambda n: _repeat(lambda x: compiled(x, factors, term), begin, n), work)


def _compiled() -> Callable[..., Array]:
    return mx.compile(partial(probing.chain, chains=CHAINS, depth=DEPTH))  # type: ignore[no-any-return]


def _in_registers(apart: bool) -> Probe:
    """Return the Probe of a kernel in Metal or CUDA."""
    if mx.metal.is_available():
        mad = registers.METAL_APART if apart else registers.METAL_FUSED
        make = partial(mx.fast.metal_kernel, header=registers.METAL_HEADER if apart else "")
        text = registers.text("thread_position_in_grid.x", mad)
    else:
        make, mad = mx.fast.cuda_kernel, registers.CUDA_APART if apart else registers.CUDA_FUSED
        text = registers.text(CUDA_INDEX, mad)
    name = f"fractbench_registers_{'apart' if apart else 'fused'}"
    kernel = make(name=name, input_names=["start", "given"], output_names=["out"], source=text)
    begin = probing.start(registers.THREADS, "float32")
    first, given = mx.array(begin), mx.array(registers.GIVEN)

    def step(x: Array) -> Array:
        return kernel(
            inputs=[x, given], output_shapes=[x.shape], output_dtypes=[mx.float32],
            grid=(registers.THREADS, 1, 1), threadgroup=(256, 1, 1),
        )[0]  # fmt: skip

    if apart:
        probing.rounded_apart(np.array(step(first)), registers.expected(begin))
    return Probe(lambda n: _repeat(step, first, n), registers.OPERATIONS)


def _repeat(step: Callable[[Array], Array], x: Array, n: int) -> None:
    """Take a step n times, each on the result of the one before; graphs stay small."""
    for done in range(n):
        x = step(x)
        if done % EVERY == EVERY - 1:
            mx.eval(x)
    probing.finite(mx.sum(x).item())


def _put(values: Any, dtype: str) -> Array:
    """Name the dtype: MLX makes float32 of NumPy's float64 in silence otherwise."""
    return mx.array(values, dtype=getattr(mx, dtype))


def _on(device: Any, run: Callable[[int], None], n: int) -> None:
    with mx.stream(device):
        run(n)
