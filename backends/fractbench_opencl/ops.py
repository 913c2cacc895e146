"""OpenclOps: the strict operations in OpenCL, each a kernel of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Ops
from fractbench.tree import Tree
from fractbench_opencl.arrays import Array
from fractbench_opencl.elementwise import Elementwise
from fractbench_opencl.layout import spread
from fractbench_opencl.queue import queue_of


@lru_cache(maxsize=8)
def loops_of(name: str) -> Elementwise:
    """Return what computes on a device, after it has shown that it compiles and runs a kernel.

    Raises:
        BackendUnavailableError: it does not.
    """
    loops = Elementwise(queue_of(name))
    loops.download(loops.apply("copy", loops.upload(np.zeros(1, np.float32))))
    return loops


class OpenclOps(Ops):
    """Eager: every operation is launched at once, and only a download waits."""

    block = 16
    """Measured with PoCL: 8, 16, 34 and 68 samples are within the noise of one another, and fewer
    take less memory."""

    def __init__(self, name: str, fmt: Format) -> None:
        """Open the named device."""
        self.dtype, self._integer = fmt.name, fmt.integer
        self._loops = loops_of(name)

    def upload(self, array: NDArray[Any]) -> Array:
        """Copy to the device; masks become bytes there."""
        return self._loops.upload(np.asarray(array))

    def download(self, array: Array) -> NDArray[Any]:
        """Copying to the host waits for the device."""
        return self._loops.download(array)

    def mul(self, a: Array, b: Array) -> Array:
        """One kernel of its own."""
        return self._loops.apply("multiply", a, b)

    def select(self, mask: Array, a: Array, b: Array) -> Array:
        """C's conditional, which moves bits."""
        return self._loops.apply("select", mask, a, b)

    def nearest(self, a: Array) -> Array:
        """`rint`: ties to even."""
        return self._loops.apply("nearest", a)

    def bits(self, a: Array) -> Array:
        """The same memory, read as integers."""
        return a.viewed(a.layout._replace(dtype=self._integer))

    def from_bits(self, a: Array) -> Array:
        """The same memory, read as floats."""
        return a.viewed(a.layout._replace(dtype=self.dtype))

    def broadcast(self, a: Array, shape: tuple[int, ...]) -> Array:
        """A view whose new axes have no step."""
        return a.viewed(spread(a.layout, shape))

    def concat(self, arrays: Sequence[Array]) -> Array:
        """Copies, one after the other."""
        return self._loops.join(arrays)

    def wait(self, out: Tree) -> None:
        """Wait for the device."""
        self._loops.queue.wait()
