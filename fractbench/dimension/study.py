"""study: a problem's boundary on some windows -> its dimension, its controls and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter

from fractbench.dimension.controls import Raster, density, is_line
from fractbench.dimension.frames import Asked
from fractbench.dimension.gather import Doubling, Frames, gather
from fractbench.dimension.maker import Maker
from fractbench.dimension.measured import Doubled, Measured, measure
from fractbench.dimension.nudged import Flips
from fractbench.dimension.result import DimensionResult, FlipFacts, FrameFacts, Row, VerdictFacts
from fractbench.dimension.verdict import judge
from fractbench.map import Map


def study(
    asked: Asked,
    view: str,
    frames: Frames,
    maker: Maker,
    how: Doubling = "auto",
    seed: int = 0,
    finished: Callable[[str], None] = lambda _: None,
) -> DimensionResult:
    """Make the maps and measure them; `frames` keeps what is finished if this is interrupted.

    Args:
        asked: the problem, the size and the training.
        view: the name of the window, or ``ladder``, for the result.
        frames: the windows, without maps yet.
        maker: makes maps and keeps them.
        how: which frames are made at double resolution too.
        seed: of the controls, the bootstrap and the choice of pixels that are nudged.
        finished: is told of every map in a few words.

    Raises:
        FractbenchError: something asked for is not allowed, or cannot be made here.
    """
    begun = perf_counter()
    note = gather(asked, frames, maker, how, seed, finished)
    rasters, named = boundary_of([*frames.maps, *frames.doubled.values()])
    plain, extra = rasters[: len(frames.maps)], rasters[len(frames.maps) :]
    found = measure(plain, Doubled(dict(zip(frames.doubled, extra, strict=True)), note), seed)
    flipped, first = flip_facts(frames), frames.maps[0]
    verdict = judge(found.evidence(together(frames.flips)))
    each = zip(frames.views, frames.maps, plain, frames.flips, strict=True)
    return DimensionResult(
        problem=first.problem.spec,
        view=view,
        size=asked.size,
        steps=first.problem.steps,
        seed=seed,
        estimator="pairs" if is_line(plain[0]) else "boxes",
        boundary=named,
        device=str(frames.maps[-1].made.get("device", "")),
        frames=[_frame(*one) for one in each],
        rows=rows(found),
        flips=flipped,
        verdict=VerdictFacts(
            standing=verdict.standing, sentence=verdict.sentence, round_off=verdict.round_off
        ),
        proven=maker.proven,
        notes=first.problem.notes(),
        seconds=round(perf_counter() - begun, 2),
    )


def boundary_of(maps: Sequence[Map]) -> tuple[list[Raster], str]:
    """Return the rasters whose edges are the boundary, and what the boundary lies between.

    Of two classes one has converged. Of more, the class with the longest boundary against all the
    others is taken: a box counter counts the edges of one set, and where basins share one boundary,
    as Newton's do, any of them shows the whole of it.
    """
    legend = maps[0].legend
    if len(legend) == 2:
        return [one.converged for one in maps], "converged and diverged"
    edges = [sum(density(one.classes == kind) for one in maps) for kind in range(len(legend))]
    longest = edges.index(max(edges))
    return [one.classes == longest for one in maps], f"{legend[longest].name} and all other classes"


def rows(found: Measured) -> list[Row]:
    """Return the table: the map, then every control."""
    some = found.double.frames not in (0, found.own.frames)
    return [
        Row.of("map", found.own),
        *(Row.of(name, one) for name, one in found.shapes.items()),
        Row.of("noise", found.noise),
        Row.of("shuffled", found.shuffled),
        Row.of("half resolution", found.half),
        Row.of("double resolution", found.double, found.same if some else None),
    ]


def together(found: Sequence[Flips | None]) -> Flips | None:
    """Return the flips of several frames as one count; None if none is known."""
    known = [one for one in found if one is not None]
    if not known:
        return None
    return Flips(sum(one.pixels for one in known), sum(one.changed for one in known))


def flip_facts(frames: Frames) -> FlipFacts:
    """Return the flips of all frames together, and of the worst one."""
    known = {v: f for v, f in zip(frames.views, frames.flips, strict=True) if f is not None}
    every = together(frames.flips)
    worst = max(known, key=lambda view: known[view].share) if known else None
    return FlipFacts(
        share=every.share if every else None,
        pixels=every.pixels if every else 0,
        changed=every.changed if every else 0,
        worst_view=worst,
        worst_share=None if worst is None else known[worst].share,
        note="",
    )


def _frame(view: str, made: Map, raster: Raster, found: Flips | None) -> FrameFacts:
    return FrameFacts(
        view=view,
        window=str(made.grid.window),
        arithmetic=made.arithmetic.name,
        digest=made.digest,
        converged_fraction=float(made.converged.mean()),
        edges=density(raster),
        flip_pixels=None if found is None else found.pixels,
        flips=None if found is None else found.changed,
    )
