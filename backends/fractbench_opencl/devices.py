"""devices: what the installed OpenCL drivers offer, under names that one can type."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache

import pyopencl as cl

from fractbench.errors import BackendUnavailableError

KINDS = (
    ("gpu", cl.device_type.GPU),
    ("accelerator", cl.device_type.ACCELERATOR),
    ("cpu", cl.device_type.CPU),
)
"""Short names and OpenCL's types, best first."""
DRIVER = (
    "install the GPU's OpenCL driver, or for CPUs PoCL (on Debian and Ubuntu: "
    "apt install pocl-opencl-icd)"
)


@lru_cache(maxsize=1)
def found() -> dict[str, cl.Device]:
    """Return every usable device by name: ``gpu:0``, ``gpu:1``, ``accelerator:0``, ``cpu``.

    Platforms are taken in the order of their names, so that a name stays with its device.

    Raises:
        BackendUnavailableError: there is no driver, or it offers no device.
    """
    said: list[str] = []
    usable = [d for platform in platforms() for d in devices_of(platform, said) if works(d)]
    named: dict[str, cl.Device] = {}
    for kind, bit in KINDS:
        for device in (d for d in usable if d.type & bit):
            count = sum(name.partition(":")[0] == kind for name in named)
            named["cpu" if (kind, count) == ("cpu", 0) else f"{kind}:{count}"] = device
    if not named:
        reason = "; ".join(["no OpenCL driver offers a device", *said])
        raise BackendUnavailableError(f"{reason}; {DRIVER}")
    return named


def platforms() -> list[cl.Platform]:
    """Return the drivers, in the order of their names.

    Raises:
        BackendUnavailableError: there is none.
    """
    try:
        return sorted(cl.get_platforms(), key=lambda platform: str(platform.name))
    except cl.Error as error:
        raise BackendUnavailableError(f"no OpenCL driver found; {DRIVER}") from error


def devices_of(platform: cl.Platform, said: list[str]) -> list[cl.Device]:
    """Return a driver's devices; what one that fails says is appended to `said`."""
    try:
        return list(platform.get_devices())
    except cl.Error as error:
        first = (str(error).splitlines() or ["an error"])[0].rpartition(": ")[2]
        said.append(f"{' '.join(str(platform.name).split())} says {first}")
        return []


def works(device: cl.Device) -> bool:
    """Tell whether a device can run our kernels: there now, with a compiler, little-endian."""
    return bool(device.available and device.compiler_available and device.endian_little)


def doubles(device: cl.Device) -> bool:
    """Tell whether a device has float64."""
    return "cl_khr_fp64" in device.extensions.split()


def settings(name: str, formats: Sequence[str]) -> dict[str, str]:
    """Return what decides how a device rounds; no option here is ours."""
    device, keeps = found()[name], cl.device_fp_config.DENORM
    configs = {"float32": "single_fp_config", "float64": "double_fp_config"}
    told = {
        f"subnormals {dtype}": "kept" if getattr(device, configs[dtype]) & keeps else "flushed"
        for dtype in formats
    }
    added = os.environ.get("PYOPENCL_BUILD_OPTIONS", "").strip()
    driver = " ".join(f"{device.platform.name} {device.driver_version}".split())
    return {
        "driver": driver,
        "build options": "from PYOPENCL_BUILD_OPTIONS" if added else "none",
        **told,
    }


def chip(device: cl.Device) -> str:
    """Return the device's own name, on one line."""
    return " ".join(str(device.name).split())
