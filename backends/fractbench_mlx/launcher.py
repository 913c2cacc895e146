"""MlxLauncher: the kernel text through MLX's custom kernels, on Metal and on CUDA.

MLX writes an entry point's signature itself, from the names and dtypes of its arrays: on Metal
``const device T *`` for those of 8 elements or more, which all of ours have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from fractbench.simt import layouts, text
from fractbench.simt.arrays import SHORTEST
from fractbench.simt.failure import unavailable
from fractbench.simt.launcher import Buffer, Launcher, Output
from fractbench.simt.variant import Layout, Variant

Dialect = Literal["metal", "cuda"]
LAYOUTS: dict[Dialect, Layout] = {"metal": layouts.APPLE, "cuda": layouts.CUDA}
WORK: dict[Dialect, int] = {"metal": layouts.APPLE_WORK, "cuda": layouts.CUDA_WORK}
DTYPES = {"float32": mx.float32, "int32": mx.int32}
TYPES = {"real": mx.float32, "int": mx.int32}


class MlxLauncher(Launcher):
    """One Variant on one of MLX's GPUs; every launch is started at once."""

    def __init__(self, variant: Variant, device: Any, dialect: Dialect) -> None:
        """Make the kernels and let each run once: MLX compiles one when it first runs.

        Raises:
            KernelUnavailableError: MLX cannot compile or run them.
        """
        self._device, self._threads = device, variant.threads
        self.work = WORK[dialect]
        with unavailable(f"MLX cannot run it on {dialect}"):
            self._kernels = {entry: _kernel(entry, variant, dialect) for entry in text.ENTRIES}
            self._try(variant)

    def upload(self, array: NDArray[Any]) -> Buffer:
        """Name the dtype, so that nothing is converted."""
        with mx.stream(self._device):
            return mx.array(array, dtype=DTYPES[array.dtype.name])

    def launch(
        self, entry: str, inputs: Sequence[Buffer], outputs: Sequence[Output], groups: int
    ) -> list[Buffer]:
        """MLX counts a grid in threads; `async_eval` starts what is lazy otherwise."""
        made: list[Buffer] = self._kernels[entry](
            inputs=list(inputs),
            output_shapes=[(count,) for count, _ in outputs],
            output_dtypes=[TYPES[kind] for _, kind in outputs],
            grid=(groups * self._threads, 1, 1),
            threadgroup=(self._threads, 1, 1),
            stream=self._device,
        )
        mx.async_eval(*made)
        return made

    def wait(self) -> None:
        """All launches are on the device's default stream."""
        mx.synchronize(self._device)

    def download(self, buffer: Buffer) -> NDArray[Any]:
        """Evaluate, then copy."""
        mx.eval(buffer)
        return np.array(buffer)

    def _try(self, variant: Variant) -> None:
        """Run every entry point on one pixel that has no steps left.

        With ones for all counts, ``train`` goes from step 1 to step 1 and ``canary`` takes one row.
        """
        room = max(variant.samples * variant.width, variant.state, SHORTEST)
        for entry, it in text.ENTRIES.items():
            arrays = {"real": np.zeros(room, np.float32), "int": np.zeros(room, np.int32)}
            inputs = [
                self.upload(arrays[kind] if name != "counts" else np.ones(room, np.int32))
                for name, kind in it.inputs
            ]
            self.launch(entry, inputs, [(room, kind) for _, kind in it.outputs], groups=1)
        self.wait()


def _kernel(entry: str, variant: Variant, dialect: Dialect) -> Any:
    """Return MLX's callable of an entry point; it is compiled when it first runs."""
    it = text.ENTRIES[entry]
    given: dict[str, Any] = {
        "name": text.name(entry, variant, dialect),
        "input_names": [name for name, _ in it.inputs],
        "output_names": [name for name, _ in it.outputs],
        "source": text.body(entry, dialect),
        "header": text.header(variant, dialect),
        "ensure_row_contiguous": True,
    }
    if dialect == "cuda":
        return mx.fast.cuda_kernel(**given)
    return mx.fast.metal_kernel(**given, compile_options={"math_mode": "safe"})
