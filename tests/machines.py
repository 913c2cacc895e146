"""Fake machines for tests of facts: commands, files and NVML that answer from a script."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fractbench.bench.machine import apple

PROFILER = """{"SPDisplaysDataType": [{"_name": "Apple M4 Pro", "sppci_model": "Apple M4 Pro",
"sppci_cores": "16", "spdisplays_mtlgpufamilysupport": "spdisplays_metal4",
"spdisplays_ndrvs": [{"_name": "Jane's Display", "_spdisplays_display-serial-number": "SECRET"}]}]}
"""
MAC = {
    "sysctl -n hw.model": "Mac16,8",
    "sysctl -n hw.optional.arm64": "1",
    "sysctl -n hw.nperflevels": "2",
    "sysctl -n hw.perflevel0.name": "Performance",
    "sysctl -n hw.perflevel0.physicalcpu": "8",
    "sysctl -n hw.perflevel1.name": "Efficiency",
    "sysctl -n hw.perflevel1.physicalcpu": "4",
    "sysctl -n kern.hv_vmm_present": "0",
    "system_profiler SPDisplaysDataType -json": PROFILER,
    "pmset -g batt": "Now drawing from 'Battery Power'\n -InternalBattery-0\t80%; discharging",
    "pmset -g": "System-wide power settings:\nCurrently in use:\n lowpowermode     1\n sleep  1",
    f"notifyutil -g {apple.PRESSURE_KEY}": f"{apple.PRESSURE_KEY} 1",
}


def commands(monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, str]) -> None:
    """Let the system's commands answer from a table, and be absent where it has no row."""

    def said(*command: str, **_: object) -> str | None:
        return answers.get(" ".join(command))

    for place in ("apple", "linux", "software"):
        monkeypatch.setattr(f"fractbench.bench.machine.{place}.said", said)
    apple.gpu.cache_clear()


def mac(monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    """Make this a Mac; the name of a change is a command's last word, with _ for dots."""
    answers = dict(MAC)
    for name, value in changes.items():
        keys = [key for key in MAC if key.split()[-1] == name.replace("_", ".") or key == name]
        answers[keys[0]] = value
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    monkeypatch.setattr("platform.mac_ver", lambda: ("26.1", ("", "", ""), "arm64"))
    monkeypatch.setattr("fractbench.bench.machine.hardware.chip", lambda: "Apple M4 Pro")
    commands(monkeypatch, answers)


def linux(
    monkeypatch: pytest.MonkeyPatch, root: Path, files: Mapping[str, str], virtual: str = "none"
) -> None:
    """Make this a Linux machine with the given files and no others."""
    for name, content in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("fractbench.bench.machine.hardware.chip", lambda: "AMD EPYC 9554")
    monkeypatch.setattr("fractbench.bench.machine.linux.ROOT", root)
    commands(monkeypatch, {"systemd-detect-virt --vm": virtual})
    monkeypatch.setitem(sys.modules, "pynvml", None)


class Nvml:
    """NVML as nvidia-ml-py gives it; a GPU is a dict of answers, absent ones are errors."""

    NVML_CLOCK_SM, NVML_TEMPERATURE_GPU = 1, 0

    def __init__(self, gpus: Sequence[Mapping[str, Any]], driver: str = "580.65.06") -> None:
        self.gpus, self.driver, self.open = gpus, driver, 0

    def nvmlInit(self) -> None:  # noqa: N802
        self.open += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.open -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Mapping[str, Any]:  # noqa: N802
        return self.gpus[index]

    def nvmlSystemGetDriverVersion(self) -> bytes:  # noqa: N802
        return self.driver.encode()

    def nvmlSystemGetCudaDriverVersion_v2(self) -> int:  # noqa: N802
        return 13010

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not self.open:
            raise RuntimeError("NVML is not initialised")
        return lambda handle, *_: handle[name.removeprefix("nvmlDeviceGet")]


def h100(number: int = 0, **changes: Any) -> dict[str, Any]:
    """Return a GPU's answers."""
    return {
        "Name": "NVIDIA H100 80GB HBM3", "UUID": f"GPU-{number}aaaaaaa-1111-2222-3333-444444444444",
        "MemoryInfo": SimpleNamespace(total=85520809984), "NumGpuCores": 16896,
        "CudaComputeCapability": (9, 0), "MigMode": [0, 0], "TotalEnergyConsumption": 5000,
        "CurrentClocksEventReasons": 0x1 | 0x4 | 0x20, "ClockInfo": 1980 - number,
        "Temperature": 41, **changes,
    }  # fmt: skip


def nvml(monkeypatch: pytest.MonkeyPatch, *gpus: Mapping[str, Any]) -> Nvml:
    """Put GPUs into this machine."""
    made = Nvml(gpus)
    monkeypatch.setitem(sys.modules, "pynvml", made)
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
        monkeypatch.delenv(name, raising=False)
    return made
