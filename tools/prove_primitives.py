"""Measures the strict primitives; writes docs/primitives.md.

    python tools/prove_primitives.py              the whole proof (minutes)
    python tools/prove_primitives.py --sample N   N values of each range; prints only

float32 is tried whole, float64 by a sample that is stated. tanh and sin2pi are odd bit for bit, as
is each of their operations, so that positive arguments suffice; the reciprocal scales exactly with
powers of two, so that one binade suffices. The references are NumPy's float64 functions, some
2**28 times finer than a float32 unit, and mpmath for float64.
"""

import argparse
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np

from primitives_exact import Exact, errors, sample
from primitives_numpy import Array, reciprocal, sin2pi, tanh_inside

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "primitives.md"
CHUNK = 1 << 17
SEED = 20240501
MEASURED, COMPARED = 50_000, 1 << 22
"""Of float64: arguments of each range held against mpmath, and results of it compared with 1."""
COLUMNS = """
| primitive | range | values tested | largest error (ulp) | at | largest result | within 1 |
| --- | --- | ---: | ---: | --- | --- | --- |
"""
HEAD32 = f"""# Errors of the strict primitives

Written by `tools/prove_primitives.py`.

## float32

Every argument of each range was evaluated and compared with float64. One ulp is the spacing of
float32 at the exact result (2^-24 for results between 1/2 and 1).
{COLUMNS}"""
HEAD64 = f"""
## float64

A sample: {MEASURED:,} arguments of each range were compared with mpmath (120 bits), and the
results of {COMPARED:,} with 1. Both are taken at equal steps of the bit pattern, the ends
included. One ulp is the spacing of float64 at the exact result (2^-53 for results between 1/2 and
1). That no tanh exceeds 1 is shown for every float64 in contract.md; for sin2pi this sample is all
there is.
{COLUMNS}"""


@dataclass(frozen=True)
class Primitive:
    """A primitive, its references and the ends of a range of its arguments."""

    name: str
    strict: Callable[[Array], Array]
    exact: Callable[[Array], Array]  # in float64, for float32
    true: Exact  # of mpmath, for float64
    low: float
    high: float


def coefficients() -> Any:
    """Load the committed tables."""
    path = ROOT / "fractbench" / "arithmetic" / "coefficients.py"
    spec = importlib.util.spec_from_file_location("coefficients", path)
    assert spec is not None
    assert spec.loader is not None
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    return table


def primitives(dtype: str) -> list[Primitive]:
    """Return what is to be measured in a dtype."""
    table = coefficients()
    inverse, tanh, odd = table.RECIPROCAL[dtype], table.TANH[dtype], table.SIN2PI[dtype]["odd"]
    magic, newton, limit = inverse["magic"], inverse["newton"], tanh["limit"][0]

    def strict_reciprocal(d: Array) -> Array:
        return reciprocal(d, magic, newton)

    def strict_tanh(x: Array) -> Array:
        return tanh_inside(x, tanh["numerator"], tanh["denominator"], magic, newton)

    def strict_sine(r: Array) -> Array:
        return sin2pi(r, odd)

    def exact_sine(r: Array) -> Array:
        return np.asarray(np.sin(2 * np.pi * r))

    def true_sine(r: Any) -> Any:
        return mpmath.sinpi(2 * r)

    inner = [4.0, 7.0] if dtype == "float32" else [4.0, 7.0, 12.0, 17.0]
    ends = [2.0**-30, 2.0**-12, 0.25, 1.0, 2.0, *inner, limit]
    found = [
        Primitive("tanh", strict_tanh, np.tanh, mpmath.tanh, *ends[i : i + 2])
        for i in range(len(ends) - 1)
    ]
    for low, high in ((2.0**-25, 2.0**-4), (2.0**-4, 0.25)):
        found.append(Primitive("sin2pi", strict_sine, exact_sine, true_sine, low, high))
    inverted = Primitive("reciprocal", strict_reciprocal, np.reciprocal, lambda d: 1 / d, 1.0, 2.0)
    return [*found, inverted]


def measure(primitive: Primitive, sampled: int | None) -> str:
    """Return the row of the float32 table for a primitive."""
    first, last = (int(np.float32(end).view(np.int32)) for end in (primitive.low, primitive.high))
    count = last - first + 1 if sampled is None else sampled
    chosen = np.random.default_rng(SEED).integers(first, last + 1, sampled or 0, dtype=np.int32)
    worst, where, highest = -1.0, 0.0, 0.0
    for start in range(0, count, CHUNK):
        stop = min(start + CHUNK, count)
        bits = np.arange(first + start, first + stop, dtype=np.int32)
        x = (bits if sampled is None else chosen[start:stop]).view(np.float32)
        result, exact = primitive.strict(x), primitive.exact(x.astype(np.float64))
        below_one = np.minimum(exact, 1 - 2.0**-24).astype(np.float32)
        error = np.abs(result - exact) / np.spacing(below_one)
        index = int(error.argmax())
        if not error[index] <= worst:
            worst, where = float(error[index]), float(x[index])
        highest = max(highest, float(result.max()))
    return row(primitive, count, worst, where, highest)


def measure_float64(primitive: Primitive, measured: int, compared: int) -> str:
    """Return the row of the float64 table for a primitive."""
    x = sample(primitive.low, primitive.high, measured)
    found = errors(x, primitive.strict(x), primitive.true)
    index = int(found.argmax())
    wide = sample(primitive.low, primitive.high, compared)
    highest = max(
        float(primitive.strict(wide[i : i + CHUNK]).max()) for i in range(0, compared, CHUNK)
    )
    return row(primitive, measured, float(found[index]), float(x[index]), highest)


def row(primitive: Primitive, count: int, worst: float, where: float, highest: float) -> str:
    """Return a row of a table."""
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
    """Measure, print the tables and, for the full proof, write them."""
    parser = argparse.ArgumentParser(description="Measure the primitives.")
    parser.add_argument("--sample", type=int, metavar="N", help="values of each range")
    sampled = parser.parse_args().sample
    measured, compared = (MEASURED, COMPARED) if sampled is None else (2 + sampled // 200, sampled)
    text = HEAD32 + "".join(measure(primitive, sampled) for primitive in primitives("float32"))
    rows = [measure_float64(p, measured, compared) for p in primitives("float64")]
    text += HEAD64 + "".join(rows)
    print(text, end="")
    if sampled is None:
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
