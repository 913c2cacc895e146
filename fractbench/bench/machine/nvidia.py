"""nvidia: what NVML tells of a GPU; without nvidia-ml-py or a driver everything is None."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fractbench.backend import Device
from fractbench.bench.machine.nvml import (
    any_of_one_kind,
    ask,
    found,
    is_cuda,
    opened,
    session,
    text,
)

CORES = {
    (5, 0): 128, (5, 2): 128, (5, 3): 128, (6, 0): 64, (6, 1): 128, (6, 2): 128, (7, 0): 64,
    (7, 2): 64, (7, 5): 64, (8, 0): 64, (8, 6): 128, (8, 7): 128, (8, 9): 128, (9, 0): 128,
    (10, 0): 128, (10, 3): 128, (11, 0): 128, (12, 0): 128, (12, 1): 128,
}  # fmt: skip
"""Float32 cores of a multiprocessor by compute capability, from the CUDA programming guide."""
REASONS = {
    0x4: "sw_power_cap", 0x8: "hw_slowdown", 0x10: "sync_boost", 0x20: "sw_thermal_slowdown",
    0x40: "hw_thermal_slowdown", 0x80: "hw_power_brake_slowdown", 0x100: "display_clock_setting",
    0x200: "board_limit", 0x400: "reliability",
}  # fmt: skip
"""Bits of nvml.h; 1 and 2, idleness and clocks that were asked for, are no throttling."""


@dataclass(frozen=True)
class Gpu:
    """A GPU; memory in GiB."""

    name: str | None = None
    multiprocessors: int | None = None
    memory: int | None = None


@dataclass(frozen=True)
class Live:
    """A GPU at one moment: the multiprocessors' clock in MHz, degrees Celsius, and why slower."""

    mhz: float | None = None
    celsius: float | None = None
    throttle: tuple[str, ...] | None = None


def gpu(device: Device | None) -> Gpu:
    """Return the GPU of a ``cuda:N``; else the machine's, if all of them are of one kind."""
    with session() as api:
        chosen = found(api, device) if is_cuda(device) else any_of_one_kind(api)
        if chosen is None:
            return Gpu()
        memory = ask(api, "nvmlDeviceGetMemoryInfo", chosen)
        total = ask(api, "nvmlDeviceGetNumGpuCores", chosen)
        each = CORES.get(tuple(ask(api, "nvmlDeviceGetCudaComputeCapability", chosen) or ()))
        return Gpu(
            text(ask(api, "nvmlDeviceGetName", chosen)),
            total // each if total and each else None,
            round(memory.total / 2**30) if memory else None,
        )


def drivers() -> tuple[str | None, str | None]:
    """Return the driver's version and the newest CUDA version that it can run."""
    with session() as api:
        cuda = ask(api, "nvmlSystemGetCudaDriverVersion_v2")
        version = f"{cuda // 1000}.{cuda % 1000 // 10}" if cuda else None
        return text(ask(api, "nvmlSystemGetDriverVersion")), version


def live(device: Device | None) -> Live:
    """Return the state of a ``cuda:N``."""
    with session() as api:
        chosen = found(api, device)
        if chosen is None:
            return Live()
        bits = ask(api, "nvmlDeviceGetCurrentClocksEventReasons", chosen)
        if bits is None:
            bits = ask(api, "nvmlDeviceGetCurrentClocksThrottleReasons", chosen)
        names = None if bits is None else tuple(n for bit, n in REASONS.items() if bits & bit)
        clock = ask(api, "nvmlDeviceGetClockInfo", chosen, api.NVML_CLOCK_SM)
        heat = ask(api, "nvmlDeviceGetTemperature", chosen, api.NVML_TEMPERATURE_GPU)
        return Live(_real(clock), _real(heat), names)


def counter(device: Device) -> Callable[[], float] | None:
    """Return a function that tells a GPU's joules since its driver was loaded, if it counts them.

    NVML stays open for it until the process ends.
    """
    api = opened()
    chosen = found(api, device)
    if ask(api, "nvmlDeviceGetTotalEnergyConsumption", chosen) is None:
        return None

    def joules() -> float:
        told = ask(api, "nvmlDeviceGetTotalEnergyConsumption", chosen)
        if told is None:
            raise OSError("NVML no longer tells the energy")
        return float(told) / 1000

    return joules


def _real(told: Any) -> float | None:
    return None if told is None else float(told)
