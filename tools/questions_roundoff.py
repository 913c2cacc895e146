"""Is it round-off? The same windows in float32, in float64 and in perturbed float32."""

from __future__ import annotations

import numpy as np

from fractbench.api import run
from fractbench.dimension.frames import Asked, dtype_of, views
from fractbench.dimension.maker import Maker
from fractbench.dimension.nudged import Flips
from fractbench.dimension.verdict import FLIPPED
from fractbench.errors import FractbenchError
from fractbench.map import Map
from fractbench.problems.catalogue import problem
from fractbench.request import Request
from fractbench.zoom.doubt import doubt
from questions_common import (
    Facts,
    Made,
    Part,
    Settings,
    commands,
    dimension,
    met,
    noise_sentences,
    share,
    table,
    text,
    told,
    with_interval,
)

PROBLEMS = ("linear", "relu", "single", "minibatch", "tanh", "init-offset", "weight-drift")
"""The six experiments, the last of them both as described and as released."""
LEFT_OUT = (
    "Where a row of perturbed float32 is missing, no perturbed kernel was there when it was made; "
    "`--anew` asks again."
)
WAYS = ("float32", "float64", "perturbed")


def middle(name: str, size: int) -> str:
    """Return the ladder's window of middling width, or the narrowest that float32 tells apart."""
    chosen = problem(name)
    ladder = views(chosen, "ladder")
    wide = [one for one in ladder if dtype_of(chosen, chosen.view(one), size) == "float32"]
    return ladder[min(len(ladder) // 2, len(wide) - 1)]


def asked(row: str, settings: Settings) -> Facts:
    """Return what a row asks: a problem and a window."""
    name, where = row.split(":")
    size = settings.size or 128
    return {
        "problem": name,
        "view": middle(name, size) if where == "middle" else where,
        "size": size,
        "steps": settings.steps or problem(name).steps,
    }


def request_of(row: Facts, way: str) -> Request:
    """Return the Request of a dtype."""
    return Asked(row["problem"], row["size"], row["steps"], way).request(row["view"])


def plain(row: Facts, way: str, maker: Maker) -> Map:
    """Return the strict map of a dtype."""
    return maker.map(request_of(row, way))


def perturbed(row: Facts, maker: Maker) -> Map:
    """Return the perturbed map; its kernel knows the window, so that no other may be lent."""
    return run(row["problem"], backend=maker.backend, contract="perturbed",
               view=row["view"], size=row["size"], steps=row["steps"])  # fmt: skip


def flips_of(row: Facts, way: str, made: Map, maker: Maker) -> Flips | None:
    """Return the pixels that one ulp changes; a perturbed map counts them itself."""
    if way != "perturbed":
        return maker.flips(request_of(row, way), made, 0)
    found = doubt(made.accumulators)
    return (
        None if found is None else Flips(made.classes.size, round(found.flips * made.classes.size))
    )


def make(row: Facts, maker: Maker) -> Facts:
    """Return the figures of each way, and the pixels whose class is another than in float64."""
    maps: dict[str, Map] = {}
    found: dict[str, Facts] = {}
    for way in WAYS:
        try:
            maps[way] = perturbed(row, maker) if way == "perturbed" else plain(row, way, maker)
        except FractbenchError as error:
            if way != "perturbed":
                raise
            maker.say(f"perturbed is left out: {error}")
            continue
        flips = flips_of(row, way, maps[way], maker)
        found[way] = {
            "flips": None if flips is None else flips.share,
            "dimension": dimension(maps[way].converged, flips),
        }
    exact = maps["float64"].classes
    for way, made in maps.items():
        found[way]["differ"] = float(np.mean(made.classes != exact))
    return {"ways": found}


def answer(made: Made) -> list[str]:
    """Return the part of the document."""
    rows = []
    for one in made.values():
        for way, found in one["ways"].items():
            figures, asks = found["dimension"], one["asked"]
            rows.append((
                f"`{asks['problem']}`", f"`{asks['view']}`",
                f"{asks['size']}, {asks['steps']}", way,
                "" if way == "float64" else share(found["differ"]), share(found["flips"]),
                share(figures["edges"]), with_interval(figures["own"]),
                with_interval(figures["noise"]), told(figures),
            ))  # fmt: skip
    heads = ("problem", "window", "pixels a side, steps", "arithmetic",
             "another class than float64", "one-ulp flips", "edges", "fitted (95 %)",
             "noise (95 %)", "told from noise")  # fmt: skip
    whole = all("perturbed" in one["ways"] for one in made.values())
    return [
        "## Is it round-off?",
        "",
        text("""Strict float32 and float64 on the same windows: the whole start window, and
        the ladder's window of middling width, or the narrowest whose neighbours float32 puts 16
        ulps apart. Each dtype rounds the same exact hyperparameters. *One-ulp flips*: the share of
        4096 random pixels that change class if every hyperparameter is one ulp of the dtype larger;
        a perturbed map tells of all its pixels, and of one ulp of the reference and of the
        difference from it. If the boundary were round-off, another dtype would draw another
        boundary, as many pixels
        would flip in float64 as in float32, and the dimension would be that of noise."""),
        "",
        *([] if whole else [text(LEFT_OUT), ""]),
        *commands("roundoff", made),
        *table(heads, rows, words=4),
        "",
        *noise_sentences(
            {
                f"`{one['asked']['problem']}` at `{one['asked']['view']}`, {way}": found[
                    "dimension"
                ]
                for one in made.values()
                for way, found in one["ways"].items()
            }
        ),
        text(_sentence(made)),
    ]


def _sentence(made: Made) -> str:
    """Return the answer, counted over windows."""
    pairs = [(one["ways"]["float32"], one["ways"]["float64"]) for one in made.values()]
    known = [
        (a["dimension"]["own"], b["dimension"]["own"])
        for a, b in pairs
        if a["dimension"]["own"]["low"] is not None and b["dimension"]["own"]["low"] is not None
    ]
    same = sum(met(a, b) for a, b in known)
    worst = max(made.values(), key=lambda one: one["ways"]["float32"]["differ"])
    calmer = sum(b["flips"] <= a["flips"] for a, b in pairs)
    noisy = [
        f"`{one['asked']['problem']}` at `{one['asked']['view']}`"
        for one in made.values()
        if one["ways"]["float64"]["flips"] > FLIPPED
    ]
    end = (
        f"More than {FLIPPED:.0%} of pixels flip in float64, too, at {', '.join(noisy)}: there the "
        "picture is round-off."
        if noisy
        else f"Nowhere do more than {FLIPPED:.0%} of the pixels flip in float64: at these widths "
        "the boundary is not round-off."
    )
    return (
        f"**Dimensions in float32 and float64 meet within their intervals in {same} of "
        f"{len(known)} windows that have one.** At most "
        f"{share(worst['ways']['float32']['differ'])} of classes differ "
        f"(`{worst['asked']['problem']}`, `{worst['asked']['view']}`), and float64 flips no more "
        f"pixels than float32 in {calmer} of {len(pairs)}. {end}"
    )


ROWS = tuple(f"{name}:{where}" for name in PROBLEMS for where in ("start", "middle"))
PART = Part("roundoff", ROWS, asked, make, answer)
