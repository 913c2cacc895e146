from __future__ import annotations

import platform
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from fractbench.backend import Device
from fractbench.bench.machine import apple
from fractbench.bench.machine.hardware import hardware, release, system
from fractbench.bench.machine.linux import core_kinds, model, virtual
from fractbench.bench.machine.software import checkout, software
from fractbench.machine import chip, cores, said
from machines import commands, h100, linux, mac, nvml

METAL = Device("mlx", "metal", "Apple M4 Pro")
CUDA = Device("torch", "cuda:0", "NVIDIA H100 80GB HBM3")
CPU = Device("native", "cpu")


def test_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    mac(monkeypatch)
    found = hardware(METAL)
    assert (found.chip, found.model, found.architecture) == ("Apple M4 Pro", "Mac16,8", "arm64")
    assert (found.performance_cores, found.efficiency_cores) == (8, 4)
    assert (found.gpu, found.gpu_cores, found.gpu_memory_gib) == ("Apple M4 Pro", 16, None)
    assert (found.unified_memory, found.cooling) == (True, "fan")
    told = system(METAL)
    assert (told.name, told.release, told.metal, told.virtual) == ("Darwin", "26.1", "4", False)
    assert (told.driver, told.cuda) == (None, None)


def test_a_mac_that_says_nothing_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    mac(monkeypatch)
    commands(monkeypatch, {})
    found = hardware(METAL)
    assert (found.model, found.gpu, found.gpu_cores, found.cooling) == (None,) * 4
    assert (found.performance_cores, found.efficiency_cores) == (None, None)
    assert found.unified_memory is None
    assert (system(METAL).metal, system(METAL).virtual) == (None, None)


@pytest.mark.parametrize("told", ["", "no JSON", "[]", "{}", '{"SPDisplaysDataType": []}',
                                  '{"SPDisplaysDataType": [{}, {}]}',
                                  '{"SPDisplaysDataType": [{"sppci_cores": 8}]}'])  # fmt: skip
def test_a_profile_without_one_gpu_tells_none(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    commands(monkeypatch, {"system_profiler SPDisplaysDataType -json": told})
    assert apple.gpu() == apple.Gpu(None, None, None)


def test_super_cores_count_as_performance_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    mac(monkeypatch, hw_perflevel0_name="Super", hw_perflevel1_name="Performance")
    assert apple.core_kinds() == (12, 0)
    mac(monkeypatch, hw_perflevel1_name="Something else")
    assert apple.core_kinds() == (None, None)


@pytest.mark.parametrize(("name", "cooling"), [
    ("Mac14,2", "fanless"), ("MacBookAir10,1", "fanless"), ("Mac16,13", "fanless"),
    ("Mac16,8", "fan"), ("Macmini9,1", "fan"), ("Mac99,1", None), ("VirtualMac2,1", None),
    (None, None),
])  # fmt: skip
def test_cooling_is_told_of_known_models_only(name: str | None, cooling: str | None) -> None:
    assert apple.cooling(name) == cooling


def test_no_mac_has_a_fan_and_has_none() -> None:
    assert not apple.FANS & apple.FANLESS


def test_an_nvidia_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    linux(monkeypatch, tmp_path, {})
    api = nvml(monkeypatch, h100())
    found, told = hardware(CUDA), system(CUDA)
    assert (found.gpu, found.gpu_cores) == ("NVIDIA H100 80GB HBM3", 132)
    assert (found.gpu_memory_gib, found.unified_memory) == (80, False)
    assert (told.driver, told.cuda, told.metal) == ("580.65.06", "13.1", None)
    assert hardware(CPU).gpu == found.gpu
    assert api.open == 0


def test_a_gpu_of_unknown_kind_is_told_as_far_as_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    linux(monkeypatch, tmp_path, {})
    gpu = h100(CudaComputeCapability=(99, 0), Name=b"NVIDIA Next")
    del gpu["MemoryInfo"]
    nvml(monkeypatch, gpu)
    found = hardware(CUDA)
    assert (found.gpu, found.gpu_cores) == ("NVIDIA Next", None)
    assert (found.gpu_memory_gib, found.unified_memory) == (None, None)


def test_a_cpu_beside_unlike_gpus_names_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    linux(monkeypatch, tmp_path, {})
    nvml(monkeypatch, h100(), h100(1, Name="NVIDIA T4"))
    assert hardware(CPU).gpu is None


def test_without_nvml_nothing_of_a_gpu_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    linux(monkeypatch, tmp_path, {})
    assert hardware(CUDA).gpu is None
    assert (system(CUDA).driver, system(CUDA).cuda) == (None, None)


HYBRID = {
    "sys/devices/cpu_core/cpus": "0-3\n", "sys/devices/cpu_atom/cpus": "4-5\n",
    **{f"sys/devices/system/cpu/cpu{n}/topology/thread_siblings_list": siblings
       for n, siblings in enumerate(("0-1", "0-1", "2-3", "2-3", "4", "5"))},
}  # fmt: skip


def test_intels_two_kinds_of_cores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    linux(monkeypatch, tmp_path, HYBRID)
    assert core_kinds() == (2, 2)
    (tmp_path / "sys/devices/cpu_atom/cpus").write_text("4-9")
    assert core_kinds() == (2, None)


@pytest.mark.parametrize(("told", "name"), [
    ("XPS 13 9310\n", "XPS 13 9310"), ("Standard PC (Q35 + ICH9, 2009)\n",) * 2,
    ("To Be Filled By O.E.M.", None), ("System Product Name", None), ("jane@home", None),
    ("Jane's PC", None), ("x" * 80, None), ("", None),
])  # fmt: skip
def test_a_model_that_a_maker_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str, name: str | None
) -> None:
    linux(monkeypatch, tmp_path, {"sys/class/dmi/id/product_name": told})
    assert model() == (name.strip() if name else None)


def test_a_board_without_firmware_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    linux(monkeypatch, tmp_path, {"proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0"})
    assert model() == "Raspberry Pi 5 Model B Rev 1.0"


@pytest.mark.parametrize(("told", "cpuinfo", "wanted"), [
    ("none", "flags\t: fpu hypervisor", False), ("kvm", "", True),
    ("", "flags\t\t: fpu hypervisor vme\n", True), ("", "flags\t: fpu vme\n", False),
    ("", "Features\t: fp asimd\n", None),
])  # fmt: skip
def test_virtual_machines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str, cpuinfo: str, wanted: bool | None
) -> None:
    linux(monkeypatch, tmp_path, {"proc/cpuinfo": cpuinfo}, told)
    assert virtual() is wanted


@pytest.mark.parametrize(("whole", "numbers"), [
    ("6.1.0-janes-box", "6.1.0"), ("6.18.44", "6.18.44"), ("5.15.167.4-microsoft", "5.15.167.4"),
    ("janes-box", None),
])  # fmt: skip
def test_a_release_is_its_numbers(
    monkeypatch: pytest.MonkeyPatch, whole: str, numbers: str | None
) -> None:
    monkeypatch.setattr("platform.mac_ver", lambda: ("", ("", "", ""), ""))
    monkeypatch.setattr("platform.release", lambda: whole)
    assert release() == numbers


def test_this_machine() -> None:
    found, told = hardware(CPU), system(CPU)
    assert found.chip == chip()
    assert found.architecture == platform.machine()
    assert found.threads is not None
    assert found.threads >= cores()
    assert found.memory_gib is not None
    assert found.memory_gib >= 1
    assert told.name == platform.system()
    assert told.release
    assert platform.release().startswith(told.release) or told.name == "Darwin"


def test_a_command_that_hangs_fails_or_is_absent_says_nothing() -> None:
    began = time.monotonic()
    assert said("sleep", "60", seconds=0.05) is None
    assert time.monotonic() - began < 30
    assert said("false") is None
    assert said("no-such-command-anywhere") is None
    assert said("echo", " a\n") == "a"
    assert said("sh", "-c", "echo none; exit 1", statuses=(0, 1)) == "none"


def test_a_command_reads_no_input_and_speaks_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("GIT_DIR", "elsewhere")
    assert said("sh", "-c", "cat; echo $LC_ALL $GIT_DIR") == "C"


def test_software_names_versions() -> None:
    found = software()
    assert found.python == platform.python_version()
    assert found.fractbench == found.packages["fractbench"]
    assert (found.commit is None) == (found.dirty is None)


def repository(folder: Path, name: str) -> Any:
    (folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n')
    settings = ("user.name=n", "user.email=e", "commit.gpgsign=false")
    git = ("git", "-C", str(folder), *(word for one in settings for word in ("-c", one)))
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "first")):
        assert said(*git, *command) is not None
    return said(*git, "rev-parse", "HEAD")


def test_a_checkout_tells_its_commit(tmp_path: Path) -> None:
    commit = repository(tmp_path, "fractbench")
    assert checkout(tmp_path) == (commit, False)
    (tmp_path / "notes.txt").write_text("not tracked")
    assert checkout(tmp_path) == (commit, False)
    (tmp_path / "pyproject.toml").write_text('name = "fractbench"\n')
    assert checkout(tmp_path) == (commit, True)


def test_another_project_around_fractbench_tells_nothing(tmp_path: Path) -> None:
    assert repository(tmp_path, "something-else")
    assert checkout(tmp_path) == (None, None)
    inside = tmp_path / "site-packages"
    inside.mkdir()
    (inside / "pyproject.toml").write_text('name = "fractbench"\n')
    assert checkout(inside) == (None, None)


def test_a_checkout_without_git_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository(tmp_path, "fractbench")
    commands(monkeypatch, {})
    assert checkout(tmp_path) == (None, None)


def test_a_machine_without_any_command_has_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object, **__: object) -> None:
        raise FileNotFoundError

    apple.gpu.cache_clear()
    chip()
    monkeypatch.setattr(subprocess, "run", absent)
    for name in ("Linux", "Darwin", "Windows"):
        monkeypatch.setattr("platform.system", lambda name=name: name)
        assert hardware(CPU).memory_gib
        assert system(CPU).name == name
    apple.gpu.cache_clear()
