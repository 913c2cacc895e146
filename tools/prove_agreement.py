"""Write docs/agreement.md: how often the strict classes equal those of the published float64 code.

    python tools/prove_agreement.py [--backend jax]

tests/data/published_start_window.npz holds what the published code computes on the start window,
40 x 40 pixels, 500 steps, float64, width 16. Its NaN pixels (an overflow in the published order of
division and cap) are left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import fractbench

ROOT = Path(__file__).resolve().parents[1]
EXPERIMENTS = ("tanh", "relu", "linear", "single", "minibatch", "weight-drift")


def row(name: str, published: np.ndarray, backend: str) -> str:
    """Return one line of the table."""
    made = fractbench.run(name, backend=backend, size=40, steps=500)
    known = ~np.isnan(published)
    differs = int(np.count_nonzero((made.converged != (published < 0)) & known))
    compared = int(known.sum())
    share = 1 - differs / compared
    return f"| {name} | {compared} | {differs} | {share:.2%} | `{made.digest[-16:]}` |"


def main() -> None:
    """Train every experiment and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", default="jax")
    options = parser.parse_args()
    with np.load(ROOT / "tests" / "data" / "published_start_window.npz") as archive:
        lines = [row(name, archive[name], options.backend) for name in EXPERIMENTS]
    head = [
        "# Agreement with the published float64 code",
        "",
        "Written by `tools/prove_agreement.py`: start window, 40 x 40 pixels, 500 steps, strict",
        "float32 against the rasters that the published code computes in float64.",
        "",
        "| experiment | pixels compared | other class | same class | digest ends |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    (ROOT / "docs" / "agreement.md").write_text("\n".join([*head, *lines]) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
