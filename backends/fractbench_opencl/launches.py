"""launches: what one elementwise operation needs to be started, worked out once for its layouts.

A kernel is compiled once for its types, the axes of its loop and the strides of the last of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import prod
from typing import Any, NamedTuple

import numpy as np

from fractbench_opencl.layout import Layout, Shape, merged, packed, size, spread
from fractbench_opencl.queue import Queue
from fractbench_opencl.source import PREDICATES, Loop, text


class Split(NamedTuple):
    """How a device likes its loops: elements to a work-item, columns and rows to a work-group."""

    run: int
    columns: int
    rows: int


WIDE = Split(run=1, columns=256, rows=1)
CPU = Split(run=2048, columns=1, rows=16)
"""Measured with PoCL on two cores, 65,536 products: one element to a work-item takes 9 us where
arrays have no gaps and 85 us where one is broadcast, since no vectors are made then; runs of 256 to
4,096 take 6 to 9 us in both. Groups of 16 rows take a third of the time of single ones where rows
are short."""


class Launch(NamedTuple):
    """A compiled kernel, its global and local size, its integers, and the result."""

    kernel: Any
    shape: tuple[int, int]
    group: tuple[int, int]
    numbers: tuple[int, ...]
    result: Layout
    size: int
    """Bytes of the result."""


class Launches:
    """The Launches of one Queue."""

    def __init__(self, queue: Queue, split: Split | None = None) -> None:
        """Start with nothing compiled; `split` is the device's own unless told."""
        self._queue = queue
        self._split = split or (CPU if queue.on_cpu else WIDE)
        self._made: dict[tuple[Any, ...], Launch] = {}
        self._kernels: dict[Loop, Any] = {}

    def of(self, operation: str, step: int, layouts: Sequence[Layout]) -> Launch:
        """Return the Launch of an operation on operands with these Layouts."""
        key = (operation, step, *layouts)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._make(operation, step, layouts)
        return made

    def _make(self, operation: str, step: int, layouts: Sequence[Layout]) -> Launch:
        dtypes = tuple(layout.dtype for layout in layouts)
        _check(operation, dtypes)
        shape: Shape = np.broadcast_shapes(*(layout.shape for layout in layouts))
        result = packed(_result(operation, dtypes), shape)
        lengths, strides = merged(shape, [spread(layout, shape).strides for layout in layouts])
        inner = tuple(s[-1] if s[-1] in (0, 1) else None for s in strides)
        loop = Loop(operation, result.dtype, dtypes, len(lengths), inner)
        steps = [s[:-1] if last is not None else s for s, last in zip(strides, inner, strict=True)]
        columns, rows = lengths[-1], prod(lengths[:-1])
        given = (columns, rows, *lengths[1:-1], *chain.from_iterable(steps), step)
        split, queue = self._split, self._queue
        most = min(split.rows, queue.most_rows) if rows > 1 else 1
        group = (min(split.columns, queue.largest_group), most)
        whole = (_up(-(-columns // split.run), group[0]), _up(rows, group[1]))
        return Launch(self._kernel(loop), whole, group, given, result, size(result))

    def _kernel(self, loop: Loop) -> Any:
        if loop not in self._kernels:
            program = self._queue.build(text(loop, self._split.run))
            kernel = getattr(program, f"fb_{loop.operation}")
            pointers = (None, np.int64) * (1 + len(loop.operands))
            kernel.set_scalar_arg_dtypes([*pointers, *[np.int32] * len(loop.numbers)])
            self._kernels[loop] = kernel
        return self._kernels[loop]


def _check(operation: str, dtypes: Sequence[str]) -> None:
    """Refuse operands of several dtypes: nothing is promoted."""
    alike = dtypes[1:] if operation == "select" else dtypes
    if operation != "take" and len(set(alike)) > 1:
        raise TypeError(f"{operation} of {' and '.join(dtypes)}")
    if operation == "select" and dtypes[0] != "bool":
        raise TypeError(f"select by {dtypes[0]}")


def _result(operation: str, dtypes: Sequence[str]) -> str:
    if operation in PREDICATES:
        return "bool"
    return dtypes[1] if operation == "select" else dtypes[0]


def _up(count: int, group: int) -> int:
    """Round up to whole groups."""
    return -(-count // group) * group
