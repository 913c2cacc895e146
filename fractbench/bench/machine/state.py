"""state: the machine at one moment: what feeds it, how hot, how busy and how fast it is."""

from __future__ import annotations

import os
import platform
from typing import Literal

from fractbench.backend import Device
from fractbench.bench.machine import apple, linux, nvidia
from fractbench.bench.records.facts import State


def state(device: Device | None = None) -> State:
    """Return the state of the machine, and of the GPU that `device` is."""
    mac = platform.system() == "Darwin"
    live = nvidia.Live() if mac else nvidia.live(device)
    return State(
        power=power(),
        power_mode=apple.power_mode() if mac else linux.power_mode(),
        thermal=apple.thermal() if mac else None,
        load=_load(),
        cpu_mhz=None if mac else _clock(),
        gpu_mhz=live.mhz,
        gpu_celsius=live.celsius,
        throttle=live.throttle,
    )


def power() -> Literal["ac", "battery"] | None:
    """Return what feeds the machine.

    A Linux machine without a battery is fed by the mains; a virtual one does not know its host's.
    """
    import psutil

    if platform.system() == "Darwin":
        return apple.power()
    try:
        battery = psutil.sensors_battery()
    except (OSError, RuntimeError, ValueError, AttributeError):
        return None
    if battery is None:
        return "ac" if platform.system() == "Linux" and linux.virtual() is False else None
    return {True: "ac", False: "battery"}.get(battery.power_plugged)  # type: ignore[return-value]


def _load() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except (OSError, AttributeError):
        return None


def _clock() -> float | None:
    """Return the mean clock of the cores in MHz; macOS only tells a constant, which is not it."""
    import psutil

    try:
        told = psutil.cpu_freq()
    except (OSError, RuntimeError, ValueError, NotImplementedError, AttributeError):
        return None
    return round(float(told.current), 1) if told and told.current else None
