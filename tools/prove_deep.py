"""Write the tables of docs/deep.md: perturbed float32 against float64 and whole precise trainings.

    python tools/prove_deep.py [--only published-tanh,depth-tanh-1e-25] [--size 128] [--work FOLDER]

`published-NAME`: the published picture's window, every pixel by float64, by float32 and by the
deep zoom. `depth-NAME-WIDTH`: a window that deep about a centre that the program finds, random
pixels of it against whole trainings in arbitrary precision. Each piece is kept as JSON in a folder
outside the repository; the document is assembled from those that are there.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import numpy as np
import platformdirs
from numpy.typing import NDArray

from fractbench.arithmetic.contract import PERTURBED, Arithmetic, arithmetic
from fractbench.arithmetic.exact import power_of_ten
from fractbench.arithmetic.formats import FLOAT32
from fractbench.backend import Tile
from fractbench.cli.find_centre import Rows
from fractbench.execute import execute
from fractbench.files import write_aside
from fractbench.grid import Grid, points
from fractbench.kernels import kernel_of
from fractbench.plan import Plan
from fractbench.problems.catalogue import problem
from fractbench.problems.mlp import Mlp
from fractbench.registry import select
from fractbench.window import Window, canonical
from fractbench.zoom.centre import follow
from fractbench.zoom.doubt import doubt
from fractbench.zoom.kernel import DeepKernel
from fractbench.zoom.orbit_precise import orbit_precise
from fractbench.zoom.place import Place

DOCS = Path(__file__).resolve().parents[1] / "docs" / "deep.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
WORK = Path(platformdirs.user_cache_dir("fractbench")) / "deep"
PUBLISHED = ("linear", "relu", "single", "tanh", "minibatch", "init-offset", "weight-drift")
DEPTHS = ("1e-20", "1e-25", "1e-30")
BEGUN = {"tanh": "published"}
"""Where the way to a centre begins, if not in the start window: much of tanh's there is chaos."""
MORE_BITS = 64
"""Bits that a whole training has beyond the references of the same window."""
FIRST = (
    "| published picture | pixels | reference | float32 directly | deep zoom | one ulp changes |",
    "|---|---|---|---|---|---|",
)
SECOND = (
    "| problem | width | whole trainings | of them converge | same class | one ulp changes | "
    "reference, training | centre |",
    "|---|---|---|---|---|---|---|---|",
)
Json = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """Agreement of classes in one published window with float64 computed directly."""

    problem: str
    size: int
    steps: int
    window: str
    perturbed: float
    direct: float
    flips: float
    unsettled: float
    bits: int
    converged: float
    seconds: float


@dataclass(frozen=True)
class Depth:
    """Agreement of classes of some pixels with whole trainings in arbitrary precision."""

    problem: str
    width: str
    center: str
    steps: int
    pixels: int
    agree: int
    converged: int
    flips: int
    bits: int
    whole_bits: int
    seconds: float


def published(name: str, size: int, steps: int | None, backend: str) -> Published:
    """Make one published window three ways."""
    chosen = cast(Mlp, problem(name))
    chosen = cast(Mlp, chosen.with_steps(steps or chosen.steps))
    grid, maker = Grid(chosen.view("published"), size, size), select(backend)
    begun = perf_counter()
    deep_plan = Plan(chosen, grid, arithmetic(PERTURBED))
    kernel = cast(DeepKernel, kernel_of(deep_plan, *maker))
    deep = execute(deep_plan, kernel)
    seconds = perf_counter() - begun
    exact_plan = Plan(chosen, grid, arithmetic("strict", "float64"))
    exact = execute(exact_plan, kernel_of(exact_plan, *maker)).converged
    found = doubt(deep.accumulators)
    assert found is not None
    direct = directly(chosen, grid, backend)
    agree, plain = (float(np.mean(made == exact)) for made in (deep.converged, direct))
    return Published(name, size, chosen.steps, str(grid.window), agree, plain, found.flips,
                     found.unsettled, kernel.bits, float(exact.mean()), seconds)  # fmt: skip


def directly(chosen: Mlp, grid: Grid, backend: str) -> NDArray[np.bool_]:
    """Return what strict float32 makes of a grid that it cannot resolve."""
    values = [
        np.array([power_of_ten(e, FLOAT32) for e in points(*grid.window.bounds(axis), count)],
                 np.float32)
        for axis, count in enumerate((grid.width, grid.height))
    ]  # fmt: skip
    maker = select(backend)
    kernel = maker[0].prepare(chosen, maker[1], Arithmetic())
    x, y = (a.ravel() for a in np.meshgrid(*values))
    parts = [kernel.run(part) for part in Tile(0, x.size, {"x": x, "y": y}).parts(kernel.tile)]
    sums = {n: np.concatenate([part[n] for part in parts]) for n in chosen.accumulators}
    return np.asarray(chosen.readout(sums)[1] == 1).reshape(grid.height, grid.width)


def depth(name: str, width: str, size: int, steps: int | None, pixels: int, seed: int, backend: str
          ) -> Depth:  # fmt: skip
    """Find a centre that deep and hold random pixels about it to whole trainings."""
    chosen = cast(Mlp, problem(name))
    chosen = cast(Mlp, chosen.with_steps(steps or chosen.steps))
    maker, begun = select(backend), perf_counter()
    *_, centre = follow(
        chosen, chosen.view(BEGUN.get(name, "start")), Decimal(width), Rows(*maker).make, seed
    )
    grid = Grid(Window.around(centre.middle, width), size, size)
    plan = Plan(chosen, grid, arithmetic(PERTURBED))
    kernel = cast(DeepKernel, kernel_of(plan, *maker))
    flat = np.sort(np.random.Generator(np.random.Philox(seed)).choice(size * size, pixels, False))
    sums = kernel.run(plan.gather(flat))
    classes = chosen.readout(sums)[1] == 1
    columns, rows = (points(*grid.window.bounds(axis), size) for axis in range(2))
    bits = kernel.bits + MORE_BITS
    whole = [orbit_precise(chosen, Place(columns[k % size], rows[k // size]), bits).converged
             for k in flat.tolist()]  # fmt: skip
    return Depth(name, canonical(Decimal(width)) if len(width) > 8 else width, centre.middle,
                 chosen.steps, pixels, int(np.sum(classes == whole)), int(np.sum(whole)),
                 int(np.sum(sums["doubt"] > 0)), kernel.bits, bits,
                 perf_counter() - begun)  # fmt: skip


def pieces(settings: argparse.Namespace) -> dict[str, Callable[[], Published | Depth]]:
    """Return every piece by its name."""
    common = settings.size, settings.steps
    out: dict[str, Callable[[], Published | Depth]] = {
        f"published-{name}": partial(published, name, *common, settings.backend)
        for name in PUBLISHED
    }
    for name in settings.problems.split(","):
        rest = settings.pixels, settings.seed, settings.backend
        out |= {f"depth-{name}-{w}": partial(depth, name, w, *common, *rest) for w in DEPTHS}
    return out


def tables(work: Path) -> str:
    """Return both tables, of the pieces that are there."""
    held = {path.stem: json.loads(path.read_text()) for path in sorted(work.glob("*.json"))}
    lines = [*FIRST]
    for name in PUBLISHED:
        if row := held.get(f"published-{name}"):
            lines.append(
                f"| {name} | {row['size']} x {row['size']}, {row['steps']} steps | {row['bits']} "
                f"bits | {row['direct']:.2%} | **{row['perturbed']:.2%}** | {row['flips']:.2%} "
                f"({row['unsettled']:.2%} beside three references) |"
            )
    lines += ["", *SECOND]
    for name in sorted(held):
        if name.startswith("depth-"):
            row = held[name]
            lines.append(
                f"| {row['problem']} | {row['width']} | {row['pixels']} | {row['converged']} | "
                f"**{row['agree']}** | {row['flips']} | {row['bits']}, {row['whole_bits']} bits | "
                f"`{row['center']}` |"
            )
    return "\n".join(lines)


def write(work: Path, docs: Path) -> None:
    """Put the tables between the document's marks."""
    text = docs.read_text()
    head, rest = text.split(BEGIN)
    docs.write_text(f"{head}{BEGIN}\n\n{tables(work)}\n\n{END}{rest.split(END)[1]}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the pieces that are asked for and are not there yet, then write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="all", help="names of pieces, all or none")
    parser.add_argument("--problems", default="linear,relu,single,tanh", help="of the depths")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--pixels", type=int, default=48)
    parser.add_argument("--seed", type=int, default=1, help="of the way to the centres")
    parser.add_argument("--backend", default="native")
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--docs", type=Path, default=DOCS)
    settings = parser.parse_args(arguments)
    settings.work.mkdir(parents=True, exist_ok=True)
    known = pieces(settings)
    wanted = {"all": list(known), "none": []}.get(settings.only, settings.only.split(","))
    for name in wanted:
        file = settings.work / f"{name}.json"
        if not file.exists():
            made: Json = asdict(known[name]())
            write_aside(file, json.dumps(made, indent=1).encode())
            print(name, made, flush=True)
    write(settings.work, settings.docs)


if __name__ == "__main__":
    main()
