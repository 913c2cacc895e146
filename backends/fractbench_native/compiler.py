"""Compiler: the system's C++ compiler, how it is asked to compile, and what it is exactly."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from fractbench.errors import BackendUnavailableError

VARIABLE = "FRACTBENCH_CXX"
CANDIDATES = ("c++", "clang++", "g++")
REMEDY = (
    "sudo apt install g++ (Debian, Ubuntu), xcode-select --install (macOS), or set "
    f"{VARIABLE} to a C++17 compiler"
)
FLAGS = ("-std=c++17", "-O3", "-fno-fast-math", "-ffp-contract=off", "-fPIC", "-shared")
"""Contraction is off: products fuse with sums only where the text says so."""
SECONDS = 300


@dataclass(frozen=True)
class Compiler:
    """A C++ compiler: its command, and the flags that choose an instruction set."""

    command: tuple[str, ...]
    machine: tuple[str, ...]

    @cached_property
    def version(self) -> str:
        """The first line that it says of itself.

        Raises:
            BackendUnavailableError: it does not run.
        """
        said = self._ask("--version").strip()
        if not said:
            raise BackendUnavailableError(
                f"{Path(self.command[0]).name} is no compiler: it tells no version",
                installable=True,
            )
        return said.splitlines()[0].strip()

    @property
    def short(self) -> str:
        """Its kind and number: ``gcc 12.2.0``, ``clang 14.0.6``."""
        numbers: list[str] = re.findall(r"\d+\.\d+(?:\.\d+)*", self.version)
        kind = "clang" if "clang" in self.version.lower() else "gcc"
        return f"{kind} {numbers[0 if kind == 'clang' else -1]}" if numbers else self.version

    @cached_property
    def identity(self) -> str:
        """Everything about it and this processor that may change what it makes."""
        macros = self._ask(*self.machine, "-dM", "-E", "-x", "c++", os.devnull)
        return "\n".join((*self.command, *FLAGS, *self.machine, self.version, macros))

    def compile(self, source: Path, target: Path, options: tuple[str, ...]) -> None:
        """Make a shared library of a source file.

        Raises:
            BackendUnavailableError: it fails; the text is its first error.
        """
        self._ask(*FLAGS, *self.machine, *options, str(source), "-o", str(target))
        if not target.is_file():
            name = Path(self.command[0]).name
            raise BackendUnavailableError(f"the compiler {name} makes no library", installable=True)

    def _ask(self, *arguments: str) -> str:
        name = Path(self.command[0]).name
        try:
            done = subprocess.run(
                [*self.command, *arguments], capture_output=True, text=True, errors="replace",
                timeout=SECONDS, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BackendUnavailableError(
                f"the compiler {name} does not run ({type(error).__name__})", installable=True
            ) from error
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            first = next((line for line in lines if "error" in line), lines[0])
            raise BackendUnavailableError(f"the compiler {name} fails: {first}", installable=True)
        return done.stdout


def machine_flags() -> tuple[str, ...]:
    """Return the flags for this processor; clang on arm64 names it by -mcpu."""
    arm = platform.machine() in ("arm64", "aarch64")
    return ("-mcpu=native",) if arm else ("-march=native",)


def compiler(machine: tuple[str, ...] | None = None) -> Compiler:
    """Return the compiler that `FRACTBENCH_CXX` names, or the first that is there.

    Raises:
        BackendUnavailableError: there is none.
    """
    told = os.environ.get(VARIABLE, "")
    return _found(told, os.environ.get("PATH", ""), machine or machine_flags())


@lru_cache
def _found(told: str, path: str, machine: tuple[str, ...]) -> Compiler:
    if told:
        try:
            command = shlex.split(told)
        except ValueError:
            command = []  # an unbalanced quote
        if not command or shutil.which(command[0], path=path) is None:
            raise BackendUnavailableError(
                f"{VARIABLE} is {told!r}, and no such program is here", installable=True
            )
        return Compiler(tuple(command), machine)
    for name in CANDIDATES:
        if (found := shutil.which(name, path=path)) is not None:
            return Compiler((found,), machine)
    raise BackendUnavailableError("no C++ compiler is here", installable=True)
