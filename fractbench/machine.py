"""machine: what may be told of the machine: chip, memory and systems, never a name or a path."""

from __future__ import annotations

import os
import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("fractbench", "numpy", "mlx", "jax", "jaxlib", "torch")


def machine() -> dict[str, object]:
    """Return the processor, its cores, the memory in GiB, the operating system and Python."""
    import psutil

    return {
        "chip": chip(),
        "architecture": platform.machine(),
        "cores": psutil.cpu_count(logical=False),
        "threads": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
        "system_release": platform.mac_ver()[0] or platform.release(),
        "python": platform.python_version(),
    }


def cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@lru_cache(maxsize=1)
def chip() -> str:
    """Return the processor's name; looking it up takes a second."""
    from cpuinfo import get_cpu_info

    return str(get_cpu_info().get("brand_raw") or platform.processor() or platform.machine())


def packages() -> dict[str, str | None]:
    """Return the installed version of every package that can change a map; None if absent."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found
