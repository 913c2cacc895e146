"""Derives the coefficients of the strict primitives; writes fractbench/arithmetic/coefficients.py.

    python tools/derive_coefficients.py           rewrites the file
    python tools/derive_coefficients.py --check   exits 1 if the file differs

The primitives use only +, - and *, each rounded once to nearest, comparisons and operations on
bit patterns:

    reciprocal(d)  r = from_bits(magic - bits(d)), then `newton` times r = r * (2 - d * r)
    tanh(x)        (x * P(x*x)) * reciprocal(Q(x*x)), and 1 or -1 beyond +-limit
    sin2pi(r)      r * C(r*r) for |r| <= 1/4

P/Q is the minimax rational approximation of tanh(sqrt t)/sqrt t, C the minimax polynomial of
sin(2 pi sqrt t)/sqrt t, both in relative error, by the Remez exchange (tools/minimax.py). Rounding
errors could carry a result near 1 above 1, so the function fitted is f (1 - b (t/end)**ramp): of
a fixed ladder of biases b the one with the smallest measured error is taken, among those for
which no result exceeds 1. The rounded coefficients are then moved by a few last places, one at a
time, as long as the largest measured error falls and no result exceeds 1. The magic constant is
the best of a scan by exhaustive measurement over one binade; the idea of it is that of the fast
inverse square root (for 1/d see J. F. Blinn, Floating-Point Tricks, 1997).

Every step is deterministic: mpmath is exact to its precision, and NumPy's float32 +, - and * are
those of IEEE 754.
"""

import argparse
import itertools
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np

from minimax import PRECISION, Real, fit_rational
from primitives_numpy import Array, Polynomial, reciprocal, sin2pi, tanh_inside

TARGET = Path(__file__).resolve().parents[1] / "fractbench" / "arithmetic" / "coefficients.py"


@dataclass(frozen=True)
class Fit:
    """How one function is fitted; `sure` is where results below it cannot reach 1."""

    degrees: tuple[int, int]
    ramp: int  # power of t in the bias
    stride: int  # one value in so many of the format is compared with mpmath
    lowest: float  # the comparison starts here
    sure: float


@dataclass(frozen=True)
class Format:
    """A floating-point format and the parameters of the primitives in it."""

    real: type[np.floating[Any]]
    integer: type[np.integer[Any]]
    bits: int  # of the significand
    newton: int
    magics: range
    saturation: float  # tanh is 1 from 1 - saturation * 2**-bits on; 0.5: where it rounds to 1
    tanh: Fit
    sin2pi: Fit


FORMATS = {
    "float32": Format(
        real=np.float32,
        integer=np.int32,
        bits=24,
        newton=3,
        magics=range(0x7EF00000, 0x7F000001, 0x4000),
        saturation=6.0,
        tanh=Fit(degrees=(4, 4), ramp=2, stride=17, lowest=6.0, sure=7.0),
        sin2pi=Fit(degrees=(4, 0), ramp=2, stride=61, lowest=2.0**-4, sure=0.2490234375),
    )
}
BIASES = [step / 4 for step in range(33)]  # in units of 2**-bits
MOVES = (-1, 1, -2, 2, -4, 4)  # last places, tried on one coefficient at a time
CHUNK = 1 << 16


def values(form: Format, low: float, high: float, stride: int = 1) -> Array:
    """Return the numbers of a format from low to high, or one in `stride` of them."""
    first, last = (int(form.real(end).view(form.integer)) for end in (low, high))
    return np.arange(first, last + 1, stride, dtype=form.integer).view(form.real)


def never_above_one(function: Callable[[Array], Array], x: Array) -> bool:
    """Tell whether no result of the function on x exceeds 1."""
    return all(bool((function(x[i : i + CHUNK]) <= 1).all()) for i in range(0, len(x), CHUNK))


def find_magic(form: Format) -> int:
    """Return the magic constant with the smallest largest relative error over one binade."""
    d = values(form, 1.0, 2.0)

    def largest(magic: int) -> float:
        found = 0.0
        for i in range(0, len(d), CHUNK):
            part = d[i : i + CHUNK]
            r = reciprocal(part, magic, form.newton).astype(np.float64)
            found = max(found, float(np.abs(r * part - 1).max()))
        return found

    return min(form.magics, key=largest)


def find_limit(form: Format) -> float:
    """Return the largest number of the format at which tanh is not yet taken to be 1."""
    with mpmath.workprec(PRECISION):
        exact = mpmath.atanh(1 - mpmath.ldexp(form.saturation, -form.bits))
        near = form.real(float(exact))
        return float(near if mpmath.mpf(float(near)) < exact else np.nextafter(near, form.real(0)))


@dataclass(frozen=True)
class Problem:
    """A primitive to be fitted: its odd function, its interval and how it is evaluated."""

    form: Format
    fit: Fit
    exact: Callable[[Real], Real]
    slope: Real  # of the function at 0
    end: float
    evaluate: Callable[[Array, Polynomial, Polynomial], Array]

    def rounded(self, bias: float) -> tuple[Polynomial, Polynomial]:
        """Fit with a bias and round the coefficients to the format."""

        def biased(t: Real) -> Real:
            root = mpmath.sqrt(t)
            low = 1 - mpmath.ldexp(bias, -self.form.bits) * (t / end**2) ** self.fit.ramp
            return (self.exact(root) / root if t else self.slope) * low

        end = mpmath.mpf(self.end)
        fit = fit_rational(biased, self.fit.degrees, self.end / 4, end)
        p, q = (
            [float(self.form.real(float(c))) for c in reversed(part)]
            for part in (fit.numerator, fit.denominator)
        )
        return p, q

    def objective(self) -> Callable[[Polynomial, Polynomial], float]:
        """Return the function to minimise: the largest error in ulp, infinite if a result > 1."""
        near_one = values(self.form, self.fit.sure, self.end)
        sample = values(self.form, self.fit.lowest, self.end, self.fit.stride)
        with mpmath.workprec(64):
            exact = np.array([float(self.exact(mpmath.mpf(float(x)))) for x in sample])
        below_one = np.minimum(exact, 1 - 2.0**-self.form.bits).astype(self.form.real)
        ulp = np.spacing(below_one).astype(np.float64)

        def worst(p: Polynomial, q: Polynomial) -> float:
            if not never_above_one(lambda x: self.evaluate(x, p, q), near_one):
                return math.inf
            return float((np.abs(self.evaluate(sample, p, q) - exact) / ulp).max())

        return worst

    def solve(self) -> tuple[Polynomial, Polynomial]:
        """Choose the bias, then move coefficients by last places while the error falls."""
        worst = self.objective()
        p, q = min((self.rounded(bias) for bias in BIASES), key=lambda pair: worst(*pair))
        error, start = worst(p, q), math.inf
        while error < start:
            start = error
            for index, move in itertools.product(range(len(p) + len(q) - 1), MOVES):
                both = np.array(p + q, dtype=self.form.real)
                moved = (both.view(self.form.integer)[index : index + 1] + move).astype(
                    self.form.integer
                )
                both[index] = moved.view(self.form.real)[0]
                trial = both[: len(p)].tolist(), both[len(p) :].tolist()
                if (reached := worst(*trial)) < error:
                    (p, q), error = trial, reached
        if math.isinf(error):
            raise ArithmeticError("no bias of the ladder keeps the results within 1")
        return p, q


def floats(numbers: Polynomial) -> str:
    """Write a tuple of floats in hexadecimal, several of them one to a line."""
    texts = [re.sub(r"\.?0*p", "p", number.hex()) for number in numbers]
    if len(texts) == 1:
        return f'(float.fromhex("{texts[0]}"),)'
    lines = "".join(f'            float.fromhex("{text}"),\n' for text in texts)
    return f"(\n{lines}        )"


def derive(form: Format) -> tuple[dict[str, Polynomial], Polynomial, int]:
    """Derive the tables of tanh and sin2pi and the magic constant for a format."""
    magic, limit, one = find_magic(form), find_limit(form), mpmath.mpf(1)

    def tanh(x: Array, p: Polynomial, q: Polynomial) -> Array:
        return tanh_inside(x, p, q, magic, form.newton)

    def sine(x: Array, p: Polynomial, _: Polynomial) -> Array:
        return sin2pi(x, p)

    p, q = Problem(form, form.tanh, mpmath.tanh, one, limit, tanh).solve()
    turn = Problem(form, form.sin2pi, lambda x: mpmath.sinpi(2 * x), 2 * mpmath.pi, 0.25, sine)
    return {"numerator": p, "denominator": q, "limit": [limit]}, turn.solve()[0], magic


def generate() -> str:
    """Return the text of coefficients.py."""
    tanh = sine = inverse = ""
    for name, form in FORMATS.items():
        table, odd, magic = derive(form)
        rows = "".join(f'        "{key}": {floats(table[key])},\n' for key in table)
        tanh += f'    "{name}": {{\n{rows}    }},\n'
        sine += f'    "{name}": {{\n        "odd": {floats(odd)},\n    }},\n'
        inverse += f'    "{name}": {{"magic": 0x{magic:X}, "newton": {form.newton}}},\n'
    return (
        '"""Coefficients of the strict primitives.\n\n'
        'Generated by tools/derive_coefficients.py; do not edit.\n"""\n\n'
        f"TANH: dict[str, dict[str, tuple[float, ...]]] = {{\n{tanh}}}\n"
        f"SIN2PI: dict[str, dict[str, tuple[float, ...]]] = {{\n{sine}}}\n"
        f"RECIPROCAL: dict[str, dict[str, int]] = {{\n{inverse}}}\n"
    )


def main() -> int:
    """Write the file, or with --check compare it."""
    parser = argparse.ArgumentParser(description="Derive the coefficients of the primitives.")
    parser.add_argument("--check", action="store_true", help="compare the file, write nothing")
    check = parser.parse_args().check
    text = generate()
    if not check:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(text, encoding="utf-8")
        return 0
    same = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text
    if not same:
        print(f"{TARGET.name} differs from what is derived", file=sys.stderr)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
