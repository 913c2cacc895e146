"""source: the OpenCL C of one elementwise operation over strided arrays.

One kernel does one operation, so no product can meet its sum. The first dimension of a launch runs
along the last axis of the loop, `run` elements to a work-item: one on a GPU, whose neighbours then
read neighbours, many on a CPU, whose compiler makes vectors of the run. The second dimension
counts the rows, which are all axes before the last.
"""

from __future__ import annotations

from typing import NamedTuple

TYPES = {"float32": "float", "float64": "double", "int32": "int", "int64": "long", "bool": "uchar"}
WRAPPING = {"int": "uint", "long": "ulong"}
EXPRESSIONS = {
    "add": "a[{a}] + b[{b}]",
    "subtract": "a[{a}] - b[{b}]",
    "multiply": "a[{a}] * b[{b}]",
    "less": "a[{a}] < b[{b}]",
    "equal": "a[{a}] == b[{b}]",
    "either": "a[{a}] | b[{b}]",
    "select": "a[{a}] ? b[{b}] : c[{c}]",
    "nearest": "rint(a[{a}])",
    "absolute": "fabs(a[{a}])",
    "copy": "a[{a}]",
    "take": "a[{a} + (long)b[{b}] * step]",
}
"""Operands are a, b and c; a mask is 0 or 1. `take` follows indices along an axis whose elements
are `step` apart."""
PREDICATES = ("less", "equal", "either")
NAMES = "abc"


class Loop(NamedTuple):
    """What a kernel's text depends on.

    `operands` are dtypes; `inner` holds each one's stride along the last axis: 0, 1, or None where
    it is an argument; `rank` counts the axes of the loop.
    """

    operation: str
    result: str
    operands: tuple[str, ...]
    rank: int
    inner: tuple[int | None, ...]

    @property
    def numbers(self) -> list[str]:
        """Return the names of the integer arguments.

        They are the lengths (of the last axis, of all rows, of the axes between the first and the
        last), every operand's strides without those that `inner` knows, and `step`.
        """
        lengths = ["n", "rows", *(f"n{axis}" for axis in range(1, self.rank - 1))]
        strides = [
            f"{name}{axis}"
            for name, last in zip(NAMES, self.inner, strict=False)
            for axis in range(self.rank)
            if axis < self.rank - 1 or last is None
        ]
        return [*lengths, *strides, "step"]


def text(loop: Loop, run: int) -> str:
    """Return the kernel of a Loop, named fb_ and its operation."""
    kinds = [TYPES[dtype] for dtype in loop.operands]
    named = list(zip(kinds, NAMES, loop.inner, strict=False))
    arguments = [
        f"__global {TYPES[loop.result]} *out, long at_out",
        *(f"__global const {kind} *{name}, long at_{name}" for kind, name, _ in named),
        *(f"int {name}" for name in loop.numbers),
    ]
    places = {name: _along(name, last, loop.rank) for _, name, last in named}
    stored = _expression(loop.operation, kinds[0]).format(**places)
    doubles = "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n" if "double" in kinds else ""
    return (
        f"{doubles}#pragma OPENCL FP_CONTRACT OFF\n"
        f"__kernel void fb_{loop.operation}({', '.join(arguments)}) {{\n"
        "  const int row = get_global_id(1);\n"
        "  if (row >= rows) return;\n"
        f"{_rows(loop.rank)}"
        f"{''.join(_begin(name, loop.rank) for _, name, _ in named)}"
        "  out += at_out + (long)row * n;\n"
        f"  const long first = (long)get_global_id(0) * {run}, end = min(first + {run}, (long)n);\n"
        f"  for (long i = first; i < end; i++) out[i] = {stored};\n}}\n"
    )


def _expression(operation: str, kind: str) -> str:
    """Return what is stored for one element; differences of integers wrap around."""
    if operation == "subtract" and kind in WRAPPING:
        return f"({kind})(({WRAPPING[kind]})a[{{a}}] - ({WRAPPING[kind]})b[{{b}}])"
    return EXPRESSIONS[operation]


def _rows(rank: int) -> str:
    """Take the row's number apart into r0, r1, ..., one for each axis before the last."""
    lines, rest = [], "row"
    for axis in range(rank - 2, 0, -1):
        lines.append(f"  const int r{axis} = {rest} % n{axis}, q{axis} = {rest} / n{axis};\n")
        rest = f"q{axis}"
    return "".join([*lines, *([f"  const int r0 = {rest};\n"] if rank > 1 else [])])


def _begin(name: str, rank: int) -> str:
    """Move an operand's pointer to the row."""
    steps = [f"(long)r{axis} * {name}{axis}" for axis in range(rank - 1)]
    return f"  {name} += {' + '.join([f'at_{name}', *steps])};\n"


def _along(name: str, last: int | None, rank: int) -> str:
    """Return an operand's index within a row."""
    return {0: "0", 1: "i", None: f"i * {name}{rank - 1}"}[last]
