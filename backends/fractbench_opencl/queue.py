"""queue: one device's context, its queue of commands in order, its memory and its compiler."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray
from pyopencl.tools import ImmediateAllocator, MemoryPool

from fractbench.errors import BackendUnavailableError, UsageError
from fractbench_opencl.devices import found

Buffer = Any
IN_FLIGHT = 256
"""Launches after which the host waits for the device: commands that a driver has not begun take
memory, and so do not pile up with the steps; and Ctrl-C is heard soon."""


@lru_cache(maxsize=8)
def queue_of(name: str) -> Queue:
    """Return the Queue of a device, one in a process."""
    return Queue(name, found()[name])


class Queue:
    """Commands run one after the other, so memory may be used again as soon as it is let go."""

    def __init__(self, name: str, device: cl.Device) -> None:
        """Open the device; `name` is for messages.

        Raises:
            BackendUnavailableError: its driver refuses.
        """
        self.name, self.device = name, device
        self.on_cpu = bool(device.type & cl.device_type.CPU)
        self.largest_group = int(device.max_work_group_size)
        self.most_rows = int(device.max_work_item_sizes[1])
        try:
            self.context = cl.Context([device])
            self.commands = cl.CommandQueue(self.context)
        except cl.Error as error:
            raise BackendUnavailableError(
                f"opencl:{name} cannot be opened: {brief(error)}"
            ) from error
        self._pool = MemoryPool(ImmediateAllocator(self.commands))
        self._launches = 0

    def allocate(self, size: int) -> Buffer:
        """Return memory of `size` bytes; it goes back to the pool when Python lets go of it.

        Raises:
            UsageError: the device has not that much.
        """
        try:
            return self._pool.allocate(size)
        except cl.Error as error:
            raise UsageError(
                f"opencl:{self.name} has no room for {size / 2**20:.0f} MiB more; "
                "type --tile with fewer pixels"
            ) from error

    @property
    def held(self) -> int:
        """The bytes that were taken from the device so far, in use or kept for the next."""
        return int(self._pool.managed_bytes)

    def write(self, array: NDArray[Any]) -> Buffer:
        """Copy a contiguous host array to the device."""
        buffer = self.allocate(array.nbytes)
        cl.enqueue_copy(self.commands, buffer, array)
        return buffer

    def read(self, into: NDArray[Any], buffer: Buffer, offset: int = 0) -> None:
        """Fill a contiguous host array from `offset` bytes on, after all work before is done."""
        cl.enqueue_copy(self.commands, into, buffer, src_offset=offset)

    def build(self, text: str, options: tuple[str, ...] = ()) -> cl.Program:
        """Compile OpenCL C for the device.

        Raises:
            BackendUnavailableError: the driver cannot; the text has its first complaint.
        """
        try:
            with warnings.catch_warnings():
                # Some compilers chat, and pyopencl warns of every word.
                warnings.simplefilter("ignore", cl.CompilerWarning)
                program: cl.Program = cl.Program(self.context, text).build(list(options))
            return program
        except cl.Error as error:
            raise BackendUnavailableError(
                f"the driver of opencl:{self.name} cannot compile: {brief(error)}"
            ) from error

    def launched(self) -> None:
        """Count a launch, and wait where many may be under way."""
        self._launches += 1
        if self._launches % IN_FLIGHT == 0:
            self.commands.finish()

    def wait(self) -> None:
        """Return when everything that was launched is complete."""
        self.commands.finish()


def brief(error: Exception) -> str:
    """Return what an OpenCL error says in one line: a compiler's first error, or its own text.

    Names of files are left out, for they tell of the machine.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line[line.index("error:") :] for line in lines if "error:" in line]
    first = (said or lines or [type(error).__name__])[0]
    # pyopencl repeats the name of a failed call.
    return re.sub(r"\S*[/\\]\S*\s*", "", first.partition(" - cl")[0])[:200]


def vector(array: NDArray[Any]) -> NDArray[Any]:
    """Return the bytes of a host array as OpenCL takes them: in C order, masks as bytes."""
    flat = np.ascontiguousarray(array)
    return flat.view(np.uint8) if flat.dtype == bool else flat
