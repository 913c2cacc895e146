"""MpsLauncher: the kernel text through `torch.mps.compile_shader`."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from fractbench.errors import KernelUnavailableError
from fractbench.simt import layouts, text
from fractbench.simt.failure import unavailable
from fractbench.simt.launcher import Buffer, Output
from fractbench.simt.variant import Variant
from fractbench_torch.launcher import TorchLauncher


class MpsLauncher(TorchLauncher):
    """One Variant on Apple's GPU through PyTorch, which has one stream there."""

    work = layouts.APPLE_WORK

    def __init__(self, variant: Variant, device: str = "mps") -> None:
        """Compile the source and ask whether its groups fit.

        Raises:
            KernelUnavailableError: PyTorch cannot compile it, or the GPU cannot run such groups.
        """
        super().__init__(variant, device)
        self._threads = variant.threads
        if not hasattr(torch.mps, "compile_shader"):
            raise KernelUnavailableError(
                f"PyTorch {torch.__version__} has no torch.mps.compile_shader; "
                "type pip install 'torch>=2.9'"
            )
        with unavailable("PyTorch cannot compile it for MPS"):
            library = torch.mps.compile_shader(text.source(variant, "metal"))
            self._kernels = {
                entry: getattr(library, text.name(entry, variant, "metal"))
                for entry in text.ENTRIES
            }
        most = min(kernel.max_threads_per_threadgroup for kernel in self._kernels.values())
        if most < self._threads:
            raise KernelUnavailableError(
                f"its groups have {self._threads} threads and this GPU runs {most} of them"
            )

    def launch(
        self, entry: str, inputs: Sequence[Buffer], outputs: Sequence[Output], groups: int
    ) -> list[Buffer]:
        """Tensors are bound to buffers in their order; PyTorch counts a grid in threads."""
        made = self.empty(outputs)
        self._kernels[entry](
            *inputs, *made, threads=groups * self._threads, group_size=self._threads
        )
        return made

    def wait(self) -> None:
        """`synchronize` also commits what was only encoded until then."""
        torch.mps.synchronize()
