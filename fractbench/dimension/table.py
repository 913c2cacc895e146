"""table: a DimensionResult -> the cells and sentences that a person reads."""

from __future__ import annotations

from collections.abc import Sequence

from fractbench.dimension.result import DimensionResult, FlipFacts, Row

HEADS = {
    "boxes": ("", "published", "fitted", "95 % interval", "small, large boxes", "frames", "note"),
    "pairs": ("", "pairs", "95 % interval", "frames", "note"),
}
NOTHING = "-"


def heads(found: DimensionResult) -> Sequence[str]:
    """Return the heads of the columns; a line has Liu's pairs alone."""
    return HEADS[found.estimator]


def cells(found: DimensionResult) -> list[Sequence[str]]:
    """Return the lines of the table: the map, its controls, the flips."""
    first = found.rows[0].note
    made = [
        _row(row, "" if k and row.note == first else row.note) for k, row in enumerate(found.rows)
    ]
    made.append(["one-ulp flips", NOTHING, share(found.flips.share), NOTHING, NOTHING,
                 str(len(found.frames)), flip_note(found.flips)])  # fmt: skip
    if found.estimator == "pairs":
        return [[*row[:1], *row[2:4], *row[5:]] for row in made]
    return list(made)


def _row(row: Row, note: str) -> list[str]:
    same = "" if row.same_frames is None else f"the map on the same frames: {row.same_frames:.3f}"
    ends = (
        NOTHING if row.small is None or row.large is None else f"{row.small:.2f}, {row.large:.2f}"
    )
    return [row.name, number(row.published), number(row.value), interval(row), ends,
            str(row.frames), "; ".join(filter(None, (same, note)))]  # fmt: skip


def interval(row: Row) -> str:
    """Return an interval as it is printed."""
    return NOTHING if row.low is None or row.high is None else f"{row.low:.3f} to {row.high:.3f}"


def number(value: float | None) -> str:
    """Return a dimension as it is printed; nothing is known where there is none."""
    return NOTHING if value is None else f"{value:.3f}"


def share(value: float | None) -> str:
    """Return a share of pixels in percent."""
    return NOTHING if value is None else f"{value:.2%}"


def flip_note(flips: FlipFacts) -> str:
    """Return how the flips were counted."""
    counted = f"{flips.changed} of {flips.pixels} pixels" if flips.pixels else ""
    worst = (
        f"most in {flips.worst_view}: {share(flips.worst_share)}"
        if flips.worst_view and flips.changed
        else ""
    )
    return "; ".join(filter(None, (counted, worst, flips.note)))


def summary(found: DimensionResult) -> list[tuple[str, str]]:
    """Return the lines above the table."""
    kinds = sorted({frame.arithmetic for frame in found.frames})
    counts = ", ".join(f"{sum(f.arithmetic == k for f in found.frames)} {k}" for k in kinds)
    unit = "points" if found.estimator == "pairs" else "pixels a side"
    edges = sum(frame.edges for frame in found.frames) / len(found.frames)
    return [
        ("problem", found.problem),
        ("windows", f"{found.view}: {counts}"),
        ("size", f"{found.size} {unit}, {found.steps} steps"),
        ("boundary", f"between {found.boundary}; {edges:.2%} edges"),
        ("made by", found.device),
    ]


def verdict(found: DimensionResult) -> str:
    """Return the sentence that is printed with the figure."""
    own = found.rows[0]
    said = found.verdict.sentence
    return said if own.value is None else f"{number(own.value)} {said}"
