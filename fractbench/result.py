"""RunResult: what `fractbench run --format json` prints, one object."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from fractbench.goldens import verdict
from fractbench.map import Map
from fractbench.zoom.doubt import doubt


class Deep(BaseModel):
    """A deep zoom: the references' precision, and the shares of pixels that one ulp changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bits: int
    references: int
    flips: float
    """Share of pixels whose class one ulp of the first reference and of the difference changes."""
    unsettled: float
    """Share of pixels for which that is so beside every reference."""
    noise: str
    """Why the picture is noise; empty where it is none."""


class RunResult(BaseModel):
    """One finished run. Times are seconds; `run` counts fresh pixels only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["fractbench.run/1"] = Field(
        default="fractbench.run/1", serialization_alias="schema"
    )
    problem: str
    backend: str
    device: str
    contract: str
    dtype: str
    kernel: str
    size: tuple[int, int]
    steps: int
    window: str
    draws: str
    digest: str
    golden: Literal["match", "mismatch", "none"]
    proven: bool | None
    """Whether the device gives its goldens; null under `free`, which promises no bits."""
    class_fractions: dict[str, float]
    converged_fraction: float
    seconds: dict[str, float]
    pixel_steps_per_second: float
    fresh_pixels: int
    tile: int
    files: dict[str, str]
    notes: list[str]
    deep: Deep | None = None
    """What there is to know of a deep zoom; null for a map that was made directly."""


def deep(made: Map) -> Deep | None:
    """Return what is known of a deep zoom."""
    found = doubt(made.accumulators)
    if found is None:
        return None
    return Deep(bits=int(made.made.get("bits", 0)), references=found.references,
                flips=found.flips, unsettled=found.unsettled,
                noise=found.noise)  # fmt: skip


def result(
    made: Map, prepare: float, total: float, files: dict[str, str], proven: bool | None
) -> RunResult:
    """Gather what is known of a finished run."""
    facts = made.made
    seconds = {"prepare": prepare, "run": float(facts["run_seconds"]), "total": total}
    fresh = int(facts["fresh_pixels"])
    return RunResult(
        problem=made.problem.spec,
        backend=str(facts["backend"]),
        device=str(facts["device"]),
        contract=made.arithmetic.contract,
        dtype=made.arithmetic.dtype,
        kernel=str(facts["kernel"]),
        size=(made.grid.width, made.grid.height),
        steps=made.problem.steps,
        window=str(made.grid.window),
        draws=str(made.problem.draws),
        digest=made.digest,
        golden=verdict(made),
        proven=proven,
        class_fractions=made.class_fractions,
        converged_fraction=float(made.converged.mean()),
        seconds={name: round(value, 4) for name, value in seconds.items()},
        pixel_steps_per_second=round(fresh * made.problem.steps / max(seconds["run"], 1e-9), 1),
        fresh_pixels=fresh,
        tile=int(facts["tile"]),
        files=files,
        notes=made.problem.notes(),
        deep=deep(made),
    )
