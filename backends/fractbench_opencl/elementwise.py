"""elementwise: one launch for each operation on arrays that are broadcast to one shape."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench_opencl.arrays import Array
from fractbench_opencl.launches import Launch, Launches, Split
from fractbench_opencl.layout import Layout, packed, size
from fractbench_opencl.queue import Queue, vector


class Elementwise:
    """Computes with the Arrays of one Queue."""

    def __init__(self, queue: Queue, split: Split | None = None) -> None:
        """`split` is the device's own unless told."""
        self.queue = queue
        self._launches = Launches(queue, split)

    def apply(self, operation: str, *operands: Array, step: int = 0) -> Array:
        """Return a new Array: the operation on operands that are broadcast to one shape."""
        launch = self._launches.of(operation, step, [a.layout for a in operands])
        out = self.queue.allocate(launch.size)
        self._start(launch, out, 0, operands)
        return Array(self, out, 0, launch.result)

    def take(self, source: Array, axis: int, indices: Array) -> Array:
        """Replace an axis by the places that integers name on it, in their shape."""
        before, after = source.shape[:axis], source.shape[axis + 1 :]
        strides = source.layout.strides
        shape, new = (*before, *indices.shape, *after), len(indices.shape)
        held = (*strides[:axis], *(0,) * new, *strides[axis + 1 :])
        along = (*(0,) * axis, *indices.layout.strides, *(0,) * len(after))
        return self.apply(
            "take",
            source.viewed(Layout(source.dtype, shape, held)),
            indices.viewed(Layout(indices.dtype, shape, along)),
            step=strides[axis],
        )

    def join(self, arrays: Sequence[Array]) -> Array:
        """Copy arrays into a new one, one after the other along their first axis."""
        rows = sum(a.shape[0] for a in arrays)
        layout = packed(arrays[0].dtype, (rows, *arrays[0].shape[1:]))
        out = Array(self, self.queue.allocate(size(layout)), 0, layout)
        place = 0
        for array in arrays:
            launch = self._launches.of("copy", 0, [array.layout])
            self._start(launch, out.buffer, place, (array,))
            place += prod(array.shape)
        return out

    def contiguous(self, array: Array) -> Array:
        """Return the array itself if it has no gaps, else a copy."""
        if array.layout == packed(array.dtype, array.shape):
            return array
        return self.apply("copy", array)

    def upload(self, array: NDArray[Any]) -> Array:
        """Copy a host array to the device, dtype and bits kept."""
        return Array(
            self, self.queue.write(vector(array)), 0, packed(array.dtype.name, array.shape)
        )

    def download(self, array: Array) -> NDArray[Any]:
        """Copy an Array to the host, after all work is done."""
        whole = self.contiguous(array)
        out = np.empty(array.shape, array.dtype)
        self.queue.read(out.view(np.uint8) if array.dtype == "bool" else out,
                        whole.buffer, whole.offset * out.itemsize)  # fmt: skip
        return out

    def _start(self, launch: Launch, out: Any, place: int, operands: Sequence[Array]) -> None:
        given = chain.from_iterable((a.buffer, a.offset) for a in operands)
        launch.kernel(
            self.queue.commands, launch.shape, launch.group, out, place, *given, *launch.numbers
        )
        self.queue.launched()
