"""probe: what a device does through PyTorch: see `fractbench.backend.PROBES`.

Not run on CUDA or MPS yet.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch

from fractbench.arithmetic.formats import Format
from fractbench.backend import Probe
from fractbench.bench.roofline import probing, registers
from fractbench.machine import cores
from fractbench_torch.loop import many_shapes, many_shapes_in_worker, need_compiler
from fractbench_torch.scope import one_thread, scoped
from fractbench_torch.tuned import CPU_OPTIONS

Array = Any
CHAINS, DEPTH = {"cpu": 16, "cuda": 8}, {"cpu": 4, "cuda": 32}
"""On CPUs the compiler's text makes one chain after the other: short ones overlap. Measured (AMD
EPYC, Zen 5), rounded apart: 16 chains 4 deep make two thirds of what C++ does, 8 by 16 a third."""
SIZE = {"cpu": 1 << 18, "cuda": 1 << 24}
METAL = (
    "#include <metal_stdlib>\nusing namespace metal;\n{header}"
    "kernel void registers(device float *out [[buffer(0)]], device const float *given "
    "[[buffer(1)]],\n                      uint index [[thread_position_in_grid]]) {{\n"
    "  device float *start = out;\n{text}}}\n"
)


def probe(kind: str, name: str, fmt: Format) -> Probe | None:
    """Return the Probe of a kind on a device of that name."""
    device = torch.device(name)
    with scoped(device):
        made = MAKERS[kind](device, fmt.name)
    return made and Probe(partial(_scoped, made.run, device), made.work)


def multiply_add(device: torch.device, dtype: str) -> Probe:
    """A compiled chain that may fuse; on MPS a loop in Metal."""
    return _in_metal(device, apart=False) if device.type == "mps" else _chain(device, dtype, "fast")


def multiply_then_add(device: torch.device, dtype: str) -> Probe | None:
    """The same, rounded apart; PyTorch's compiler for CUDA has no switch for it of its own."""
    if device.type == "mps":
        return _in_metal(device, apart=True)
    return _chain(device, dtype, "off") if device.type == "cpu" else None


def gemm(device: torch.device, dtype: str) -> Probe:
    """A product of two square matrices; `scoped` has TF32 off."""
    side = 1024 if device.type == "cpu" else 4096
    left, right = (torch.tensor(a, device=device) for a in probing.matrices(side, dtype))

    def run(n: int) -> None:
        x = left
        for _ in range(n):
            x = x @ right
        probing.finite(x.sum())

    return Probe(run, 2 * side**3)


def copy(device: torch.device, dtype: str) -> Probe:
    """`Tensor.copy_`."""
    source = torch.tensor(probing.start(probing.copied(dtype), dtype), device=device)
    target = torch.zeros_like(source)

    def run(n: int) -> None:
        for _ in range(n):
            target.copy_(source)
        probing.finite(target[-1])

    return Probe(run, 2 * source.nbytes)


def launch(device: torch.device, dtype: str) -> Probe:
    """A sum of one number, waited for."""
    one = torch.ones(1, dtype=getattr(torch, dtype), device=device)

    def run(n: int) -> None:
        x = torch.zeros_like(one)
        for _ in range(n):
            x.add_(one)
            _wait(device)
        probing.finite(x[0])

    return Probe(run, 1)


MAKERS: dict[str, Callable[[torch.device, str], Probe | None]] = {
    "multiply_add": multiply_add,
    "multiply_then_add": multiply_then_add,
    "gemm": gemm,
    "copy": copy,
    "launch": launch,
}


def _chain(device: torch.device, dtype: str, contraction: str) -> Probe:
    """Return the Probe of a compiled chain, one in each core's thread on a CPU."""
    cpu, chains, depth = device.type == "cpu", CHAINS[device.type], DEPTH[device.type]
    options: dict[str, Any] = {}
    if cpu:
        need_compiler()
        options = {**CPU_OPTIONS, "cpp.enable_floating_point_contract_flag": contraction}
    text = partial(probing.chain, chains=chains, depth=depth)
    compiled = torch.compile(text, fullgraph=True, dynamic=False, options=options)
    given, begin = probing.given(chains, dtype), probing.start(SIZE[device.type], dtype)
    factors, term, first = (torch.tensor(a, device=device) for a in (*given, begin))

    def work(n: int) -> None:
        many_shapes_in_worker()
        x = first
        with torch.no_grad():
            for _ in range(n):
                x = compiled(x, factors, term)
        probing.finite(x.sum())

    def run(n: int) -> None:
        with many_shapes():
            if not cpu:
                work(n)
                return
            with one_thread(), ThreadPoolExecutor(cores()) as pool:
                list(pool.map(work, [n] * cores()))

    if contraction == "off":
        with many_shapes(), one_thread():
            found = np.asarray(compiled(first, factors, term))
        probing.rounded_apart(found, probing.chain(begin, *given, chains, depth))
    workers = cores() if cpu else 1
    return Probe(run, workers * begin.size * probing.operations(chains, depth))


def _in_metal(device: torch.device, apart: bool) -> Probe:
    """Return the Probe of a loop in registers."""
    mad = registers.METAL_APART if apart else registers.METAL_FUSED
    header = registers.METAL_HEADER if apart else ""
    shader = torch.mps.compile_shader(
        METAL.format(header=header, text=registers.text("index", mad))
    )
    begin = probing.start(registers.THREADS, "float32")
    given = torch.tensor(registers.GIVEN, device=device)

    def made(n: int) -> Array:
        x = torch.tensor(begin, device=device)
        for _ in range(n):
            shader.registers(x, given)
        return x

    if apart:
        probing.rounded_apart(made(1).cpu().numpy(), registers.expected(begin))
    return Probe(lambda n: probing.finite(made(n).sum()), registers.OPERATIONS)


def _scoped(run: Callable[[int], None], device: torch.device, n: int) -> None:
    with scoped(device):
        run(n)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
