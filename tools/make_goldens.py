"""Write fractbench/goldens.json: digests of small maps, made by the host's own Ops.

    python tools/make_goldens.py                   adds the goldens that are missing
    python tools/make_goldens.py --check           makes every short one and compares
    python tools/make_goldens.py --new-contract    makes all of them anew (minutes)

A golden moves only with a new contract version and a line in CHANGELOG.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from fractbench.goldens import SCHEMA, Golden, goldens
from fractbench.problems.catalogue import names, problem
from fractbench.problems.mlp import Mlp
from fractbench.reference import reference_map

TARGET = Path(__file__).resolve().parents[1] / "fractbench" / "goldens.json"
QUICK_STEPS, QUICK_SIDE, SHORT, LATE = 100, 48, 12, 24


@dataclass(frozen=True)
class Windows:
    """Where a problem converges, diverges, and has its boundary."""

    inside: str
    outside: str
    boundary: str


_RATES = Windows("-2:-1,-2:-1", "4:5,4:5", "0:3,0:3")
_WINDOWS = {
    "weight-drift": Windows("-9:-8,-2:-1", "2:3,4:5", "-3:1,-1:3"),
    "init-offset": Windows("-9:-8,-2:-1", "2:3,4:5", "-3:1,-1:3"),
    "quadratic-additive": Windows("0.01:0.02", "1.3:1.5", "0:1.5"),
    "quadratic-multiplicative": Windows("0.001:0.002", "1.3:1.5", "0:1.5"),
    "quadratic-two-cosine": Windows("0.01:0.02", "1.3:1.5", "0:1.5"),
    "quadratic-2d": Windows("0.01:0.02,0.01:0.02", "1.3:1.5,1.3:1.5", "0:1.5,0:1.5"),
    "mandelbrot": Windows("-0.1:0.1,-0.1:0.1", "1:2,1:2", "-2.25:0.75,-1.5:1.5"),
    "newton": Windows("0.9:1.1,-0.1:0.1", "-2:-1,-1.5:1.5", "-2:2,-2:2"),
}
_EXTRA = (
    ("tanh:width=8", "boundary", "0:3,0:3", "9x7", SHORT, "fixed"),
    ("relu:samples=40,seed=0,width=24", "boundary", "0:3,0:3", "9x7", SHORT, "fixed"),
    ("tanh:samples=19,seed=7,width=5", "boundary", "0:3,0:3", "9x7", SHORT, "fixed"),
    ("minibatch:width=8", "boundary", "0:3,0:3", "9x7", SHORT, "fixed"),
    ("tanh:width=8", "draws", "0:3,0:3", "9x7", SHORT, "per-pixel=weights,seed=3"),
    ("minibatch:width=8", "draws", "0:3,0:3", "9x7", SHORT, "per-pixel=weights+order,seed=3"),
    ("quadratic-additive:dimensions=3", "boundary", "0:1.5", "63", SHORT, "fixed"),
    ("quadratic-multiplicative:dimensions=3", "boundary", "0:1.5", "63", SHORT, "fixed"),
    *(
        (name, "corner", "-30:12,-30:12", "16x16", SHORT, "fixed")
        for name in ("tanh", "relu", "linear", "minibatch")
    ),
    *((name, "late", "0:3,0:3", "9x7", LATE, "fixed") for name in ("single", "linear")),
    ("mandelbrot", "late", "-2.25:0.75,-1.5:1.5", "9x7", LATE, "fixed"),
)


_DEEP = (
    *((name, "deep", "-0.00000001:0.00000001,0.99999999:1.00000001", "8x8", SHORT, "fixed")
      for name in ("tanh", "relu", "linear", "single", "minibatch")),
    *((name, "deep", "-0.50000001:-0.49999999,-0.00000001:0.00000001", "8x8", SHORT, "fixed")
      for name in ("init-offset", "weight-drift")),
    *((name, "wide", "0:3,0:3", "9x7", SHORT, "fixed") for name in ("tanh", "relu", "minibatch")),
)  # fmt: skip
"""Under `perturbed`: windows whose references need no more than float64; wide ones part at once."""

Row = tuple[str, str, str, str, int, str]
Case = tuple[str, str, str, str, int, str, str, str]

_VARIANTS = (("fma", "float32"), ("strict", "float64"), ("fma", "float64"))
_VARIED = ("boundary", "odd", "corner", "late", "draws")
"""The cases that contracts and dtypes besides the default have goldens of."""


def cases() -> list[Case]:
    """Return (problem, case, window, size, steps, draws, contract, dtype) of every golden."""
    rows = default_cases()
    out: list[Case] = [(*row, "strict", "float32") for row in rows]
    for contract, dtype in _VARIANTS:
        for row in rows:
            network = isinstance(problem(row[0]), Mlp)
            if row[1] in _VARIED and (network or contract == "strict"):
                out.append((*row, contract, dtype))
    return [*out, *((*row, "perturbed", "float32") for row in _DEEP)]


def default_cases() -> list[Row]:
    """Return the cases of the default contract and dtype."""
    rows: list[Row] = []
    for name in names():
        where, plain = _WINDOWS.get(name, _RATES), problem(name)
        line = len(plain.axes) == 1
        square, odd, row = ("64", "63", "64") if line else ("8x8", "9x7", "64x1")
        start = str(plain.view("start"))
        rows += [
            (name, "inside", where.inside, square, SHORT, "fixed"),
            (name, "outside", where.outside, square, SHORT, "fixed"),
            (name, "boundary", where.boundary, "256" if line else "16x16", SHORT, "fixed"),
            (name, "pixel", where.boundary, "1" if line else "1x1", SHORT, "fixed"),
            (name, "odd", where.boundary, odd, SHORT, "fixed"),
            (name, "row", where.boundary, row, SHORT, "fixed"),
            (name, "whole", where.boundary, "256" if line else "16x16", 500, "fixed"),
            (name, "quick", start, "1025" if line else f"{QUICK_SIDE}x{QUICK_SIDE}",
             min(QUICK_STEPS, plain.steps), "fixed"),
        ]  # fmt: skip
    return [*rows, *_EXTRA]


def blank_golden(case: Case) -> Golden:
    """Return a golden without key and digest."""
    spec, name, window, size, steps, draws, contract, dtype = case
    return Golden(name, spec, window, size, steps, draws, contract, dtype, "", "")


def check_canonical(case: Case) -> None:
    """Stop if a case is written otherwise than its problem writes itself."""
    made = blank_golden(case).plan().problem
    if (made.spec, str(made.draws)) != (case[0], case[5]):
        raise SystemExit(f"{case[0]} {case[5]} is not canonical: {made.spec} {made.draws}")


def make(case: Case) -> Golden:
    """Make one golden on the host."""
    blank = blank_golden(case)
    plan = blank.plan()
    row = {**asdict(blank), "key": plan.key, "digest": reference_map(plan).digest}
    return Golden(**row)


def identity(golden: Golden) -> tuple[str, str, str, str]:
    """Return what names a golden."""
    return golden.problem, golden.case, golden.contract, golden.dtype


def check(held: dict[tuple[str, str, str, str], Golden]) -> int:
    """Make every short golden anew and compare it with the file; return the exit status."""
    for case in cases():
        if case[1] in ("whole", "quick"):
            continue
        if held.get(identity(blank_golden(case))) != make(case):
            print(f"{case[0]} {case[1]} moved or is missing; see CONTRIBUTING.md", file=sys.stderr)
            return 1
    return 0


def main() -> int:
    """Make or check the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--new-contract", action="store_true")
    options = parser.parse_args()
    held = {} if options.new_contract else {identity(g): g for g in goldens()}
    for case in cases():
        check_canonical(case)
    if options.check:
        return check(held)
    made = []
    for case in cases():
        made.append(held.get(identity(blank_golden(case))) or make(case))
        print(*identity(made[-1]), made[-1].digest[-12:], flush=True)
    rows = {"schema": SCHEMA, "goldens": [asdict(g) for g in made]}
    TARGET.write_text(json.dumps(rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
