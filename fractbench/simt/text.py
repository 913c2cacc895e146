"""text: the one kernel text, put together for a Variant and a dialect.

Metal and CUDA launchers of MLX write an entry point's signature themselves: they take the header
and a body. All others compile a complete source.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from fractbench.simt.constants import macros
from fractbench.simt.variant import Variant

Dialect = Literal["metal", "cuda", "opencl"]
SOURCE = files("fractbench.simt") / "source"
PARTS = ("primitives.h", "measure.h", "network.h", "state.h", "train.h", "canary.h")
CANARY_ROWS = 8


@dataclass(frozen=True)
class Entry:
    """An entry point: its arrays in order, each a name and ``real`` or ``int``."""

    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    locals: str
    call: str


def _entry(inputs: str, outputs: str, locals_: str, call: str) -> Entry:
    def arrays(text: str) -> tuple[tuple[str, str], ...]:
        integer = ("order", "place", "pixel", "counts")
        return tuple((name, "int" if name in integer else "real") for name in text.split())

    names = ", ".join(inputs.split() + outputs.split())
    return Entry(arrays(inputs), arrays(outputs), locals_, call.format(names))


ENTRIES: dict[str, Entry] = {
    "train": _entry(
        "X Y W v x y order state_in sums_in place pixel counts scales", "state sums losses",
        "SHARED_ARRAY(REAL, held, HELD); SHARED_ARRAY(fb_measure, measures, PIXELS);",
        "fb_train({}, held, measures, group, {{index}});",
    ),
    "canary": _entry("given counts", "out", "", "fb_canary({}, group, {{index}});"),
}  # fmt: skip

THREAD = {
    "metal": ("thread_position_in_threadgroup.x", "threadgroup_position_in_grid.x"),
    "cuda": ("threadIdx.x", "blockIdx.x"),
    "opencl": ("get_local_id(0)", "get_group_id(0)"),
}
"""A thread's place in its group, and the group's own."""
ATTRIBUTES = ("thread_position_in_threadgroup", "threadgroup_position_in_grid")
"""Those of Metal that a body names, in the order in which MLX appends them."""


@lru_cache(maxsize=256)
def header(variant: Variant, dialect: Dialect) -> str:
    """Return constants, prelude and functions: everything before an entry point."""
    defines = macros(variant, dialect) + f"#define CANARY_ROWS {CANARY_ROWS}\n"
    texts = (SOURCE.joinpath(name).read_text() for name in (f"{dialect}.h", *PARTS))
    return defines + "\n".join(texts)


def body(entry: str, dialect: Dialect) -> str:
    """Return what stands between the braces of an entry point."""
    thread, index = THREAD[dialect]
    it = ENTRIES[entry]
    return (
        f"  SHARED_ARRAY(REAL, exchange, EXCHANGED); {it.locals}\n"
        f"  const fb_group group = {{exchange, (int){thread}}};\n"
        f"  {it.call.format(index=f'(int){index}')}\n"
    )


def name(entry: str, variant: Variant, dialect: Dialect) -> str:
    """Return an entry point's name, which no other text has: frameworks cache kernels by it."""
    whole = header(variant, dialect) + body(entry, dialect)
    return f"fractbench_{entry}_{hashlib.sha256(whole.encode()).hexdigest()[:16]}"


def source(variant: Variant, dialect: Dialect) -> str:
    """Return the complete text of a translation unit with all entry points."""
    start = "#include <metal_stdlib>\nusing namespace metal;\n" if dialect == "metal" else ""
    entries = (
        f"{signature(entry, variant, dialect)} {{\n{body(entry, dialect)}}}\n" for entry in ENTRIES
    )
    return start + header(variant, dialect) + "\n" + "\n".join(entries)


def signature(entry: str, variant: Variant, dialect: Dialect) -> str:
    """Return an entry point's head."""
    it, real = ENTRIES[entry], "double" if variant.dtype == "float64" else "float"
    types = {"real": real, "int": "int"}
    arrays = [(f"const {{}} {types[t]} *{n}") for n, t in it.inputs]
    arrays += [f"{{}} {types[t]} *{n}" for n, t in it.outputs]
    called = f"void {name(entry, variant, dialect)}"
    if dialect == "metal":
        slots = [f"{a.format('device')} [[buffer({n})]]" for n, a in enumerate(arrays)]
        slots += [f"uint3 {a} [[{a}]]" for a in ATTRIBUTES]
        return f"kernel {called}({', '.join(slots)})"
    if dialect == "cuda":
        slots = [a.format("") for a in arrays]
        bounds = "__launch_bounds__(THREADS, TOGETHER)"
        return f'extern "C" __global__ {bounds} {called}({", ".join(slots)})'
    slots = [a.format("__global") for a in arrays]
    return (
        f"__kernel __attribute__((reqd_work_group_size(THREADS, 1, 1))) {called}"
        f"({', '.join(slots)})"
    )
