"""Write the README's pictures: docs/pictures/run.png and docs/pictures/problems.png.

    python tools/make_pictures.py [--backend jax] [--size 96]

The first is what `fractbench run` leaves; the second is a contact sheet of every problem's start
window at its published number of steps. The digests under the pictures are those of the maps.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from matplotlib.figure import Figure

import fractbench
from fractbench.colors import colors
from fractbench.files import write_aside
from fractbench.map import Map

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
COLUMNS = 5


def sheet(maps: list[Map]) -> bytes:
    """Return a PNG of all maps, each with its name, its steps and the end of its digest."""
    rows = -(-len(maps) // COLUMNS)
    out = Figure(figsize=(COLUMNS * 2.3, rows * 2.75), dpi=110, layout="constrained")
    for place, made in enumerate(maps):
        axes = out.add_subplot(rows, COLUMNS, place + 1)
        axes.imshow(colors(made), origin="lower", interpolation="nearest", aspect="auto")
        axes.set_title(f"{made.problem.spec}\n{made.problem.steps} steps", fontsize=9)
        axes.set_xlabel(f"...{made.digest[-16:]}", fontsize=7, family="monospace")
        axes.set_xticks([])
        axes.set_yticks([])
    buffer = io.BytesIO()
    out.savefig(buffer, format="png")
    return buffer.getvalue()


def main() -> None:
    """Make both pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", default="jax")
    parser.add_argument("--size", type=int, default=96)
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    fractbench.run("tanh").save(FOLDER / "run.png")
    maps = []
    for name in fractbench.problem_names():
        line = len(fractbench.problem(name).axes) == 1
        maps.append(
            fractbench.run(
                name, backend=options.backend, preset="paper",
                size=8 * options.size if line else options.size,
            )
        )  # fmt: skip
        print(name, maps[-1].digest, flush=True)
    write_aside(FOLDER / "problems.png", sheet(maps))


if __name__ == "__main__":
    main()
