"""The reference orbit at any precision, in the ball arithmetic of FLINT (the `deep` extra).

Balls are cut back to their middles after every step: their radii grow exponentially in an iterated
map, whose errors do not (https://flintlib.org/doc/arb.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.formats import FLOAT32
from fractbench.errors import BackendUnavailableError
from fractbench.problems.mlp import Mlp
from fractbench.zoom.orbit import Orbit, Recorder, converged
from fractbench.zoom.place import Place

HOPELESS = 1e9
"""A loss so many times the first one: the training is broken off, it is no reference."""


def flint() -> Any:
    """Return python-flint.

    Raises:
        BackendUnavailableError: it is not installed.
    """
    try:
        import flint as found
    except ImportError:
        raise BackendUnavailableError(
            "a zoom as deep as this needs a reference of more precision than float64 has; "
            'type pip install "fractbench[deep]"'
        ) from None
    return found


def orbit_precise(problem: Mlp, place: Place, bits: int) -> Orbit:
    """Train one pixel at a precision and keep every step; broken off where it is hopeless.

    Args:
        problem: whose weights and data count as exact, as float64 holds them.
        place: where.
        bits: of every number's significand.

    Raises:
        BackendUnavailableError: python-flint is not installed.
    """
    library, record, losses = flint(), Recorder(problem.steps), []
    with library.ctx.workprec(bits):
        run = Training(library, problem, place)
        for step, (found, loss) in enumerate(run.steps()):
            record.add(step, **found)
            losses.append(loss)
            if not loss < HOPELESS * losses[0]:
                break
    good = converged(np.array(losses), problem.steps)
    rates = float(run.rate_W), float(run.rate_v)
    return Orbit(place, rates, record.frames, bits, good)


class Training:
    """One network in matrices of balls; the same formulas as problems/network.py."""

    def __init__(self, library: Any, problem: Mlp, place: Place) -> None:
        """Bring weights and data over, and take the powers of ten."""
        self._flint, self._problem = library, problem
        x, y = (power(library, exponent) for exponent in (place.x, place.y))
        self.rate_W, self.rate_v = (x if problem.offset == "none" else y), y
        drawn, n = problem.instance, problem.width
        self._X = self._matrix(drawn.X)
        self._Y = self._matrix(drawn.y[:, None])
        self._W, self._v = self._matrix(drawn.W), self._matrix(drawn.v[:, None])
        self._shift = self._matrix(np.ones((n, n))) * x
        if problem.offset != "none":
            self._W = self._W + self._shift
        arb = library.arb
        self._scale = (arb(1 if problem.activation == "identity" else 2) / n).sqrt()
        inputs = problem.inputs(FLOAT32)
        self._orders = inputs["frames"].get("order")
        self._slope = arb(2) / ((16 if problem.minibatch else problem.count) * n)

    def _matrix(self, values: NDArray[np.float64]) -> Any:
        return self._flint.arb_mat(values.tolist())

    def steps(self) -> Iterator[tuple[dict[str, NDArray[np.float64]], float]]:
        """Yield what every step passes through, and its loss."""
        arb_mat, n = self._flint.arb_mat, self._problem.width
        count = self._problem.count
        for step in range(self._problem.steps):
            u = [z * self._scale for z in (self._X * self._W).entries()]
            h, q = self._activated(u)
            e = arb_mat(count, n, h) * self._v * (self._flint.arb(1) / n) - self._Y
            d = e * self._slope
            gW, gv = self._gradients(h, q, d, step)
            yield self._frame(u, h, q, e, d, gW, gv), self._loss(e)
            self._W = middle(self._W - gW * self.rate_W)
            self._v = middle(self._v - gv * self.rate_v)
            if self._problem.offset == "drift":
                self._W = self._W + self._shift

    def _activated(self, u: list[Any]) -> tuple[list[Any], list[Any]]:
        arb = self._flint.arb
        if self._problem.activation == "identity":
            return u, [arb(1)] * len(u)
        if self._problem.activation == "relu":
            on = [z.mid() > 0 for z in u]
            return [z if o else arb(0) for z, o in zip(u, on, strict=True)], [arb(o) for o in on]
        h = [z.tanh().mid() for z in u]
        return h, [1 - t * t for t in h]

    def _gradients(self, h: list[Any], q: list[Any], d: Any, step: int) -> tuple[Any, Any]:
        arb_mat, n, scale = self._flint.arb_mat, self._problem.width, self._scale
        rows = range(self._problem.count) if self._orders is None else self._orders[step].tolist()
        errors, v = d.entries(), self._v.entries()
        back = [errors[s] * v[j] * q[s * n + j] * scale for s in rows for j in range(n)]
        X, H, D = self._X, arb_mat(self._problem.count, n, h), d
        if self._orders is not None:
            X = arb_mat([[self._X[s, i] for i in range(n)] for s in rows])
            H = arb_mat([h[s * n : s * n + n] for s in rows])
            D = arb_mat([[errors[s]] for s in rows])
        return X.transpose() * arb_mat(len(rows), n, back), H.transpose() * D

    def _frame(
        self, u: list[Any], h: list[Any], q: list[Any], e: Any, d: Any, gW: Any, gv: Any
    ) -> dict[str, NDArray[np.float64]]:
        count, n = self._problem.count, self._problem.width
        units = {name: floats(row).reshape(count, n).T[..., None]
                 for name, row in (("u", u), ("h", h), ("q", q))}  # fmt: skip
        rest = {name: floats(row.entries())[:, None]
                for name, row in (("e", e), ("d", d), ("v", self._v), ("gv", gv))}  # fmt: skip
        return units | rest | {"gW": floats(gW.entries()).reshape(n, n, 1)}

    def _loss(self, e: Any) -> float:
        return float(sum((x * x for x in e.entries()), self._flint.arb(0))) / self._problem.count


def power(library: Any, exponent: Fraction) -> Any:
    """Return 10**exponent at the precision in force."""
    arb = library.arb
    return (arb(10).log() * (arb(exponent.numerator) / arb(exponent.denominator))).exp().mid()


def middle(matrix: Any) -> Any:
    """Return the matrix without its radii."""
    return matrix.mid()


def floats(row: list[Any]) -> NDArray[np.float64]:
    """Return the nearest float64 of every ball's middle."""
    return np.array([float(value.mid()) for value in row])
