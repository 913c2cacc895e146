"""TorchOps: the strict operations in PyTorch, run eagerly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Ops, Program
from fractbench.tree import Tree
from fractbench_torch.scope import wait

Array = Any


class TorchOps(Ops):
    """Eager PyTorch launches one kernel per operation, so no product meets its sum."""

    threads = 1
    """On a CPU; two threads on tensors this small ran seven times slower than one."""

    def __init__(self, device: str, fmt: Format) -> None:
        """Remember the device."""
        self.dtype = fmt.name
        self._device = torch.device(device)
        self._float, self._integer = getattr(torch, fmt.name), getattr(torch, fmt.integer)

    def upload(self, array: NDArray[Any]) -> Array:
        """Copy to the device; integers index, so they stay integers."""
        return torch.tensor(np.asarray(array), device=self._device)

    def download(self, array: Array) -> NDArray[Any]:
        """Copying to the host waits for the device."""
        return np.asarray(array.cpu().numpy())

    def mul(self, a: Array, b: Array) -> Array:
        """One kernel of its own; never addcmul, which fuses."""
        return a * b

    def select(self, mask: Array, a: Array, b: Array) -> Array:
        """`torch.where`."""
        return torch.where(mask, a, b)

    def nearest(self, a: Array) -> Array:
        """`torch.round`: ties to even."""
        return torch.round(a)

    def bits(self, a: Array) -> Array:
        """A view as integers."""
        return a.view(self._integer)

    def from_bits(self, a: Array) -> Array:
        """A view as floats."""
        return a.view(self._float)

    def broadcast(self, a: Array, shape: tuple[int, ...]) -> Array:
        """`torch.broadcast_to`."""
        return torch.broadcast_to(a, shape)

    def concat(self, arrays: Sequence[Array]) -> Array:
        """`torch.cat` along the first axis."""
        return torch.cat(list(arrays))

    def wait(self, out: Tree) -> None:
        """Wait for the device."""
        wait(self._device)

    def compile(self, program: Program, fixed: Tree) -> Callable[[Tree], Tree]:
        """Run eagerly, without a gradient tape, and leave the caller's thread count as it was."""
        call = super().compile(program, fixed)

        def untaped(pixels: Tree) -> Tree:
            before = torch.get_num_threads()
            torch.set_num_threads(self.threads)
            try:
                with torch.inference_mode():
                    return call(pixels)
            finally:
                torch.set_num_threads(before)

        return untaped
