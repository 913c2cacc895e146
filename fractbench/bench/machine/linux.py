"""linux: what /sys and /proc tell of a machine and its state to everyone, without root."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from fractbench.bench.machine.privacy import clean
from fractbench.machine import said

ROOT = Path("/")
PLACEHOLDERS = (
    "o.e.m.", "default string", "system product name", "not specified", "not applicable",
    "none", "unknown", "n/a", "undefined", "empty",
)  # fmt: skip
"""What boards say whose maker did not fill in a model."""
PROFILES: dict[str | None, Literal["normal", "low", "high"]] = {
    "low-power": "low", "balanced": "normal", "balanced-performance": "normal",
    "performance": "high", "max-power": "high",
}  # fmt: skip
"""The kernel's platform profiles; cool and quiet limit heat and noise, and are left out."""


def read(path: str) -> str | None:
    """Return a file's text below `ROOT`, stripped, or None."""
    try:
        return (ROOT / path).read_text("utf-8", "replace").strip("\0\n\t ")
    except OSError:
        return None


def model() -> str | None:
    """Return the maker's name of the model.

    The file is the firmware's, and could have been given a name of one's own; what reads like more
    than a model's name is left out.
    """
    told = read("sys/class/dmi/id/product_name") or read("proc/device-tree/model") or ""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 .,()+/_-]{0,63}", told) or clean(told) != told:
        return None
    return None if any(word in told.lower() for word in PLACEHOLDERS) else told


def virtual() -> bool | None:
    """Return whether this Linux runs in a virtual machine; a container is none."""
    # It says "none" with a status of 1.
    told = said("systemd-detect-virt", "--vm", statuses=(0, 1))
    if told:
        return told != "none"
    flags = re.search(r"^flags\s*:(.*)$", read("proc/cpuinfo") or "", re.MULTILINE)
    return "hypervisor" in flags[1].split() if flags else None


def core_kinds() -> tuple[int | None, int | None]:
    """Return the performance and efficiency cores of Intel's hybrid processors."""
    return _cores("cpu_core"), _cores("cpu_atom")


def power_mode() -> Literal["normal", "low", "high"] | None:
    """Return the platform's profile in use, as far as it is one of speed."""
    return PROFILES.get(read("sys/firmware/acpi/platform_profile"))


def _cores(kind: str) -> int | None:
    """Return the physical cores of a kind: its threads with the same siblings are one core."""
    threads = _numbers(read(f"sys/devices/{kind}/cpus") or "")
    siblings = {
        read(f"sys/devices/system/cpu/cpu{n}/topology/thread_siblings_list") for n in threads
    }
    return None if None in siblings or not siblings else len(siblings)


def _numbers(text: str) -> list[int]:
    """Return the numbers of a list such as ``0-7,16``, or none if it is no such list."""
    if not re.fullmatch(r"\d+(-\d+)?(,\d+(-\d+)?)*", text):
        return []
    spans = [span.split("-") for span in text.split(",")]
    return [n for span in spans for n in range(int(span[0]), int(span[-1]) + 1)]
