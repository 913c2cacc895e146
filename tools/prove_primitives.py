"""Measures the strict float32 primitives over every argument; writes docs/primitives.md.

    python tools/prove_primitives.py              every float32 of each range (minutes)
    python tools/prove_primitives.py --sample N   N random values of each range; prints only

tanh and sin2pi are odd bit for bit, as is each of their operations, so that positive arguments
suffice; the reciprocal scales exactly with powers of two, so that one binade suffices. The
references are NumPy's float64 functions, some 2**28 times finer than a float32 unit.
"""

import argparse
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from primitives_numpy import Array, reciprocal, sin2pi, tanh_inside

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "primitives.md"
CHUNK = 1 << 17
SEED = 20240501
HEAD = """# Errors of the strict primitives

Written by `tools/prove_primitives.py`, which evaluates the primitives in float32 for every
argument of each range and compares them with float64. One ulp is the spacing of float32 at the
exact result (2^-24 for results between 1/2 and 1).

| primitive | range | values tested | largest error (ulp) | at | largest result | within 1 |
| --- | --- | ---: | ---: | --- | --- | --- |
"""


@dataclass(frozen=True)
class Primitive:
    """A primitive, its float64 reference and the ends of a range of its arguments."""

    name: str
    strict: Callable[[Array], Array]
    exact: Callable[[Array], Array]
    low: float
    high: float


def primitives() -> list[Primitive]:
    """Load the coefficients and return what is to be measured."""
    path = ROOT / "fractbench" / "arithmetic" / "coefficients.py"
    spec = importlib.util.spec_from_file_location("coefficients", path)
    assert spec is not None
    assert spec.loader is not None
    table: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    inverse, tanh = table.RECIPROCAL["float32"], table.TANH["float32"]
    magic, newton, limit = inverse["magic"], inverse["newton"], tanh["limit"][0]
    p, q, odd = tanh["numerator"], tanh["denominator"], table.SIN2PI["float32"]["odd"]

    def strict_reciprocal(d: Array) -> Array:
        return reciprocal(d, magic, newton)

    def strict_tanh(x: Array) -> Array:
        return tanh_inside(x, p, q, magic, newton)

    def strict_sine(r: Array) -> Array:
        return sin2pi(r, odd)

    def exact_sine(r: Array) -> Array:
        return np.asarray(np.sin(2 * np.pi * r))

    ends = [2.0**-30, 2.0**-12, 0.25, 1.0, 2.0, 4.0, 7.0, limit]
    found = [Primitive("tanh", strict_tanh, np.tanh, *ends[i : i + 2]) for i in range(7)]
    for low, high in ((2.0**-25, 2.0**-4), (2.0**-4, 0.25)):
        found.append(Primitive("sin2pi", strict_sine, exact_sine, low, high))
    inverted = Primitive("reciprocal", strict_reciprocal, np.reciprocal, 1.0, 2.0)
    return [*found, inverted]


def measure(primitive: Primitive, sample: int | None) -> str:
    """Return the row of the table for a primitive."""
    first, last = (int(np.float32(end).view(np.int32)) for end in (primitive.low, primitive.high))
    count = last - first + 1 if sample is None else sample
    chosen = np.random.default_rng(SEED).integers(first, last + 1, sample or 0, dtype=np.int32)
    worst, where, highest = -1.0, 0.0, 0.0
    for start in range(0, count, CHUNK):
        stop = min(start + CHUNK, count)
        bits = np.arange(first + start, first + stop, dtype=np.int32)
        x = (bits if sample is None else chosen[start:stop]).view(np.float32)
        result, exact = primitive.strict(x), primitive.exact(x.astype(np.float64))
        below_one = np.minimum(exact, 1 - 2.0**-24).astype(np.float32)
        error = np.abs(result - exact) / np.spacing(below_one)
        index = int(error.argmax())
        if not error[index] <= worst:
            worst, where = float(error[index]), float(x[index])
        highest = max(highest, float(result.max()))
    cells = (
        primitive.name,
        f"[{primitive.low:.9g}, {primitive.high:.9g}]",
        f"{count:,}",
        f"{worst:.3f}",
        f"`{where.hex()}` ({where:.6g})",
        f"`{highest.hex()}`",
        "yes" if highest <= 1 else "NO",
    )
    return f"| {' | '.join(cells)} |\n"


def main() -> None:
    """Measure, print the table and, for the full proof, write it."""
    parser = argparse.ArgumentParser(description="Measure the primitives over every float32.")
    parser.add_argument("--sample", type=int, metavar="N", help="random values of each range")
    sample = parser.parse_args().sample
    rows = "".join(measure(primitive, sample) for primitive in primitives())
    print(HEAD + rows, end="")
    if sample is None:
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(HEAD + rows, encoding="utf-8")


if __name__ == "__main__":
    main()
