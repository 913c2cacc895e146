"""CudaLauncher: the kernel text through NVRTC, on PyTorch's own stream and memory."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from fractbench.simt import layouts, text
from fractbench.simt.failure import unavailable
from fractbench.simt.launcher import Buffer, Output
from fractbench.simt.variant import Variant
from fractbench_torch.launcher import TorchLauncher
from fractbench_torch.nvrtc import compiled


class CudaLauncher(TorchLauncher):
    """One Variant on one NVIDIA GPU."""

    work = layouts.CUDA_WORK

    def __init__(self, variant: Variant, device: str) -> None:
        """Compile for the GPU's own architecture and load.

        Raises:
            KernelUnavailableError: it cannot be compiled, or the driver cannot load it.
        """
        super().__init__(variant, device)
        self._threads, self._index = variant.threads, self._device.index or 0
        major, minor = torch.cuda.get_device_capability(self._device)
        code = compiled(variant, f"sm_{major}{minor}")
        with unavailable("the driver cannot load it"), torch.cuda.device(self._device):
            from cuda.core import Device

            Device(self._index).set_current()
            self._kernels = {
                entry: code.get_kernel(text.name(entry, variant, "cuda")) for entry in text.ENTRIES
            }

    def launch(
        self, entry: str, inputs: Sequence[Buffer], outputs: Sequence[Output], groups: int
    ) -> list[Buffer]:
        """Start it on PyTorch's current stream.

        A tensor may be freed before the launch is complete: PyTorch gives its memory only to later
        work of the same stream, and that begins after this launch has ended.
        """
        from cuda.core import Device, LaunchConfig, Stream, launch

        with torch.cuda.device(self._device):
            # A thread that PyTorch has allocated nothing in has no current context yet.
            Device(self._index).set_current()
            made = self.empty(outputs)
            stream = Stream.from_handle(torch.cuda.current_stream(self._device).cuda_stream)
            config = LaunchConfig(grid=groups, block=self._threads)
            pointers = [tensor.data_ptr() for tensor in (*inputs, *made)]
            launch(stream, config, self._kernels[entry], *pointers)
        return made

    def wait(self) -> None:
        """Wait for the whole device, whatever stream was current."""
        torch.cuda.synchronize(self._device)
