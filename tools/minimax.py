"""Best rational approximation in the relative sense, by the Remez exchange.

Finds the P and Q of given degrees, with Q(0) = 1, for which the largest value of
|P(t) / (Q(t) f(t)) - 1| over 0 <= t <= end is smallest. The method is the second algorithm of
Remez for rational functions (E. W. Cheney, Introduction to Approximation Theory, chapter 5;
J.-M. Muller, Elementary Functions, chapter 3). For a given reference of alternating points the
levelled error is found by a fixed-point iteration on linear systems, the previous Q serving as
the weight. As a rational exchange converges only from a good start, the interval is grown from a
short one, each solution giving the reference of the next.

All arithmetic is that of mpmath at a fixed precision, so that the result is the same everywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath  # type: ignore[import-untyped]

Real = Any  # mpmath.mpf; mpmath carries no types
Function = Callable[[Real], Real]

PRECISION = 200  # bits
GROWTH = 1.12  # of the square root of the interval, from one solution to the next
GRID = 300  # points on which the extrema of the error are looked for
LEVELLED = 1e-3  # the exchange ends when the largest error is this near to the levelled one


@dataclass(frozen=True)
class Rational:
    """A fitted P/Q, lowest degree first, its largest relative error and its reference."""

    numerator: list[Real]
    denominator: list[Real]
    error: Real
    reference: list[Real]

    def __call__(self, t: Real) -> Real:
        """Evaluate P/Q at t."""
        return evaluate(self.numerator, t) / evaluate(self.denominator, t)


def evaluate(coefficients: list[Real], t: Real) -> Real:
    """Evaluate a polynomial given lowest degree first."""
    return mpmath.polyval(coefficients[::-1], t)


def quarter_wave(count: int, end: Real) -> list[Real]:
    """Return the square roots of Chebyshev extrema of [0, end**2]; they lie in [0, end]."""
    return [end * mpmath.sin(mpmath.pi * i / (2 * count - 2)) for i in range(count)]


def level(f: Function, degrees: tuple[int, int], points: list[Real], weight: Function) -> Rational:
    """Solve P/Q = f (1 + w E), f (1 - w E), f (1 + w E), ... at the points for P, Q and E."""
    up, down = degrees
    size = up + down + 2
    error, bottom = mpmath.mpf(0), [mpmath.mpf(1), mpmath.mpf(2) / 5]
    system, right = mpmath.matrix(size, size), mpmath.ones(size, 1)
    for _ in range(40):
        for row, x in enumerate(points):
            t = x * x
            for power in range(up + 1):
                system[row, power] = t**power / f(t)
            for power in range(1, down + 1):
                system[row, up + power] = -(t**power)
            system[row, size - 1] = (
                -((-1) ** row) * weight(t) * (evaluate(bottom, t) if down else 1)
            )
        solution = list(mpmath.lu_solve(system, right))
        previous, error = error, solution[-1]
        bottom = [mpmath.mpf(1), *solution[up + 1 : -1]]
        if not down or abs(error - previous) <= abs(error) * mpmath.mpf(10) ** -8:
            break
    return Rational(solution[: up + 1], bottom, abs(error), points)


def vertex(xs: list[Real], ys: list[Real]) -> Real:
    """Return the abscissa of the extremum of the parabola through three points."""
    left, right = xs[1] - xs[0], xs[1] - xs[2]
    a, b = left * (ys[1] - ys[2]), right * (ys[1] - ys[0])
    return xs[1] if a == b else xs[1] - (left * a - right * b) / (2 * (a - b))


def extrema(error: Function, end: Real) -> tuple[list[Real], Real]:
    """Return one extremum for each run of equal sign of the error, and its largest size."""
    grid = quarter_wave(GRID + 1, end)
    values = [error(x) for x in grid]
    runs = [[0]]
    for index in range(1, GRID + 1):
        if (values[index] > 0) == (values[runs[-1][-1]] > 0):
            runs[-1].append(index)
        else:
            runs.append([index])
    points = []
    for run in runs:
        top = max(run, key=lambda index: abs(values[index]))
        inside = 0 < top < GRID
        near = slice(top - 1, top + 2)
        points.append(vertex(grid[near], values[near]) if inside else grid[top])
    return points, max(abs(value) for value in values)


def exchange(
    f: Function, degrees: tuple[int, int], points: list[Real], weight: Function
) -> Rational:
    """Run the Remez exchange from the points, whose last is the end of the interval."""
    for _ in range(25):
        fit = level(f, degrees, points, weight)

        def error(x: Real, fit: Rational = fit) -> Real:
            return (fit(x * x) / f(x * x) - 1) / weight(x * x)

        found, largest = extrema(error, points[-1])
        if len(found) != len(points):
            raise ArithmeticError(f"{len(found)} extrema in place of {len(points)}")
        if largest <= fit.error * (1 + LEVELLED):
            return fit
        points = found
    raise ArithmeticError("the exchange did not converge")


def even(t: Real) -> Real:
    """Weigh relative errors alike."""
    return mpmath.mpf(1)


def fit_rational(
    f: Function, degrees: tuple[int, int], start: float, end: Real, weight: Function = even
) -> Rational:
    """Fit f on [0, end**2] by a rational function of the given degrees.

    Args:
        f: The function of t to fit; it may not vanish.
        degrees: Degrees of P and Q.
        start: Square root of an interval short enough for Chebyshev extrema to start on.
        end: Square root of the interval wanted.
        weight: How large a relative error may be at t, compared with that elsewhere.

    Returns:
        The fit, whose error is the smallest possible to one part in a thousand.
    """
    with mpmath.workprec(PRECISION):
        length = min(mpmath.mpf(start), end)
        points = quarter_wave(sum(degrees) + 2, length)
        while True:
            fit = exchange(f, degrees, points, weight)
            if length >= end:
                return fit
            longer = min(end, length * GROWTH)
            points = [x * longer / length for x in fit.reference[:-1]] + [longer]
            length = longer
