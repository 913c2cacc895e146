"""Does it matter where the published measure caps? `single`, from whole trajectories in float64.

The released program takes a loss that is not finite for 1e6, divides by the first loss, and caps
by v (1 - exceeds) + 1e6 exceeds. A finite loss whose quotient overflows becomes infinity times 0:
NaN. (Non-finite losses are multiplied by a truth value in the same way, but XLA, which compiles the
program, makes a selection of that product.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fractbench.api import prepare
from fractbench.dimension.boxes import box_counts
from fractbench.dimension.edges import edges
from fractbench.dimension.maker import Maker
from fractbench.dimension.published import sizes_of
from fractbench.measure import CAP, LAST
from fractbench.request import Request
from questions_common import (
    Facts,
    Made,
    Part,
    Settings,
    commands,
    dimension,
    noise_sentences,
    number,
    share,
    table,
    text,
    told,
    with_interval,
)

Reals = NDArray[np.float64]
AT_ONCE = 2048
"""Pixels whose trajectories are in memory: 8 MiB of 500 steps."""


def released(losses: Reals) -> tuple[Reals, NDArray[np.bool_]]:
    """Return value and class by the released program: division, then the cap.

    Args:
        losses: (steps, pixels).

    Returns:
        (pixels,) of the value, NaN where a quotient overflowed, and of whether it converged.
    """
    with np.errstate(all="ignore"):
        v = np.where(np.isfinite(losses), losses, CAP)
        v = v / v[0]
        exceeds = v > CAP
        v = v * (1 - exceeds) + CAP * exceeds
        return _measured(v)


def capped_first(losses: Reals) -> tuple[Reals, NDArray[np.bool_]]:
    """Return value and class with one cap before the division."""
    with np.errstate(all="ignore"):
        v = np.where(losses < CAP, losses, CAP)
        return _measured(v / v[0])


def _measured(v: Reals) -> tuple[Reals, NDArray[np.bool_]]:
    converged = v[-LAST:].mean(axis=0) < 1
    return np.where(converged, -v.sum(axis=0), (1 / v).sum(axis=0)), converged


def released_edges(value: Reals) -> NDArray[np.bool_]:
    """Return the blocks whose greatest and least value differ in sign; none beside a NaN.

    Args:
        value: (rows, columns).
    """
    blocks = (value[1:, 1:], value[1:, :-1], value[:-1, 1:], value[:-1, :-1])
    greatest, least = np.maximum.reduce(blocks), np.minimum.reduce(blocks)
    return np.asarray((greatest > 0) & (least < 0))


def dimension_of(found: NDArray[np.bool_]) -> float | None:
    """Return the published estimate from a mask of edges; None without a boundary."""
    sizes = np.array(sizes_of(min(found.shape)))
    if len(sizes) < 2:
        return None
    counts = box_counts(found, [int(size) for size in sizes])
    kept = counts > 0
    if np.count_nonzero(kept) < 2:
        return None
    return float(np.median(-np.gradient(np.log(counts[kept]), np.log(sizes[kept]))))


def asked(row: str, settings: Settings) -> Facts:
    """Return what a row asks: a window of `single`."""
    return {"view": row, "size": settings.size or 256, "steps": settings.steps or 500}


def make(row: Facts, maker: Maker) -> Facts:
    """Return the shares of pixels and the dimensions under the three orders."""
    request = Request(
        "single", dtype="float64", view=row["view"], size=row["size"], steps=row["steps"]
    )
    ours = maker.map(request)
    ready = prepare(request, maker.backend)
    losses = (
        ready.kernel.trajectory(ready.plan.tile(*cut)).astype(np.float64)
        for cut in ready.plan.cuts(AT_ONCE)
    )
    three = [(*released(one), capped_first(one)[1], _overflows(one)) for one in losses]
    value, theirs, first, infinite = (
        np.concatenate([each[k] for each in three]).reshape(ours.converged.shape) for k in range(4)
    )
    plain, kept = edges(ours.converged), released_edges(value)
    return {
        "nan": float(np.isnan(value).mean()),
        "infinite": float(infinite.mean()),
        "released": float((theirs != ours.converged).mean()),
        "first": float((first != ours.converged).mean()),
        "edges": int(plain.sum()),
        "lost": int((plain & ~kept).sum()),
        "gained": int((kept & ~plain).sum()),
        "published": dimension_of(kept),
        "dimension": dimension(ours.converged, maker.flips(request, ours, 0)),
    }


def _overflows(losses: Reals) -> NDArray[np.bool_]:
    return np.asarray(~np.isfinite(losses).all(axis=0))


def answer(made: Made) -> list[str]:
    """Return the part of the document."""
    rows = [
        [
            f"`{name}`",
            f"{one['asked']['size']}",
            share(one["infinite"]),
            share(one["nan"]),
            share(one["released"]),
            share(one["first"]),
            f"{one['lost']:,} of {one['edges']:,}",
            number(one["published"]),
            number(one["dimension"]["own"]["published"]),
            with_interval(one["dimension"]["own"]),
            with_interval(one["dimension"]["noise"]),
            told(one["dimension"]),
        ]
        for name, one in made.items()
    ]
    heads = ("window", "pixels a side", "a loss is not finite", "value is NaN as released",
             "class differs as released", "class differs if capped first", "edges lost to NaN",
             "their estimator, as released", "their estimator, ours", "fitted, ours (95 %)",
             "noise (95 %)", "told from noise")  # fmt: skip
    nan = max(one["nan"] for one in made.values())
    classes = max(max(one["released"], one["first"]) for one in made.values())
    lost = sum(one["lost"] for one in made.values())
    shifts = [
        abs(one["published"] - one["dimension"]["own"]["published"])
        for one in made.values()
        if one["published"] is not None and one["dimension"]["own"]["published"] is not None
    ]
    return [
        "## Does it matter where the measure caps?",
        "",
        text("""`single`, strict float64, classes of whole trajectories under three orders. *As
        released*: a loss that is not finite becomes 1e6, then the division by the first loss, then
        the cap by products with a truth value, so that a finite loss whose quotient overflows
        becomes NaN. *Capped first*: the smaller of loss and 1e6, then the division. *Ours*: the
        division, then one cap that takes NaN and infinity too. The released estimator takes a block
        for an edge where its greatest and its least value differ in sign, which a block with a NaN
        never does."""),
        "",
        *commands("order", made),
        *table(heads, rows),
        "",
        *noise_sentences({f"`{name}`": one["dimension"] for name, one in made.items()}),
        text(f"""**The order changes
        {f"{share(classes)} of classes, and" if classes else "no class, but"} up to {share(nan)} of
        values**: a quotient above the cap
        is above 1 under each order, and NaN is not below 1, so both mean diverged.
        {_lost(lost, max(shifts, default=0.0))}"""),
    ]


def _lost(lost: int, shift: float) -> str:
    if not lost:
        return "No NaN lies beside a boundary, so no edge is lost and the dimension is the same."
    return (
        f"NaN pixels beside the boundary cost the released estimator {lost:,} edges, which moves "
        f"its figure by {shift:.3f} at most."
    )


PART = Part("order", ("start", "published"), asked, make, answer)
