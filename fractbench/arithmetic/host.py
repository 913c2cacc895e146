"""HostOps: the Ops of the host, in NumPy; the canary's reference and the `numpy` Backend's Ops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Ops, Program
from fractbench.tree import Tree


class HostOps(Ops):
    """NumPy rounds every elementwise + - * once and fuses nothing: the reference for all others."""

    def __init__(self, fmt: Format) -> None:
        """Remember the format."""
        self.dtype = fmt.name
        self._float, self._integer = fmt.dtype, np.dtype(fmt.integer)

    def upload(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the array: it is where it should be."""
        return array

    def download(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the array."""
        return array

    def mul(self, a: Any, b: Any) -> Any:
        """The product; NumPy has no expression to contract it into."""
        return np.multiply(a, b)

    def select(self, mask: Any, a: Any, b: Any) -> Any:
        """`np.where`."""
        return np.where(mask, a, b)

    def nearest(self, a: Any) -> Any:
        """`np.rint`: ties to even."""
        return np.rint(a)

    def bits(self, a: Any) -> Any:
        """A view as integers."""
        return a.view(self._integer)

    def from_bits(self, a: Any) -> Any:
        """A view as floats."""
        return a.view(self._float)

    def broadcast(self, a: Any, shape: tuple[int, ...]) -> Any:
        """A read-only view; kernel texts never write in place."""
        return np.broadcast_to(a, shape)

    def concat(self, arrays: Sequence[Any]) -> Any:
        """`np.concatenate` along the first axis."""
        return np.concatenate(arrays)

    def compile(self, program: Program, fixed: Tree) -> Callable[[Tree], Tree]:
        """Run as is; overflow and NaN are results here, not accidents."""
        call = super().compile(program, fixed)

        def quiet(pixels: Tree) -> Tree:
            with np.errstate(all="ignore"):
                return call(pixels)

        return quiet
