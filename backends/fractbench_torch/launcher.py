"""TorchLauncher: memory and waiting for the kernel text in PyTorch; where each device's is.

Nothing here imports PyTorch before a launcher is made.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.errors import BackendUnavailableError
from fractbench.registry import require
from fractbench.simt import layouts
from fractbench.simt.launcher import Buffer, Launcher, Make, Output
from fractbench.simt.variant import Layout, Variant

LAYOUTS: dict[str, Layout] = {"mps": layouts.APPLE, "cuda": layouts.CUDA}
INSTALL = "pip install 'fractbench[torch-cuda]'"


class TorchLauncher(Launcher):
    """What Metal and CUDA have in common: tensors of one dimension."""

    def __init__(self, variant: Variant, device: str) -> None:
        """Remember the device and what a Variant's numbers are."""
        import torch

        self._device = torch.device(device)
        self._dtypes = {"real": getattr(torch, variant.dtype), "int": torch.int32}

    def upload(self, array: NDArray[Any]) -> Buffer:
        """Copy, in the array's own dtype."""
        import torch

        return torch.tensor(array, device=self._device)

    def empty(self, outputs: Sequence[Output]) -> list[Buffer]:
        """Return tensors for a launch to write."""
        import torch

        make = torch.empty
        return [make(n, dtype=self._dtypes[kind], device=self._device) for n, kind in outputs]

    @abstractmethod
    def wait(self) -> None:
        """Return when everything that was launched is complete."""

    def download(self, buffer: Buffer) -> NDArray[Any]:
        """Copying to the host waits for the device."""
        return np.asarray(buffer.cpu().numpy())


def kind_of(device: str) -> str:
    """Return ``mps``, ``cuda`` or ``cpu``."""
    return device.partition(":")[0]


def missing(device: str) -> str:
    """Return what the fused kernel of a device lacks and what to type, or nothing."""
    if kind_of(device) != "cuda":
        return ""
    try:
        for module in ("cuda.core", "cuda.bindings"):
            require(module)
    except BackendUnavailableError:
        return f"cuda-core is not installed; type {INSTALL}"
    return ""


def maker(device: str) -> Make:
    """Return what compiles a Variant for a GPU; the launcher's own imports come with it."""
    if kind_of(device) == "mps":
        from fractbench_torch.launcher_mps import MpsLauncher

        return MpsLauncher
    from fractbench_torch.launcher_cuda import CudaLauncher

    return lambda variant: CudaLauncher(variant, device)
