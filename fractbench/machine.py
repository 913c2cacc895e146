"""machine: what may be told of the machine: chip, memory and systems, never a name or a path."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("fractbench", "numpy", "mlx", "jax", "jaxlib", "torch")
SECONDS = 5.0
"""How long a command of the system may take to say something."""


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
    """Return the cores that this process may use, or what `FRACTBENCH_THREADS` says."""
    told = os.environ.get("FRACTBENCH_THREADS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
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


def said(*command: str, statuses: tuple[int, ...] = (0,), seconds: float = SECONDS) -> str | None:
    """Return what a command prints, stripped; None if it is absent, fails or takes too long."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            encoding="utf-8", errors="replace", timeout=seconds, env=_environment(), check=False,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode in statuses else None


def _environment() -> dict[str, str]:
    """Return an environment in which commands speak English, and git asks about no other place.

    macOS keeps sysctl and system_profiler where a short PATH does not look.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    path = os.pathsep.join([kept.get("PATH", os.defpath), "/usr/bin", "/bin", "/usr/sbin", "/sbin"])
    return {**kept, "PATH": path, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
