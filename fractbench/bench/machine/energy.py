"""energy: counters of joules that can be read without root, one for each kind of Device."""

from __future__ import annotations

import importlib
import platform
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from fractbench.backend import Device
from fractbench.bench.machine import linux, nvidia
from fractbench.bench.machine.nvml import is_cuda


class Meter(Protocol):
    """A counter that only grows; a difference of two readings is the energy between them."""

    source: str
    """Which counter, and what it counts: the whole chip, not this process alone."""

    def joules(self) -> float:
        """Return the joules since some moment.

        Raises:
            OSError: the counter cannot be read any more.
        """


class Nvml:
    """What an NVIDIA GPU with its memory used."""

    source = "NVML, the whole GPU"

    def __init__(self, joules: Callable[[], float]) -> None:
        self._joules = joules

    def joules(self) -> float:
        """Return the joules since the driver was loaded."""
        return self._joules()


class Apple:
    """What an Apple chip used, by the same sum as powermetrics' combined power."""

    source = "zeus-apple-silicon, CPU + GPU + ANE"

    def __init__(self, monitor: Any) -> None:
        self._monitor = monitor

    def joules(self) -> float:
        """Return the joules since the start of the system."""
        told = self._monitor.get_cumulative_energy()
        parts = (told.cpu_total_mj, told.gpu_mj, told.ane_mj)
        if None in parts:
            raise OSError("the chip does not tell the energy of its CPU, GPU and ANE")
        return float(sum(parts)) / 1000


class Rapl:
    """What the processors used, by RAPL; their memory is not counted.

    A counter starts again at zero after its range, which lasts from minutes to hours: it has to be
    read once within that time.
    """

    source = "RAPL, all processor packages"

    def __init__(self, zones: list[Path]) -> None:
        self._zones = {zone: _integer(zone / "max_energy_range_uj") for zone in zones}
        self._last = {zone: _integer(zone / "energy_uj") for zone in zones}
        self._microjoules = 0

    def joules(self) -> float:
        """Return the joules since the Meter was made."""
        for zone, span in self._zones.items():
            now = _integer(zone / "energy_uj")
            grown = now - self._last[zone]
            self._microjoules += grown if grown >= 0 else grown + span
            self._last[zone] = now
        return self._microjoules / 1e6


def meter(device: Device) -> Meter | None:
    """Return the Meter of a Device, or None where nothing can be read without root."""
    if platform.system() == "Darwin":
        return _apple()
    if is_cuda(device):
        joules = nvidia.counter(device)
        return Nvml(joules) if joules else None
    return _rapl() if device.name == "cpu" else None


def _apple() -> Meter | None:
    try:
        made = Apple(importlib.import_module("zeus_apple_silicon").AppleEnergyMonitor())
        made.joules()
    except (ImportError, AttributeError, OSError, RuntimeError):
        return None
    return made


def _rapl() -> Meter | None:
    """Return a Meter of the packages, without their parts, and without the whole platform."""
    zones = [
        zone
        for zone in sorted((linux.ROOT / "sys/class/powercap").glob("intel-rapl:*"))
        if re.fullmatch(r"intel-rapl:\d+", zone.name) and _named(zone).startswith("package")
    ]
    try:
        return Rapl(zones) if zones else None
    except (OSError, ValueError):
        return None


def _named(zone: Path) -> str:
    try:
        return (zone / "name").read_text("utf-8")
    except OSError:
        return ""


def _integer(file: Path) -> int:
    return int(file.read_text("utf-8"))
