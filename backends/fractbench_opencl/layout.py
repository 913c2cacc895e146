"""layout: where an array's elements lie in its buffer, and how views and loops follow from it.

Shapes and strides count elements. Nothing here knows OpenCL.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import NamedTuple, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int, ...]
Index: TypeAlias = int | slice | None


class Layout(NamedTuple):
    """A NumPy dtype's name, the shape, and the steps in elements; the offset is kept apart."""

    dtype: str
    shape: Shape
    strides: Shape


@lru_cache(maxsize=4096)
def packed(dtype: str, shape: Shape) -> Layout:
    """Return the Layout of an array in C order without gaps."""
    strides = tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))
    return Layout(dtype, shape, strides)


def size(layout: Layout) -> int:
    """Return the bytes of an array without gaps."""
    return prod(layout.shape) * np.dtype(layout.dtype).itemsize


def spread(layout: Layout, shape: Shape) -> Layout:
    """Broadcast: repeat axes of length 1, and put new ones in front.

    Raises:
        ValueError: the shapes do not fit.
    """
    new = len(shape) - len(layout.shape)
    strides = [0] * new
    for have, stride, want in zip(layout.shape, layout.strides, shape[new:], strict=True):
        if have not in (1, want):
            raise ValueError(f"shape {layout.shape} does not broadcast to {shape}")
        strides.append(stride if have == want else 0)
    return Layout(layout.dtype, shape, tuple(strides))


@lru_cache(maxsize=4096)
def row(layout: Layout) -> tuple[Layout, int]:
    """Return the Layout of any row, and the step from one row to the next."""
    return Layout(layout.dtype, layout.shape[1:], layout.strides[1:]), layout.strides[0]


def indexed(layout: Layout, key: Sequence[Index]) -> tuple[Layout, int]:
    """Apply one index for each axis, and None for new ones; missing ones take all.

    Returns:
        The Layout of the view and how far it begins after the array.
    """
    shape: list[int] = []
    strides: list[int] = []
    axis = offset = 0
    for part in key:
        if part is None:
            shape.append(1)
            strides.append(0)
            continue
        length, stride = layout.shape[axis], layout.strides[axis]
        axis += 1
        if isinstance(part, slice):
            start, stop, step = part.indices(length)
            shape.append(len(range(start, stop, step)))
            strides.append(stride * step)
            offset += start * stride
        elif -length <= part < length:
            offset += (part % length) * stride
        else:
            raise IndexError(f"index {part} is beyond an axis of {length}")
    view = Layout(layout.dtype, (*shape, *layout.shape[axis:]), (*strides, *layout.strides[axis:]))
    return view, offset


def merged(shape: Shape, strides: Sequence[Shape]) -> tuple[Shape, list[Shape]]:
    """Describe a loop over arrays of one shape by one axis, or else by as few as three and more.

    Axes of length 1 vanish; neighbours become one axis where every array steps evenly over both.
    A loop of one element steps like one over arrays without gaps, and two axes get a third of
    length 1 in front, so that fewer kernels are compiled.
    """
    kept: list[tuple[int, ...]] = []
    for axis, length in enumerate(shape):
        steps = tuple(s[axis] for s in strides)
        if kept and kept[-1][1:] == tuple(step * length for step in steps):
            kept[-1] = (kept[-1][0] * length, *steps)
        elif length > 1:
            kept.append((length, *steps))
    if not kept:
        kept = [(1, *(1 for _ in strides))]
    if len(kept) == 2:
        kept.insert(0, (1, *(0 for _ in strides)))
    lengths, *by_array = zip(*kept, strict=True)
    return lengths, by_array
