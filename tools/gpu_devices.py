"""The devices that are here and their goldens, each asked in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fractbench.errors import FractbenchError, UsageError

FRACTBENCH = (sys.executable, "-m", "fractbench")
BACKENDS = ("torch", "mlx", "opencl", "jax")
"""Those that are timed."""
KERNELS = ("whole", "fused")
"""The GPU text's kernels: without and with early exits."""


@dataclass(frozen=True)
class Here:
    """The devices of all backends: the names of their fused kernels under exact contracts."""

    fused: dict[str, tuple[str, ...]]

    @classmethod
    def look(cls) -> Here:
        """Ask in a process of its own, so that no framework holds a GPU's memory in this one.

        Raises:
            FractbenchError: it cannot be asked.
        """
        command = [*FRACTBENCH, "backends", "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            raise FractbenchError(f"the backends cannot be listed: {_last(done.stderr)}")
        found = json.loads(done.stdout)["backends"]
        fused: dict[str, tuple[str, ...]] = {
            device["name"]: () for one in found for device in one["devices"]
        }
        for row in (row for one in found for row in one["kernels"]):
            if (row["contract"], row["dtype"]) == ("strict", "float32"):
                fused[row["device"]] = tuple(n for n in KERNELS if n in row["networks"])
        return cls(fused)

    def chosen(self, asked: str, on_cpu: bool) -> list[str]:
        """Return the devices asked for, or all GPUs (CPUs in a dry run) of `BACKENDS`.

        Raises:
            UsageError: one is not here.
        """
        if not asked:
            return [name for name in self.fused
                    if name.partition(":")[0] in BACKENDS and cpu(name) == on_cpu]  # fmt: skip
        named = list(dict.fromkeys(part.strip() for part in asked.split(",")))
        for name in named:
            if name not in self.fused:
                raise UsageError(
                    f"--devices {name!r} is not here; type some of {','.join(self.fused)}"
                )
        return named


def cpu(device: str) -> bool:
    """Return whether a ``backend:device`` is the host's processor."""
    return device.partition(":")[2].startswith("cpu")


@dataclass(frozen=True)
class Verified:
    """What became of all goldens on a device; `trouble` is empty if all of them matched."""

    device: str
    version: str = ""
    matched: int = 0
    total: int = 0
    trouble: str = ""


def verified(device: str, problems: Sequence[str], limit: int) -> Verified:
    """Compare the goldens of some problems, or all, on a device, in so many seconds at most."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "proof.json"
        command = [*FRACTBENCH, "verify", *problems, "--backend", device, "--report",
                   str(report), "--out", folder]  # fmt: skip
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=limit
            )
        except subprocess.TimeoutExpired:
            return Verified(device, trouble=f"not done after {limit} s")
        try:
            [found] = json.loads(report.read_text())["results"]
        except (OSError, ValueError):
            return Verified(device, trouble=f"exit {done.returncode}: {_last(done.stderr)}")
    return outcome(device, found)


def outcome(device: str, found: dict[str, Any]) -> Verified:
    """Return what an entry of a report tells."""
    wrong, trouble = found["mismatches"], found["refusal"]
    if not trouble and wrong:
        one = wrong[0]
        trouble = f"{one['problem']} {one['case']} {one['contract']} {one['dtype']}: {one['found']}"
    elif not trouble and not found["matched"]:
        trouble = "no golden was compared"
    return Verified(device, found["version"], found["matched"], found["total"], trouble)


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1][:200]
