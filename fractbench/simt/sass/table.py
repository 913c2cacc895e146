"""table: the lines of docs/simt-cuda.md, one for each Variant and one for each prediction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from fractbench.arithmetic.contract import arithmetic
from fractbench.problems.catalogue import names, problem
from fractbench.problems.mlp import Mlp
from fractbench.simt.chips import Product, chip
from fractbench.simt.cost import predict
from fractbench.simt.layouts import CUDA
from fractbench.simt.sass.count import WIDE, multiply_adds
from fractbench.simt.sass.measure import Measured, measured
from fractbench.simt.variant import Shape, variant

THREADS = CUDA.threads
CONTRACTS = ("strict", "fma")
USUAL = (16, 4)
"""Lanes of a pixel of width 16 on Metal and on CUDA."""
LANES = {"tanh": (16, 8, 4), "tanh:width=8": (4, 2, 1), "tanh:width=32": (32, 16)}
COLUMNS = ("problem", "contract", "lanes", "registers", "spilled", "shared", "warps", "a sample",
           "fused", "bound", "product", "sum", "compare", "128-bit loads", "loads", "exchange",
           "other", "besides", "a pixel-step")  # fmt: skip
SHOWN = ("fused", "product", "sum", "compare", WIDE, "load", "exchange")
FORECAST = ("chip", "cores", "MHz", "contract", "lanes", "limit",
            "million pixel-steps/s, predicted", "share of peak", "groups")  # fmt: skip
APPLE_REGISTERS = 208 << 10
"""Bytes of registers of an Apple GPU core, as told by others."""


@lru_cache(maxsize=256)
def made(
    spec: str, contract: str, lanes: int, architecture: str, unrolled: bool = True
) -> Measured:
    """Compile and count the Variant of one line, its samples in turns of one if not `unrolled`."""
    chosen = problem(spec)
    assert isinstance(chosen, Mlp)
    shape = Shape(lanes, THREADS // lanes, CUDA.together)
    wanted = variant(chosen, arithmetic(contract, "float32"), shape)
    return measured(wanted, architecture, str if unrolled else _rolled)


def keys(architecture: str) -> Iterator[tuple[str, str, int, str]]:
    """Yield what `row` takes, for every line of an architecture."""
    specs = [name for name in names() if isinstance(problem(name), Mlp)]
    for spec in [*specs, "tanh:width=8", "tanh:width=32"]:
        for contract in CONTRACTS:
            for lanes in LANES.get(spec, USUAL):
                yield spec, contract, lanes, architecture


def row(spec: str, contract: str, lanes: int, architecture: str) -> str:
    """Return the line of a Variant: COLUMNS."""
    it = made(spec, contract, lanes, architecture)
    passes, took = it.step.passes, it.resources

    def each(*kinds: str) -> str:
        return _joined(sum(one.counts.get(kind, 0) for kind in kinds) for one in passes)

    other = {kind for one in passes for kind in one.counts if kind not in SHOWN}
    kinds = {kind: each(kind) for kind in SHOWN}
    bound = _joined(multiply_adds(it.variant)) if contract == "fma" else "0"
    return _line([
        spec, contract, lanes, took.registers, took.spilled, took.shared, it.warps,
        _joined(one.instructions for one in passes), kinds.pop("fused"), bound, *kinds.values(),
        each(*sorted(other)), f"{sum(it.step.rest.values()):g}", f"{it.per_step / 1e3:.1f}",
    ])  # fmt: skip


def forecast(product: Product, contract: str, lanes: int, operations: int) -> str:
    """Return the line of a prediction for `tanh`: FORECAST.

    Args:
        product: the GPU.
        contract: `strict` or `fma`.
        lanes: those of a pixel.
        operations: the published count of a pixel-step.
    """
    apple, on = product.family == "apple", chip(product)
    it = made("tanh", contract, lanes, product.architecture, unrolled=not apple)
    found = predict(on, it.counts, lanes)
    groups = it.warps
    if apple:
        groups = APPLE_REGISTERS // (4 * 32 * it.resources.registers)
    return _line([
        product.name, on.cores, f"{on.clock / 1e6:.0f}", contract, lanes, found.limit,
        f"{found.rate / 1e6:.2f}", f"{found.share(operations, on.peak):.1%}", groups,
    ])  # fmt: skip


def heading(columns: Iterable[str]) -> list[str]:
    """Return a table's first two lines; words stand left, numbers right."""
    words = ("problem", "contract", "chip", "limit")
    held = list(columns)
    return [_line(held), _line(["---" if name in words else "---:" for name in held])]


def _rolled(whole: str) -> str:
    """Return the text with the loop over samples as Metal has it."""
    return re.sub(r"(?m)^#define UNROLL_TWO .*$", '#define UNROLL_TWO _Pragma("unroll 1")', whole)


def _joined(values: Iterable[float]) -> str:
    """Write a number, or those of both passes of a minibatch, or none."""
    return " + ".join(f"{value:g}" for value in values)


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
