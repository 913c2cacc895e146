from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from fractbench.backend import Device
from fractbench.bench.machine.apple import power, power_mode, thermal
from fractbench.bench.machine.nvidia import gpu, live
from fractbench.bench.machine.state import state
from machines import MAC, commands, h100, linux, mac, nvml

METAL = Device("mlx", "metal")
CPU = Device("native", "cpu")


def cuda(number: int, chip: str = "NVIDIA H100 80GB HBM3") -> Device:
    return Device("torch", f"cuda:{number}", chip)


def test_a_mac_on_battery_in_low_power_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    mac(monkeypatch)
    found = state(METAL)
    assert (found.power, found.power_mode, found.thermal) == ("battery", "low", "fair")
    assert (found.cpu_mhz, found.gpu_mhz, found.throttle) == (None, None, None)


@pytest.mark.parametrize(("told", "wanted"), [
    ("Now drawing from 'AC Power'\n", "ac"), ("Now drawing from 'Battery Power'", "battery"),
    ("Now drawing from 'UPS Power'", None), ("", None),
])  # fmt: skip
def test_what_feeds_a_mac(monkeypatch: pytest.MonkeyPatch, told: str, wanted: str | None) -> None:
    commands(monkeypatch, {"pmset -g batt": told})
    assert power() == wanted


@pytest.mark.parametrize(("told", "wanted"), [
    (" powermode            0\n", "normal"), (" powermode            1\n", "low"),
    (" powermode            2\n", "high"), (" powermode            7\n", None),
    (" lowpowermode         0\n", "normal"), (" lowpowermode         1\n", "low"),
    (" lowpowermode 0\n highpowermode 1\n", "high"), (" sleep  1\n", None), ("", None),
])  # fmt: skip
def test_a_macs_energy_mode(monkeypatch: pytest.MonkeyPatch, told: str, wanted: str | None) -> None:
    commands(monkeypatch, {"pmset -g": told})
    assert power_mode() == wanted


@pytest.mark.parametrize(("level", "wanted"), [
    ("0", "nominal"), ("1", "fair"), ("2", "serious"), ("3", "critical"), ("4", "critical"),
    ("9", None), ("", None),
])  # fmt: skip
def test_a_macs_thermal_pressure(
    monkeypatch: pytest.MonkeyPatch, level: str, wanted: str | None
) -> None:
    key = next(name for name in MAC if name.startswith("notifyutil"))
    commands(monkeypatch, MAC | {key: f"{key.split()[-1]} {level}"})
    assert thermal() == wanted
    commands(monkeypatch, MAC | {key: "x 0", "sysctl -n kern.hv_vmm_present": "1"})
    assert thermal() is None


def test_a_machine_with_no_gpu_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    linux(monkeypatch, tmp_path, {"sys/firmware/acpi/platform_profile": "performance\n"})
    nvml(monkeypatch, h100())
    found = state(CPU)
    assert (found.power_mode, found.gpu_mhz, found.throttle) == ("high", None, None)
    assert (found.thermal, state(None).gpu_celsius) == (None, None)


def test_a_cool_profile_is_no_speed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    linux(monkeypatch, tmp_path, {"sys/firmware/acpi/platform_profile": "cool\n"})
    assert state(CPU).power_mode is None


@pytest.mark.parametrize(("plugged", "virtual", "wanted"), [
    (True, "none", "ac"), (False, "none", "battery"), (None, "none", None),
    ("no battery", "none", "ac"), ("no battery", "kvm", None), ("no driver", "none", None),
])  # fmt: skip
def test_what_feeds_a_linux_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plugged: object, virtual: str,
    wanted: str | None,
) -> None:  # fmt: skip
    def battery() -> object:
        if plugged == "no driver":
            raise FileNotFoundError
        return None if plugged == "no battery" else SimpleNamespace(power_plugged=plugged)

    linux(monkeypatch, tmp_path, {}, virtual)
    monkeypatch.setattr("psutil.sensors_battery", battery, raising=False)
    assert state(CPU).power == wanted


def test_why_a_gpu_runs_slower(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    linux(monkeypatch, tmp_path, {})
    api = nvml(monkeypatch, h100())
    found = state(cuda(0))
    assert (found.gpu_mhz, found.gpu_celsius) == (1980.0, 41.0)
    assert found.throttle == ("sw_power_cap", "sw_thermal_slowdown")
    assert api.open == 0


def test_idle_and_asked_for_clocks_are_no_throttling(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml(monkeypatch, h100(CurrentClocksEventReasons=0x3))
    assert live(cuda(0)).throttle == ()


def test_an_older_driver_has_an_older_word(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = h100(CurrentClocksThrottleReasons=0x40)
    del gpu["CurrentClocksEventReasons"]
    nvml(monkeypatch, gpu)
    assert live(cuda(0)).throttle == ("hw_thermal_slowdown",)
    del gpu["CurrentClocksThrottleReasons"], gpu["Temperature"]
    assert (live(cuda(0)).throttle, live(cuda(0)).celsius) == (None, None)


@pytest.mark.parametrize(("visible", "device", "chosen"), [
    (None, 0, 0), (None, 2, 2), (None, 3, None), ("2,0", 0, 2), ("2,0", 1, 0), (" 1 , 2", 1, 2),
    ("", 0, None), ("-1", 0, None), ("2,0", 2, None), ("GPU-1aaaaaaa", 0, 1),
    ("0,GPU-2aaaaaaa-1111-2222-3333-444444444444", 1, 2), ("GPU-ffff", 0, None), ("GPU-", 0, None),
])  # fmt: skip
def test_which_gpu_cuda_means(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, device: int, chosen: int | None
) -> None:
    nvml(monkeypatch, h100(0), h100(1), h100(2))
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = live(cuda(device)).mhz
    assert found == (None if chosen is None else 1980.0 - chosen)


def test_unlike_gpus_are_told_apart_by_order_or_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml(monkeypatch, h100(0, Name="NVIDIA T4"), h100(1), h100(2, Name="NVIDIA T4"))
    assert live(cuda(0)).mhz == 1979.0
    assert live(cuda(1, "NVIDIA T4")).mhz is None
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    assert live(cuda(2, "NVIDIA T4")).mhz == 1978.0


def test_a_gpu_cut_in_instances_is_not_what_cuda_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    api = nvml(monkeypatch, h100(MigMode=[1, 1]))
    assert gpu(cuda(0)).name is None
    api.nvmlDeviceGetHandleByUUID = lambda name: {"Name": name}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-5")
    assert gpu(cuda(0)).name == "MIG-5"


def test_this_machine() -> None:
    found = state(CPU)
    assert found.load is not None
    assert found.load >= 0
    assert found.throttle is None
