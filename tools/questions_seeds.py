"""Does the boundary of tanh get smooth under an average over seeds?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fractbench.dimension.fitted import fitted_dimension
from fractbench.dimension.maker import Maker
from fractbench.dimension.uncertainty import uncertainty
from fractbench.request import Request
from questions_common import (
    NOTHING,
    Facts,
    Made,
    Part,
    Settings,
    between,
    commands,
    dimension,
    exponent,
    met,
    noise_sentences,
    number,
    share,
    table,
    text,
    told,
    with_interval,
)

WINDOWS = {"inner": "0.12:2.12,1.3:3.3", "close": "1.062:1.162,2.258:2.358"}
"""`inner` is two decades about the centre of the published picture; `close` is a tenth of a decade,
where the boundaries of five seeds lie 0.03 apart."""
WAYS = {"fixed": "one network for the map", "fresh": "a network for each pixel"}
COUNTS = (1, 5, 15)
"""Odd, so that no share of seeds is a half."""


def asked(row: str, settings: Settings) -> Facts:
    """Return what a row asks: how seeds are used, and where."""
    way, name = row.split(":")
    return {
        "way": way,
        "window": WINDOWS[name],
        "size": settings.size or 128,
        "steps": settings.steps or 500,
        "seeds": settings.seeds or COUNTS[-1],
    }


def counts_of(seeds: int) -> list[int]:
    """Return the numbers of seeds to average over, the last one `seeds`."""
    return [count for count in COUNTS if count < seeds] + [seeds]


def converging(row: Facts, seed: int, maker: Maker) -> NDArray[np.bool_]:
    """Return the raster of one seed; a fresh network for each pixel keeps the published data."""
    draws = "per-pixel=weights" if row["way"] == "fresh" else "fixed"
    request = Request(
        "tanh", window=row["window"], size=row["size"], steps=row["steps"], draws=draws, seed=seed
    )
    return maker.map(request).converged


def majority(share_of_seeds: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return where more than half of the seeds converge."""
    return np.asarray(share_of_seeds > 0.5)


def share_file(row: Facts, work: Path) -> Path:
    """Return where the shares of a row are kept for its picture."""
    name = next(name for name, window in WINDOWS.items() if window == row["window"])
    return work / f"shares-{row['way']}-{name}.npz"


def make(row: Facts, maker: Maker) -> Facts:
    """Return the figures of the average over so and so many seeds, and those of single seeds."""
    sums = np.zeros((row["size"], row["size"]), np.int64)
    singles, found, shares = [], [], {}
    wanted = counts_of(row["seeds"])
    for seed in range(row["seeds"]):
        one = converging(row, seed, maker)
        singles.append(float(fitted_dimension([one]).value))
        sums += one
        maker.say(f"tanh, {row['way']}, {row['window']}: seed {seed + 1} of {row['seeds']}")
        if seed + 1 in wanted:
            shares[str(seed + 1)] = sums / (seed + 1)
            found.append(averaged(shares[str(seed + 1)], seed + 1))
    maker.folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(share_file(row, maker.folder), allow_pickle=False, **shares)
    known = [value for value in singles if not np.isnan(value)]
    return {"averages": found, "singles": [min(known), max(known)] if known else None}


def averaged(shares: NDArray[np.floating], seeds: int) -> Facts:
    """Return the figures of the majority's boundary, and the share of pixels that seeds dispute.

    Args:
        shares: (rows, columns), the share of converging seeds.
        seeds: how many there are.
    """
    raster = majority(shares)
    return {
        "seeds": seeds,
        "disputed": float(((shares > 0) & (shares < 1)).mean()),
        "dimension": dimension(raster),
        "exponent": exponent(uncertainty(raster.astype(np.uint8))),
    }


def answer(made: Made) -> list[str]:
    """Return the part of the document."""
    rows = []
    for name, one in made.items():
        for each in one["averages"]:
            found = each["dimension"]
            rows.append((
                f"`{name}`", str(each["seeds"]), share(each["disputed"]),
                with_interval(found["own"]), number(found["own"]["published"]),
                f"{number(each['exponent']['alpha'])} ({between(each['exponent'])})",
                _range(one["singles"]), with_interval(found["noise"]),
                number(found["line"]["value"]), number(found["circle"]["value"]), told(found),
            ))  # fmt: skip
    heads = ("seeds : window", "seeds", "disputed pixels", "fitted (95 %)", "their estimator",
             "alpha (95 %)", "single seeds", "noise (95 %)", "line", "circle",
             "told from noise")  # fmt: skip
    first = next(iter(made.values()))["asked"]
    windows = ", ".join(f"`{name}` {window}" for name, window in WINDOWS.items())
    return [
        "## Does averaging over seeds smooth the boundary?",
        "",
        text(f"""`tanh`, strict float32, {first["size"]} x {first["size"]} pixels,
        {first["steps"]} steps; windows: {windows}. *Fixed*: every seed draws weights and data once
        for the whole map. *Fresh*: every seed draws the weights anew for every pixel, on the
        published data. A pixel has converged if more than half of the seeds do there. *Disputed*
        pixels converge under some seeds and not under others. *Single seeds* is the range of fitted
        dimensions of the seeds one by one. Smooth is a dimension of 1, and alpha of 1."""),
        "",
        *commands("seeds", made),
        *table(heads, rows),
        "",
        *noise_sentences(
            {
                f"`{name}`, seeds {each['seeds']}": each["dimension"]
                for name, one in made.items()
                for each in one["averages"]
            }
        ),
        *(f"- {_sentence(name, one)}" for name, one in made.items()),
        "",
        "![Share of converging seeds](pictures/questions-seeds.png)",
    ]


def _range(ends: list[float] | None) -> str:
    return NOTHING if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"


def _sentence(name: str, one: Facts) -> str:
    """Return what the average does to one row's boundary, by its intervals alone."""
    first, last = (one["averages"][k]["dimension"]["own"] for k in (0, -1))
    seeds = one["averages"][-1]["seeds"]
    if None in (first["value"], last["value"]) or None in (first["low"], last["low"]):
        return f"`{name}`: a figure has no interval, so nothing can be said."
    moved = f"from {first['value']:.3f} to {last['value']:.3f} with {seeds} seeds"
    smooth = last["low"] <= 1 <= last["high"]
    end = "holds 1, so it cannot be told from smooth" if smooth else "leaves out 1: still rough"
    sure = "no change beyond the intervals" if met(first, last) else "beyond the intervals"
    return f"`{name}`: {moved}, {sure}; the interval of the average {end}."


def draw(made: Made, work: Path, pictures: Path) -> None:
    """Draw the shares of converging seeds, a row of panels for each row that is there."""
    from matplotlib.figure import Figure

    files = {name: share_file(one["asked"], work) for name, one in made.items()}
    shown = {name: file for name, file in files.items() if file.exists()}
    if not shown:
        return
    columns = max(len(made[name]["averages"]) for name in shown)
    figure = Figure(figsize=(2.3 * columns, 2.4 * len(shown)), dpi=110, layout="constrained")
    panels = figure.subplots(len(shown), columns, squeeze=False)
    for across, (name, file) in zip(panels, shown.items(), strict=True):
        with np.load(file, allow_pickle=False) as shares:
            for panel, seeds in zip(across, sorted(shares.files, key=int), strict=False):
                panel.imshow(shares[seeds], origin="lower", cmap="Spectral", vmin=0, vmax=1)
                panel.contour(shares[seeds], levels=[0.5], colors="k", linewidths=0.5)
                panel.set(title=f"{name}, {seeds}", xticks=[], yticks=[])
                panel.title.set_size(8)
    pictures.mkdir(parents=True, exist_ok=True)
    figure.savefig(pictures / "questions-seeds.png", metadata={"Software": ""})


PART = Part(
    "seeds", tuple(f"{way}:{window}" for window in WINDOWS for way in WAYS), asked, make, answer,
    draw, ("size", "steps", "seeds"),
)  # fmt: skip
