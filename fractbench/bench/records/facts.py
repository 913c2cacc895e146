"""Facts of a Record: the machine and its state, the software, and what was asked for.

Every field is one that may be shared: there is none for a host's, a user's or a device's own name,
for a serial number or for a path. What could not be found out is None, never a guess.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Facts(BaseModel):
    """A part of a Record: exact types, no field besides its own, no change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Spec(Facts):
    """What map was made. `window` is (low, high) decimal strings per axis."""

    problem: str
    contract: str
    dtype: str
    size: tuple[int, int]
    steps: int
    window: tuple[tuple[str, str], ...]
    draws: str
    inputs: str
    """SHA-256 of everything that a kernel is given besides the pixels."""
    key: str
    """The map's short name: equal keys, equal maps wanted."""


class KernelFacts(Facts):
    """Who made it. `source` is the SHA-256 of the texts that the kernel is made of.

    `tile` and `early_exit` are unknown if the kernel could not be prepared.
    """

    name: str
    arithmetic: str
    source: str | None
    tile: int | None
    early_exit: bool | None
    """Whether pixels that have overflowed are left early, so that not every pixel-step is run."""


class BackendFacts(Facts):
    """The framework. `precision` is as in force, `environment` what was set before its import."""

    name: str
    device: str
    chip: str | None
    version: str | None
    precision: dict[str, str]
    environment: dict[str, str]
    threads: int | None


class Software(Facts):
    """Versions; `commit` and `dirty` are known only in a checkout."""

    fractbench: str
    commit: str | None
    dirty: bool | None
    python: str
    packages: dict[str, str | None]


class Hardware(Facts):
    """The machine. `model` is the maker's word for all machines of its kind."""

    chip: str
    architecture: str
    model: str | None
    cores: int | None
    performance_cores: int | None
    efficiency_cores: int | None
    threads: int | None
    memory_gib: int | None
    gpu: str | None
    gpu_cores: int | None
    """Apple's GPU cores or NVIDIA's multiprocessors."""
    gpu_memory_gib: int | None
    unified_memory: bool | None
    cooling: Literal["fan", "fanless"] | None


class System(Facts):
    """The operating system and drivers."""

    name: str
    release: str | None
    driver: str | None
    cuda: str | None
    metal: str | None
    virtual: bool | None


class State(Facts):
    """The machine at one moment. `load` is the load average of one minute."""

    power: Literal["ac", "battery"] | None
    power_mode: Literal["normal", "low", "high"] | None
    thermal: Literal["nominal", "fair", "serious", "critical"] | None
    load: float | None
    cpu_mhz: float | None
    gpu_mhz: float | None
    gpu_celsius: float | None
    throttle: tuple[str, ...] | None
    """NVIDIA's reasons to run slower, empty if there are none."""
