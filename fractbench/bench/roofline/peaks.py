"""peak: the makers' own figures for float32, from data/peaks.toml, where the sources are."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from fractbench.backend import Device
from fractbench.bench.records.facts import Hardware

FAMILIES = ("cuda", "metal", "mps")
"""The devices that have a peak here: GPUs, by the first part of their names."""


@dataclass(frozen=True)
class Peak:
    """One product: `names` as drivers tell them, `gpu_cores` where its maker sells several.

    `teraflops` is the figure of `source`; `lanes` numbers a clock of `mhz` give it again, where
    both are known.
    """

    names: tuple[str, ...]
    teraflops: float
    source: str
    published: bool
    """By the maker, rather than computed by others from cores and clocks."""
    gpu_cores: int | None = None
    lanes: int | None = None
    mhz: float | None = None


def peak(device: Device, hardware: Hardware) -> tuple[float, str] | None:
    """Return operations per second in float32, without matrix units, and where that is told.

    None for CPUs, for names that are not in the table exactly, and where several products bear the
    name and the number of GPU cores is not known.
    """
    if device.name.partition(":")[0] not in FAMILIES:
        return None
    for name in (device.chip, hardware.gpu):
        found = [p for p in table() if name and normal(name) in map(normal, p.names)]
        if any(p.gpu_cores is not None for p in found):
            found = [p for p in found if p.gpu_cores == hardware.gpu_cores]
        if found:
            return found[0].teraflops * 1e12, found[0].source
    return None


@lru_cache(maxsize=1)
def table() -> tuple[Peak, ...]:
    """Return all entries."""
    text = (files("fractbench") / "data" / "peaks.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    sources = read["sources"]
    return tuple(
        Peak(
            names=tuple(entry["names"]),
            teraflops=entry["teraflops"],
            source=sources[entry["source"]]["text"],
            published=sources[entry["source"]]["published"],
            gpu_cores=entry.get("gpu_cores"),
            lanes=entry.get("lanes"),
            mhz=entry.get("mhz"),
        )
        for entry in read["peak"]
    )


def normal(name: str) -> str:
    """Return a name in lower case with single spaces."""
    return " ".join(name.lower().split())
