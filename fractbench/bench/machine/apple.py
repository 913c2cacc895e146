"""apple: what macOS tells of a Mac and its state to everyone, without root."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from fractbench.machine import said

FANLESS = {
    "MacBookAir10,1", "Mac14,2", "Mac14,15", "Mac15,12", "Mac15,13", "Mac16,12", "Mac16,13",
    "Mac17,3", "Mac17,4", "Mac17,5",
}  # fmt: skip
"""MacBook Air of M1 to M5, and MacBook Neo."""
FANS = {
    "Macmini9,1", "MacBookPro17,1", "iMac21,1", "iMac21,2",
    *(f"MacBookPro18,{n}" for n in (1, 2, 3, 4)),
    *(f"Mac13,{n}" for n in (1, 2)),
    *(f"Mac14,{n}" for n in (3, 5, 6, 7, 8, 9, 10, 12, 13, 14)),
    *(f"Mac15,{n}" for n in (3, 4, 5, 6, 7, 8, 9, 10, 11, 14)),
    *(f"Mac16,{n}" for n in (1, 2, 3, 5, 6, 7, 8, 9, 10, 11)),
    *(f"Mac17,{n}" for n in (2, 6, 7, 8, 9)),
}  # fmt: skip
"""The other Macs of M1 to M5: MacBook Pro, iMac, Mac mini, Mac Studio, Mac Pro."""
PRESSURE: dict[str, Literal["nominal", "fair", "serious", "critical"]] = {
    "0": "nominal", "1": "fair", "2": "serious", "3": "critical", "4": "critical",
}  # fmt: skip
"""OSThermalPressureLevel (nominal, moderate, heavy, trapping, sleeping) in Foundation's words."""
PRESSURE_KEY = "com.apple.system.thermalpressurelevel"


@dataclass(frozen=True)
class Gpu:
    """A Mac's only GPU; `metal` is the Metal version that it supports."""

    name: str | None
    cores: int | None
    metal: str | None


def model() -> str | None:
    """Return the model's identifier: ``Mac16,8``."""
    found = said("sysctl", "-n", "hw.model") or ""
    return found if re.fullmatch(r"[A-Za-z]+\d+,\d+", found) else None


def cooling(name: str | None) -> Literal["fan", "fanless"] | None:
    """Return how a model is cooled, where that is certain."""
    if name in FANLESS:
        return "fanless"
    return "fan" if name in FANS else None


def silicon() -> bool:
    """Return whether the chip is Apple's own, also under Rosetta."""
    return said("sysctl", "-n", "hw.optional.arm64") == "1"


def core_kinds() -> tuple[int | None, int | None]:
    """Return the cores at full speed (named Performance or Super) and the Efficiency cores."""
    levels = _number(said("sysctl", "-n", "hw.nperflevels"))
    if not silicon() or not levels:
        return None, None
    counts = {"Efficiency": 0, "Performance": 0, "Super": 0}
    for level in range(levels):
        name = said("sysctl", "-n", f"hw.perflevel{level}.name")
        count = _number(said("sysctl", "-n", f"hw.perflevel{level}.physicalcpu"))
        if name not in counts or count is None:
            return None, None
        counts[name] += count
    return counts["Performance"] + counts["Super"], counts["Efficiency"]


@lru_cache(maxsize=1)
def gpu() -> Gpu:
    """Return the GPU; nothing of it is known if there are several. Takes about a second."""
    try:
        told = json.loads(said("system_profiler", "SPDisplaysDataType", "-json", seconds=10) or "")
        (only,) = told["SPDisplaysDataType"]
        name, cores = only.get("sppci_model"), _number(only.get("sppci_cores"))
        metal = re.fullmatch(
            r"spdisplays_metal(\d+)", only.get("spdisplays_mtlgpufamilysupport", "")
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return Gpu(None, None, None)
    return Gpu(name if isinstance(name, str) else None, cores, metal[1] if metal else None)


def virtual() -> bool | None:
    """Return whether this macOS runs in a virtual machine."""
    return {"0": False, "1": True}.get(said("sysctl", "-n", "kern.hv_vmm_present") or "")


def power() -> Literal["ac", "battery"] | None:
    """Return what feeds the Mac."""
    told = said("pmset", "-g", "batt") or ""
    if "'AC Power'" in told:
        return "ac"
    return "battery" if "'Battery Power'" in told else None


def power_mode() -> Literal["normal", "low", "high"] | None:
    """Return the energy mode in use; older systems know a switch for each of low and high."""
    told = said("pmset", "-g") or ""
    found = dict(re.findall(r"^\s*((?:low|high)?powermode)\s+(\d+)", told, re.MULTILINE))
    modes: dict[str, Literal["normal", "low", "high"]] = {"0": "normal", "1": "low", "2": "high"}
    if "powermode" in found:
        return modes.get(found["powermode"])
    if "1" in (found.get("lowpowermode"), found.get("highpowermode")):
        return "low" if found.get("lowpowermode") == "1" else "high"
    return "normal" if found else None


def thermal() -> Literal["nominal", "fair", "serious", "critical"] | None:
    """Return the thermal pressure; a virtual machine's is always 0, so it is None there."""
    if virtual() is not False:
        return None
    level = (said("notifyutil", "-g", PRESSURE_KEY) or "").removeprefix(PRESSURE_KEY).strip()
    return PRESSURE.get(level)


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isdecimal() else None
