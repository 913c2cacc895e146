"""listing: machine code as instructions, entry by entry, with its loops."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distribution
from pathlib import Path

from fractbench.errors import KernelUnavailableError
from fractbench.simt.sass.compiler import DISASSEMBLER

SECTION = re.compile(r"\s*\.section\s+(\S+?),")
LABEL = re.compile(r"(\.L\S+):")
LINE = re.compile(r"\s+/\*[0-9a-f]{4,}\*/\s+(?:\{\s*)?(.*?)\s*;")
GUARD = re.compile(r"@!?U?P\w+\s+")
TARGET = re.compile(r"`\((\.L\S+?)\)")


@dataclass(frozen=True)
class Instruction:
    """One instruction: `opcode` with its modifiers (``LDS.128``), and the whole of its text."""

    opcode: str
    text: str

    @property
    def base(self) -> str:
        """The opcode without its modifiers."""
        return self.opcode.partition(".")[0]


@dataclass(frozen=True)
class Function:
    """An entry point: its instructions in order, and which of them the labels stand before."""

    instructions: tuple[Instruction, ...]
    labels: dict[str, int]

    @cached_property
    def loops(self) -> tuple[range, ...]:
        """Places from the target of each backward branch to the branch itself."""
        found = []
        for place, instruction in enumerate(self.instructions):
            target = TARGET.search(instruction.text) if instruction.base == "BRA" else None
            start = self.labels.get(target[1]) if target else None
            # The last instruction branches to itself; nothing gets there.
            if start is not None and start < place:
                found.append(range(start, place + 1))
        return tuple(found)

    @property
    def innermost(self) -> tuple[range, ...]:
        """The loops that hold no other."""
        return tuple(
            one for one in self.loops if not any(inside(other, one) for other in self.loops)
        )


def inside(inner: range, outer: range) -> bool:
    """Return whether a loop is another one's part."""
    return inner != outer and outer.start <= inner.start and inner.stop <= outer.stop


def disassembled(cubin: bytes) -> str:
    """Return nvdisasm's listing.

    Raises:
        KernelUnavailableError: it fails.
    """
    held = distribution(DISASSEMBLER)
    program = next(held.locate_file(f) for f in held.files or () if f.stem == "nvdisasm")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "text.cubin")
        path.write_bytes(cubin)
        done = subprocess.run(
            [str(program), "-c", str(path)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise KernelUnavailableError(f"nvdisasm fails: {done.stderr.strip()}")
    return done.stdout


def functions(listing: str) -> dict[str, Function]:
    """Return the entry points of a listing, by name."""
    lines: dict[str, list[str]] = {}
    name = ""
    for line in listing.splitlines():
        section = SECTION.match(line)
        if section:
            name = section[1].removeprefix(".text.") if section[1].startswith(".text.") else ""
        elif name:
            lines.setdefault(name, []).append(line)
    return {name: _function(held) for name, held in lines.items()}


def _function(lines: list[str]) -> Function:
    found: list[Instruction] = []
    labels: dict[str, int] = {}
    for line in lines:
        if label := LABEL.match(line):
            labels[label[1]] = len(found)
        elif read := LINE.match(line):
            opcode = GUARD.sub("", read[1]).split()[0]
            found.append(Instruction(opcode, read[1]))
    return Function(tuple(found), labels)
