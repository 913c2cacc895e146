"""Derives the coefficients of the strict primitives; writes fractbench/arithmetic/coefficients.py.

    python tools/derive_coefficients.py           rewrites the file
    python tools/derive_coefficients.py --check   exits 1 if the file differs

The primitives use only +, - and *, each rounded once to nearest, comparisons and operations on
bit patterns:

    reciprocal(d)  r = from_bits(magic - bits(d)), then `newton` times r = r * (2 - d * r)
    tanh(x)        m * reciprocal(d) with m = x * P(x*x), d = Q(x*x), and 1 or -1 beyond +-limit;
                   in float64 (2 * m * d) * reciprocal(m*m + d*d)
    sin2pi(r)      r * C(r*r) for |r| <= 1/4

P/Q is the minimax rational approximation of tanh(sqrt t)/sqrt t, C the minimax polynomial of
sin(2 pi sqrt t)/sqrt t, both in relative error, by the Remez exchange (tools/minimax.py).

In float64 m/d is tanh(x/2), from which tanh x = 2 (m/d) / (1 + (m/d)**2) follows without another
reciprocal. Its slope in m/d falls as 1/cosh(x), so that errors of m and d vanish towards the
limit, and the error of P/Q may grow as cosh(x), which is its weight in the fit. For tanh itself
degree 9 would be needed, whose roundings add up to 9 ulp and now and then to more than 1. The
rounded coefficients are taken as they are.

In float32 rounding errors could carry a result near 1 above 1, so the function fitted is
f (1 - b (t/end)**ramp): of a fixed ladder of biases b the one with the smallest measured error is
taken, among those for which no result exceeds 1. The rounded coefficients are then moved by a few
last places, one at a time, as long as the largest measured error falls and no result exceeds 1.
Errors are measured on a regular sample; that no float32 result exceeds 1, on every argument near
the end. float64 has too many, so there that is a sample too, dense at the end.

The magic constant is the best of a scan by measurement over one binade (all of float32, a sample
of float64); the idea of it is that of the fast inverse square root (for 1/d see J. F. Blinn,
Floating-Point Tricks, 1997).

Every step is deterministic: mpmath is exact to its precision, and NumPy's +, - and * are those of
IEEE 754.
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

from minimax import PRECISION, Function, Real, even, fit_rational
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
    near: int  # stride of the results compared with 1
    biases: list[float]  # in units of 2**-bits


@dataclass(frozen=True)
class Format:
    """A floating-point format and the parameters of the primitives in it."""

    real: type[np.floating[Any]]
    integer: type[np.integer[Any]]
    bits: int  # of the significand
    newton: int
    magics: range
    judged: tuple[int, int]  # the Newton steps after which magics are compared; stride in a binade
    saturation: float  # tanh is 1 from 1 - saturation * 2**-bits on; 0.5: where it rounds to 1
    moves: tuple[int, ...]  # last places, tried on one coefficient at a time
    tanh: Fit
    sin2pi: Fit


LADDER = [step / 4 for step in range(33)]
FORMATS = {
    "float32": Format(
        real=np.float32,
        integer=np.int32,
        bits=24,
        newton=3,
        magics=range(0x7EF00000, 0x7F000001, 0x4000),
        judged=(3, 1),
        saturation=6.0,
        moves=(-1, 1, -2, 2, -4, 4),
        tanh=Fit((4, 4), ramp=2, stride=17, lowest=6.0, sure=7.0, near=1, biases=LADDER),
        sin2pi=Fit((4, 0), 2, stride=61, lowest=2.0**-4, sure=0.2490234375, near=1, biases=LADDER),
    ),
    "float64": Format(
        real=np.float64,
        integer=np.int64,
        bits=53,
        newton=4,
        magics=range(0x7FDE000000000000, 0x7FDF000000000001, 0x20000000000),
        judged=(3, 10**11 + 3),
        saturation=4.0,
        moves=(),
        tanh=Fit((6, 6), 0, stride=10**12 + 39, lowest=2.0**-4, sure=17.0, near=10**9 + 7,
                 biases=[0.0]),
        sin2pi=Fit((8, 0), 0, stride=10**12 + 39, lowest=2.0**-4, sure=0.2490234375,
                   near=10**8 + 7, biases=[0.0]),
    ),
}  # fmt: skip
CHUNK = 1 << 16


def values(form: Format, low: float, high: float, stride: int = 1) -> Array:
    """Return the numbers of a format from low to high, or one in `stride` of them."""
    first, last = (int(form.real(end).view(form.integer)) for end in (low, high))
    return np.arange(first, last + 1, stride, dtype=form.integer).view(form.real)


def values_near_one(form: Format, fit: Fit, end: float) -> Array:
    """Return the arguments up to the end whose results are compared with 1; the last in full."""
    spread = values(form, fit.sure, end, fit.near)
    if fit.near == 1:
        return spread
    last = int(form.real(end).view(form.integer))
    return np.concatenate([spread, np.arange(last - CHUNK, last + 1).view(form.real)])


def never_above_one(function: Callable[[Array], Array], x: Array) -> bool:
    """Tell whether no result of the function on x exceeds 1."""
    return all(bool((function(x[i : i + CHUNK]) <= 1).all()) for i in range(0, len(x), CHUNK))


def find_magic(form: Format) -> int:
    """Return the magic constant with the smallest largest relative error over one binade."""
    newton, stride = form.judged
    d = values(form, 1.0, 2.0, stride)

    def largest(magic: int) -> float:
        found = 0.0
        for i in range(0, len(d), CHUNK):
            part = d[i : i + CHUNK]
            r = reciprocal(part, magic, newton).astype(np.float64)
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
    fitted: Callable[[Real], Real]  # the odd function that P and Q stand for
    slope: Real  # of that at 0
    end: float
    evaluate: Callable[[Array, Polynomial, Polynomial], Array]
    weight: Function = even

    def rounded(self, bias: float) -> tuple[Polynomial, Polynomial]:
        """Fit with a bias and round the coefficients to the format."""

        def biased(t: Real) -> Real:
            root = mpmath.sqrt(t)
            low = 1 - mpmath.ldexp(bias, -self.form.bits) * (t / end**2) ** self.fit.ramp
            return (self.fitted(root) / root if t else self.slope) * low

        end = mpmath.mpf(self.end)
        fit = fit_rational(biased, self.fit.degrees, self.end / 4, end, self.weight)
        p, q = (
            [float(self.form.real(float(c))) for c in reversed(part)]
            for part in (fit.numerator, fit.denominator)
        )
        return p, q

    def exact_values(self, sample: Array) -> tuple[Array, Array]:
        """Return the function to float64, and what that leaves where the format is float64."""
        wide = self.form.bits > 24
        with mpmath.workprec(120 if wide else 64):
            exact = [self.exact(mpmath.mpf(float(x))) for x in sample]
            near = [float(value) for value in exact]
            rest = [float(v - n) if wide else 0.0 for v, n in zip(exact, near, strict=True)]
        return np.array(near), np.array(rest)

    def objective(self) -> Callable[[Polynomial, Polynomial], float]:
        """Return the function to minimise: the largest error in ulp, infinite if a result > 1."""
        near_one = values_near_one(self.form, self.fit, self.end)
        sample = values(self.form, self.fit.lowest, self.end, self.fit.stride)
        exact, rest = self.exact_values(sample)
        below_one = np.minimum(exact, 1 - 2.0**-self.form.bits).astype(self.form.real)
        ulp = np.spacing(below_one).astype(np.float64)

        def worst(p: Polynomial, q: Polynomial) -> float:
            if not never_above_one(lambda x: self.evaluate(x, p, q), near_one):
                return math.inf
            return float((np.abs((self.evaluate(sample, p, q) - exact) - rest) / ulp).max())

        return worst

    def solve(self) -> tuple[Polynomial, Polynomial]:
        """Choose the bias, then move coefficients by last places while the error falls."""
        worst = self.objective()
        p, q = min((self.rounded(bias) for bias in self.fit.biases), key=lambda pair: worst(*pair))
        error, start = worst(p, q), math.inf
        while error < start:
            start = error
            for index, move in itertools.product(range(len(p) + len(q) - 1), self.form.moves):
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


def tanh_problem(form: Format, magic: int) -> Problem:
    """Return what is fitted for tanh: the function itself or, in float64, that of half of x."""

    def evaluate(x: Array, p: Polynomial, q: Polynomial) -> Array:
        return tanh_inside(x, p, q, magic, form.newton)

    limit, one = find_limit(form), mpmath.mpf(1)
    if form.real is np.float32:
        return Problem(form, form.tanh, mpmath.tanh, mpmath.tanh, one, limit, evaluate)

    def half(x: Real) -> Real:
        return mpmath.tanh(x / 2)

    def weight(t: Real) -> Real:
        return mpmath.cosh(mpmath.sqrt(t))

    return Problem(form, form.tanh, mpmath.tanh, half, one / 2, limit, evaluate, weight)


def sine_problem(form: Format) -> Problem:
    """Return what is fitted for sin2pi."""

    def evaluate(x: Array, p: Polynomial, _: Polynomial) -> Array:
        return sin2pi(x, p)

    def sine(x: Real) -> Real:
        return mpmath.sinpi(2 * x)

    with mpmath.workprec(PRECISION):
        slope = 2 * mpmath.pi
    return Problem(form, form.sin2pi, sine, sine, slope, 0.25, evaluate)


def derive(form: Format) -> tuple[dict[str, Polynomial], Polynomial, int]:
    """Derive the tables of tanh and sin2pi and the magic constant for a format."""
    magic = find_magic(form)
    tanh = tanh_problem(form, magic)
    p, q = tanh.solve()
    table = {"numerator": p, "denominator": q, "limit": [tanh.end]}
    return table, sine_problem(form).solve()[0], magic


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
