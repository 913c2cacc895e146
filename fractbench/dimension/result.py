"""DimensionResult: what `fractbench dimension --format json` prints, one object."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from fractbench.dimension.figures import Figure


class Part(BaseModel):
    """A part of the result: nothing beside its fields, and nothing that changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FrameFacts(Part):
    """One map; `edges` is the share of 2 x 2 blocks (of pairs, on a line) that hold both classes.

    Of `flip_pixels` pixels trained again one ulp off, `flips` changed their class; null: unknown.
    """

    view: str
    window: str
    arithmetic: str
    digest: str
    converged_fraction: float
    edges: float
    flip_pixels: int | None
    flips: int | None


class Row(Part):
    """A line of the table: the published estimate, the better one, its 95 % interval.

    `small` and `large` are its slopes at small and at large boxes; a line has none.
    `same_frames` is the map's own better figure on the frames of a row that has fewer than all.
    """

    name: str
    published: float | None
    value: float | None
    low: float | None
    high: float | None
    small: float | None = None
    large: float | None = None
    frames: int
    same_frames: float | None = None
    note: str = ""

    @classmethod
    def of(cls, name: str, found: Figure, same: Figure | None = None) -> Row:
        """Return the row of a figure."""
        return cls(
            name=name, published=found.published, value=found.value, low=found.low,
            high=found.high, small=found.small, large=found.large, frames=found.frames,
            note=found.note,
            same_frames=None if same is None else same.value,
        )  # fmt: skip


class FlipFacts(Part):
    """The share of pixels whose class one ulp changes, over all frames and in the worst one."""

    share: float | None
    pixels: int
    changed: int
    worst_view: str | None
    worst_share: float | None
    note: str = ""


class VerdictFacts(Part):
    """`told` from noise, `noise`, or `none`: there is no dimension; whether flips are a reason."""

    standing: Literal["told", "noise", "none"]
    sentence: str
    round_off: bool


class DimensionResult(Part):
    """One study; the first row is the map, the others are its controls."""

    schema_: Literal["fractbench.dimension/1"] = Field(
        default="fractbench.dimension/1", alias="schema"
    )
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    problem: str
    view: str
    size: int
    steps: int
    seed: int
    estimator: Literal["boxes", "pairs"]
    boundary: str
    device: str
    frames: list[FrameFacts]
    rows: list[Row]
    flips: FlipFacts
    verdict: VerdictFacts
    proven: bool
    notes: list[str]
    seconds: float
