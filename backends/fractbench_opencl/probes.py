"""probe: what a device does through OpenCL: see `fractbench.backend.PROBES`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyopencl as cl

from fractbench.backend import Probe
from fractbench.bench.roofline import probing, registers
from fractbench_opencl.queue import Queue, queue_of

FUSED, APART = "fma({x}, a, b)", "{x} * a; {x} = {x} + b"
CPU_LANES = 16
"""Numbers that a work-item holds in one vector on CPUs. Measured with PoCL, which makes none from
loops within work-items: 15 times the rate of single numbers."""


def probe(kind: str, name: str, dtype: str) -> Probe | None:
    """Return the Probe of a kind on the named device; there is no matrix product in OpenCL C."""
    return MAKERS[kind](queue_of(name), dtype) if kind in MAKERS else None


def multiply_add(queue: Queue, dtype: str) -> Probe:
    """Fused products and sums in registers."""
    return _in_registers(queue, dtype, FUSED)


def multiply_then_add(queue: Queue, dtype: str) -> Probe:
    """The same with products and sums both rounded, which the Probe checks first."""
    return _in_registers(queue, dtype, APART)


def copy(queue: Queue, dtype: str) -> Probe:
    """`clEnqueueCopyBuffer`."""
    source = probing.start(probing.copied(dtype), dtype)
    here, there = queue.write(source), queue.allocate(source.nbytes)
    last = np.zeros(1, dtype)

    def run(n: int) -> None:
        for _ in range(n):
            cl.enqueue_copy(queue.commands, there, here, byte_count=source.nbytes)
        queue.read(last, there, source.nbytes - source.itemsize)
        probing.finite(last[0])

    return Probe(run, 2 * source.nbytes)


def launch(queue: Queue, dtype: str) -> Probe:
    """A kernel that counts, waited for."""
    kernel = queue.build("__kernel void count(__global int *x) { x[0] += 1; }").count
    made, found = queue.write(np.zeros(1, np.int32)), np.zeros(1, np.int32)

    def run(n: int) -> None:
        for _ in range(n):
            kernel(queue.commands, (1,), (1,), made)
            queue.wait()
        queue.read(found, made)
        probing.finite(found[0])

    return Probe(run, 1)


MAKERS: dict[str, Callable[[Queue, str], Probe]] = {
    "multiply_add": multiply_add,
    "multiply_then_add": multiply_then_add,
    "copy": copy,
    "launch": launch,
}


def _in_registers(queue: Queue, dtype: str, mad: str) -> Probe:
    lanes = CPU_LANES if queue.on_cpu else 1
    kind = {"float32": "float", "float64": "double"}[dtype] + (str(lanes) if lanes > 1 else "")
    text = (
        "#pragma OPENCL FP_CONTRACT OFF\n"
        "__kernel void registers(__global float *out, __global const float *start,"
        " __global const float *given) {\n" + registers.text("get_global_id(0)", mad) + "}\n"
    ).replace("float", kind)
    kernel = queue.build(text).registers
    begin = probing.start(registers.THREADS, dtype)
    first = queue.write(begin)
    given = queue.write(registers.GIVEN.repeat(lanes).astype(dtype))
    out, found = queue.allocate(begin.nbytes), np.empty_like(begin)

    def step(into: Any, start: Any) -> None:
        kernel(queue.commands, (begin.size // lanes,), None, into, start, given)

    def run(n: int) -> None:
        step(out, first)
        for _ in range(n - 1):
            step(out, out)
        queue.read(found, out)
        probing.finite(found.sum())

    if mad == APART:
        run(1)
        probing.rounded_apart(found, registers.expected(begin))
    return Probe(run, registers.OPERATIONS)
