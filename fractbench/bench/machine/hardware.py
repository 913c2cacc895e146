"""hardware: the machine, its operating system and drivers, as facts that may be shared."""

from __future__ import annotations

import platform
import re

from fractbench.backend import Device
from fractbench.bench.machine import apple, linux, nvidia
from fractbench.bench.records.facts import Hardware, System
from fractbench.machine import chip


def hardware(device: Device | None = None) -> Hardware:
    """Return the machine: with the GPU that `device` is, or else the machine's only kind of GPU."""
    import psutil

    mac = platform.system() == "Darwin"
    model = apple.model() if mac else linux.model()
    performance, efficiency = apple.core_kinds() if mac else linux.core_kinds()
    gpu, cores, memory, unified = _mac_gpu() if mac else _nvidia_gpu(device)
    return Hardware(
        chip=chip(),
        architecture=platform.machine(),
        model=model,
        cores=psutil.cpu_count(logical=False),
        performance_cores=performance,
        efficiency_cores=efficiency,
        threads=psutil.cpu_count(),
        memory_gib=round(psutil.virtual_memory().total / 2**30),
        gpu=gpu,
        gpu_cores=cores,
        gpu_memory_gib=memory,
        unified_memory=unified,
        cooling=apple.cooling(model) if mac else None,
    )


def system(device: Device | None = None) -> System:
    """Return the operating system; drivers are the machine's, whichever `device` is meant."""
    mac = platform.system() == "Darwin"
    driver, cuda = (None, None) if mac else nvidia.drivers()
    return System(
        name=platform.system(),
        release=release(),
        driver=driver,
        cuda=cuda,
        metal=apple.gpu().metal if mac else None,
        virtual=virtual(),
    )


def release() -> str | None:
    """Return the system's release as numbers: what follows them is whatever a builder wrote."""
    numbers = re.match(r"\d+(\.\d+)*", platform.mac_ver()[0] or platform.release())
    return numbers[0] if numbers else None


def virtual() -> bool | None:
    """Return whether this is a virtual machine."""
    asked = {"Darwin": apple.virtual, "Linux": linux.virtual}.get(platform.system())
    return asked() if asked else None


def _mac_gpu() -> tuple[str | None, int | None, int | None, bool | None]:
    found = apple.gpu()
    return found.name, found.cores, None, True if apple.silicon() else None


def _nvidia_gpu(device: Device | None) -> tuple[str | None, int | None, int | None, bool | None]:
    found = nvidia.gpu(device)
    # NVML counts the memory of GPUs that have their own; of the others it knows none.
    unified = None if found.memory is None else False
    return found.name, found.multiprocessors, found.memory, unified
