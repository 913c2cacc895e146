"""Write docs/lines.md and its picture: Liu's lines (arXiv 2406.13971), measured again.

    python tools/prove_lines.py [--power 24] [--grid 16] [--grid-power 18] [--starts 5]
                                [--starts-power 20]

Three experiments on gradient descent on perturbed quadratics: the two dimensions at e = 0.2,
l = 0.1 from 2**power + 1 learning rates; the transition at e / l^2 = 1 / (2 pi^2) on a grid of
(e, l); and lines from other starts x0, one for each line or one for each learning rate. Classes
come from `native`, strict float64; those of lines whose start changes from rate to rate from
`descended`, in NumPy.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lines_measured import KINDS, dimensions, starts, transition
from lines_page import draw, page

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--power", type=int, default=24)
    parser.add_argument("--grid", type=int, default=16)
    parser.add_argument("--grid-power", type=int, default=18)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--starts-power", type=int, default=20)
    told = parser.parse_args()
    found = dimensions(told.power)
    print("lines are done", flush=True)
    cells = transition(told.grid, told.grid_power)
    print("the grid is done", flush=True)
    begun = {kind: starts(kind, told.starts, told.starts_power) for kind in KINDS}
    draw(cells, ROOT / "docs" / "pictures" / "lines-transition.png")
    text = page(found, cells, begun, told.grid_power, told.starts_power)
    (ROOT / "docs" / "lines.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
