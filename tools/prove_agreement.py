"""Write docs/agreement.md: how often the strict classes equal those of the published float64 code.

    python tools/prove_agreement.py [--backend jax]

tests/data/published_start_window.npz holds what the published code computes on the start window,
40 x 40 pixels, 500 steps, float64, width 16. Its NaN pixels (an overflow in the published order of
division and cap) are left out. Beside it stands how often a second float64 program of the same
mathematics (NumPy's matmul and tanh, tests/problems/float64_reference.py) differs from the first:
what round-off alone decides.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

import numpy as np

import fractbench
from fractbench.arithmetic.formats import FLOAT32
from fractbench.problems.mlp import Mlp

ROOT = Path(__file__).resolve().parents[1]
SIDE, STEPS = 40, 500
EXPERIMENTS = ("tanh", "relu", "linear", "single", "minibatch", "weight-drift")


def second_program(name: str) -> np.ndarray:
    """Return the classes of the start window by the float64 program of the tests."""
    sys.path.insert(0, str(ROOT / "tests" / "problems"))
    network = importlib.import_module("float64_reference").network
    chosen = fractbench.problem(name).with_steps(STEPS)
    assert isinstance(chosen, Mlp)
    rates = 10 ** np.linspace(-3, 6, SIDE)
    x, y = np.meshgrid(rates, rates)
    order = chosen.inputs(FLOAT32)["frames"].get("order")
    with np.errstate(all="ignore"):
        flat = network(
            chosen.instance, x.ravel(), y.ravel(), STEPS, activation=chosen.activation,
            offset=chosen.offset, order=order,
        )  # fmt: skip
    return np.asarray(flat).reshape(SIDE, SIDE)


def row(name: str, published: np.ndarray, backend: str) -> str:
    """Return one line of the table."""
    made = fractbench.run(name, backend=backend, size=SIDE, steps=STEPS)
    known = ~np.isnan(published)
    compared = int(known.sum())
    ours, other = (
        int(np.count_nonzero((classes != (published < 0)) & known))
        for classes in (made.converged, second_program(name))
    )
    return (
        f"| {name} | {compared} | {ours} | {1 - ours / compared:.2%} | {other} | "
        f"`{made.digest[-16:]}` |"
    )


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
        "float32 against the rasters that the published code computes in float64. *float64 again*",
        "counts the pixels in which a second float64 program differs from the first.",
        "",
        "| experiment | pixels compared | other class | same class | float64 again | digest ends |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    (ROOT / "docs" / "agreement.md").write_text("\n".join([*head, *lines]) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
