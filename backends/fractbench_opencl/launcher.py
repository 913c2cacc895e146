"""OpenclLauncher: the one GPU kernel text through the installed OpenCL drivers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from fractbench.errors import BackendUnavailableError, KernelUnavailableError
from fractbench.simt import text
from fractbench.simt.launcher import Buffer, Launcher, Output
from fractbench.simt.variant import Layout, Variant
from fractbench_opencl.queue import brief, queue_of, vector

CPU = Layout(weights=32, threads=32)
"""PoCL makes vectors of the work between two barriers: tanh of 48 x 48 x 100 ran 1.8 times faster
on an AMD EPYC with 8 lanes and 4 or 8 pixels than with one lane, 2 and 16 lanes lay between."""
GPU = Layout(weights=16, threads=64)
"""Lanes exchange through local memory, behind barriers of the whole group, so groups are small."""


class OpenclLauncher(Launcher):
    """One Variant on one device; commands run in the order in which they are given."""

    def __init__(self, variant: Variant, device: str) -> None:
        """Compile the text.

        Raises:
            KernelUnavailableError: the driver cannot, or its groups are too small.
        """
        self._queue, self._variant = queue_of(device), variant
        self._types = {"real": np.dtype(variant.dtype), "int": np.dtype(np.int32)}
        self.work = 1 << 17 if self._queue.on_cpu else 1 << 23
        options = () if self._queue.on_cpu else ("-DFB_UNROLLED",)
        try:
            program = self._queue.build(text.source(variant, "opencl"), options)
        except BackendUnavailableError as error:
            raise KernelUnavailableError(str(error)) from error
        self._kernels = {
            entry: getattr(program, text.name(entry, variant, "opencl")) for entry in text.ENTRIES
        }
        self._check(device)

    def _check(self, name: str) -> None:
        """Refuse what a driver would refuse only at the first launch.

        Raises:
            KernelUnavailableError: groups are too large for the device's registers or memory.
        """
        device, ask = self._queue.device, cl.kernel_work_group_info
        for kernel in self._kernels.values():
            most = kernel.get_work_group_info(ask.WORK_GROUP_SIZE, device)
            local = kernel.get_work_group_info(ask.LOCAL_MEM_SIZE, device)
            if most < self._variant.threads or local > device.local_mem_size:
                raise KernelUnavailableError(
                    f"its groups have {self._variant.threads} threads and {local} bytes of local "
                    f"memory, and opencl:{name} runs {most} and has {device.local_mem_size}"
                )

    def upload(self, array: NDArray[Any]) -> Buffer:
        """Copy, and remember length and dtype for the way back: memory from the pool is longer."""
        return self._queue.write(vector(array)), array.size, array.dtype

    def launch(
        self, entry: str, inputs: Sequence[Buffer], outputs: Sequence[Output], groups: int
    ) -> list[Buffer]:
        """Make the outputs and enqueue the launch."""
        made = [
            (self._queue.allocate(count * self._types[kind].itemsize), count, self._types[kind])
            for count, kind in outputs
        ]
        threads = self._variant.threads
        buffers = [buffer[0] for buffer in (*inputs, *made)]
        try:
            self._kernels[entry](self._queue.commands, (groups * threads,), (threads,), *buffers)
        except cl.Error as error:
            raise KernelUnavailableError(
                f"the driver of opencl:{self._queue.name} cannot launch it: {brief(error)}"
            ) from error
        return made

    def wait(self) -> None:
        """Finish the queue."""
        self._queue.wait()

    def download(self, buffer: Buffer) -> NDArray[Any]:
        """Copy after all work before is done."""
        memory, count, dtype = buffer
        out = np.empty(count, dtype)
        self._queue.read(out, memory)
        return out
