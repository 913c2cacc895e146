"""nvml: NVIDIA's management library, if it is there, and which of its GPUs a Device is.

A GPU's UUID serves to find it and is told to nobody.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fractbench.backend import Device


def is_cuda(device: Device | None) -> bool:
    """Return whether a Device is a ``cuda:N``."""
    return device is not None and device.name.partition(":")[0] == "cuda"


def ask(api: Any, name: str, *arguments: Any) -> Any:
    """Return what an NVML function tells, or None if it does not."""
    # NVML's errors have one class only where the package is there, and a virtual or an old GPU
    # lacks this function or that.
    try:
        return None if api is None else getattr(api, name)(*arguments)
    except Exception:
        return None


@contextmanager
def session() -> Iterator[Any]:
    """Give NVML, or None where there is none, and close it afterwards."""
    api = opened()
    try:
        yield api
    finally:
        ask(api, "nvmlShutdown")


def opened() -> Any:
    """Return NVML, started, or None where the package or the driver is not there."""
    try:
        api = importlib.import_module("pynvml")
        api.nvmlInit()
    except Exception:
        return None
    return api


def _handles(api: Any) -> list[Any]:
    count = ask(api, "nvmlDeviceGetCount") or 0
    return [ask(api, "nvmlDeviceGetHandleByIndex", n) for n in range(count)]


def any_of_one_kind(api: Any) -> Any:
    """Return the handle of a GPU if the machine has one kind of GPU only."""
    every = _handles(api)
    alike = len({text(ask(api, "nvmlDeviceGetName", handle)) for handle in every}) == 1
    return every[0] if alike else None


def found(api: Any, device: Device | None) -> Any:
    """Return the handle of a ``cuda:N`` as CUDA_VISIBLE_DEVICES counts it, if that is certain."""
    if device is None or not is_cuda(device):
        return None
    number, every = int(device.name.partition(":")[2] or 0), _handles(api)
    names = os.environ.get("CUDA_VISIBLE_DEVICES", ",".join(map(str, range(len(every)))))
    entry = [name.strip() for name in names.split(",")][number : number + 1]
    if not entry or not entry[0]:
        return None
    if entry[0].startswith("MIG-"):
        return ask(api, "nvmlDeviceGetHandleByUUID", entry[0])
    if entry[0].startswith("GPU-"):
        named = [
            h for h in every if (text(ask(api, "nvmlDeviceGetUUID", h)) or "").startswith(entry[0])
        ]
        return named[0] if len(named) == 1 else None
    return _numbered(api, every, entry[0], device.chip)


def _numbered(api: Any, every: list[Any], entry: str, chip: str) -> Any:
    """Return the handle of CUDA's number.

    CUDA counts the fastest first unless told otherwise, NVML by the bus. They agree where all are
    of one kind; else a GPU that is the only one of its name can be told by it.
    """
    names = [text(ask(api, "nvmlDeviceGetName", handle)) for handle in every]
    if os.environ.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID" or len(set(names)) == 1:
        place = int(entry) if entry.isdecimal() else len(every)
    else:
        place = names.index(chip) if names.count(chip) == 1 else len(every)
    chosen = every[place] if place < len(every) else None
    mode = ask(api, "nvmlDeviceGetMigMode", chosen)
    # A GPU that is cut in instances is not what CUDA runs on: that is one of its instances.
    return None if mode and mode[0] else chosen


def text(told: Any) -> str | None:
    """Return a text of NVML; older packages give bytes."""
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else told
