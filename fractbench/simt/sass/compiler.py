"""compiler: CUDA text to machine code by NVRTC; it needs an architecture's name and no GPU."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from fractbench.errors import KernelUnavailableError
from fractbench.simt.failure import unavailable

COMPILER, DISASSEMBLER = "nvidia-cuda-nvrtc", "nvidia-cuda-nvdisasm"
"""Wheels of PyPI; there are none for macOS."""
NAME = re.compile(r"'(\w+)'")
MEMORY = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
USED = re.compile(r"Used (\d+) registers(?:.* (\d+) bytes smem)?")


@dataclass(frozen=True)
class Resources:
    """What one entry point takes: registers of a thread, and bytes.

    `spilled` counts what the compiler stores to and loads from memory for want of registers.
    """

    registers: int
    spilled: int
    stack: int
    shared: int


@dataclass(frozen=True)
class Compiled:
    """Machine code and the Resources of its entry points, by name."""

    cubin: bytes
    resources: dict[str, Resources]


def tools() -> str:
    """Return the names and versions of the compiler and the disassembler.

    Raises:
        KernelUnavailableError: one of them is not installed.
    """
    try:
        return ", ".join(f"{name} {version(name)}" for name in (COMPILER, DISASSEMBLER))
    except PackageNotFoundError as error:
        raise KernelUnavailableError(
            f"{error.name} is not installed; type: pip install cuda-core cuda-bindings "
            f"{COMPILER} {DISASSEMBLER} (Linux and Windows)"
        ) from None


def compiled(source: str, architecture: str) -> Compiled:
    """Compile a CUDA translation unit for ``sm_80``, ``sm_90`` and the like.

    Raises:
        KernelUnavailableError: there is no compiler, or it refuses the text.
    """
    tools()
    from cuda.core import Program, ProgramOptions

    log = io.StringIO()
    with unavailable(f"NVRTC cannot compile the text for {architecture}"):
        options = ProgramOptions(arch=architecture, ptxas_options=["-v"])
        made = Program(source, "c++", options).compile("cubin", logs=log)
    return Compiled(bytes(made.code), resources(log.getvalue()))


def resources(log: str) -> dict[str, Resources]:
    """Read the verbose log of NVIDIA's assembler: the Resources of each entry point."""
    found = {}
    for part in log.split("Compiling entry function ")[1:]:
        name, memory, used = NAME.match(part), MEMORY.search(part), USED.search(part)
        assert name
        assert memory
        assert used
        stack, stores, loads = map(int, memory.groups())
        found[name[1]] = Resources(int(used[1]), stores + loads, stack, int(used[2] or 0))
    return found
