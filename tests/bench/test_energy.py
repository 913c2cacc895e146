from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fractbench.backend import Device
from fractbench.bench.machine.energy import meter
from machines import h100, linux, mac, nvml

CPU = Device("numpy", "cpu")
CUDA = Device("mlx", "cuda:0", "NVIDIA H100 80GB HBM3")
RAPL = "sys/class/powercap/intel-rapl:"


def zone(number: str, name: str, energy: int, span: int = 1000) -> dict[str, str]:
    return {
        f"{RAPL}{number}/name": f"{name}\n", f"{RAPL}{number}/energy_uj": f"{energy}\n",
        f"{RAPL}{number}/max_energy_range_uj": f"{span}\n",
    }  # fmt: skip


def set_energy(root: Path, number: str, energy: int) -> None:
    (root / f"{RAPL}{number}/energy_uj").write_text(f"{energy}\n")


def test_packages_are_added_and_counters_start_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    linux(monkeypatch, tmp_path, {
        **zone("0", "package-0", 100), **zone("1", "package-1", 900), **zone("2", "psys", 5),
        **zone("0:0", "core", 7),
    })  # fmt: skip
    found = meter(CPU)
    assert found is not None
    assert "RAPL" in found.source
    assert found.joules() == 0
    set_energy(tmp_path, "0", 350)
    set_energy(tmp_path, "2", 800)
    set_energy(tmp_path, "0:0", 800)
    assert found.joules() == pytest.approx(250e-6)
    set_energy(tmp_path, "1", 150)
    assert found.joules() == pytest.approx(500e-6)
    assert found.joules() == pytest.approx(500e-6)


def test_a_counter_that_only_root_may_read_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    linux(monkeypatch, tmp_path, zone("0", "package-0", 100))
    plain = Path.read_text

    def refuse(path: Path, *arguments: Any, **options: Any) -> str:
        if path.name == "energy_uj":
            raise PermissionError(path)
        return plain(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", refuse)
    assert meter(CPU) is None


def test_a_machine_without_counters_has_no_meter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    linux(monkeypatch, tmp_path, zone("0", "psys", 5))
    assert meter(CPU) is None
    assert meter(CUDA) is None


def test_a_gpu_is_no_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    linux(monkeypatch, tmp_path, zone("0", "package-0", 100))
    assert meter(Device("opencl", "gpu:0")) is None


def test_an_nvidia_gpu_tells_millijoules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    linux(monkeypatch, tmp_path, {})
    gpu = h100()
    nvml(monkeypatch, gpu)
    found = meter(CUDA)
    assert found is not None
    assert found.joules() == 5.0
    gpu["TotalEnergyConsumption"] = 6500
    assert found.joules() == 6.5
    del gpu["TotalEnergyConsumption"]
    with pytest.raises(OSError, match="energy"):
        found.joules()
    assert meter(CUDA) is None


def metrics(cpu: int | None, gpu: int | None, ane: int | None) -> SimpleNamespace:
    return SimpleNamespace(cpu_total_mj=cpu, gpu_mj=gpu, ane_mj=ane, dram_mj=9, gpu_sram_mj=None)


def zeus(monkeypatch: pytest.MonkeyPatch, *told: SimpleNamespace) -> None:
    answers = iter(told)
    monitor = SimpleNamespace(get_cumulative_energy=lambda: next(answers))
    package = SimpleNamespace(AppleEnergyMonitor=lambda: monitor)
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", package)


@pytest.mark.parametrize("device", [CPU, Device("mlx", "metal"), Device("torch", "mps")])
def test_a_mac_adds_what_powermetrics_adds(monkeypatch: pytest.MonkeyPatch, device: Device) -> None:
    mac(monkeypatch)
    zeus(monkeypatch, metrics(0, 0, 0), metrics(1000, 2000, 500))
    found = meter(device)
    assert found is not None
    assert found.joules() == 3.5


def test_a_mac_that_tells_only_a_part_has_no_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    mac(monkeypatch)
    zeus(monkeypatch, metrics(1000, None, 0))
    assert meter(CPU) is None


def test_a_mac_without_the_package_has_no_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    mac(monkeypatch)
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", None)
    assert meter(CPU) is None


def test_a_monitor_that_cannot_subscribe_is_no_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("Failed to create IOReport subscription.")

    mac(monkeypatch)
    package = SimpleNamespace(AppleEnergyMonitor=fail)
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", package)
    assert meter(CPU) is None


def test_this_machine() -> None:
    found = meter(CPU)
    if found is not None:
        first = found.joules()
        assert found.joules() >= first >= 0
