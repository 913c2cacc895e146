"""Ops that are wrong on purpose, each as real compilers, drivers and careless ports are.

`WRONG` maps each of them to the canary check that must name it.
"""

from unittest import mock

import numpy as np

from fractbench.arithmetic import canary
from fractbench.arithmetic.fold import fold_left
from fractbench.arithmetic.host import HostOps


class Traced(np.ndarray):
    """A result that remembers what it was made of; slices and results of it forget."""

    made_of = None

    @classmethod
    def of(cls, array, made_of):
        """Return a copy of an array that remembers."""
        traced = np.array(array).view(cls)
        traced.made_of = made_of
        return traced


def made_of(array):
    """Return what an array remembers, or None."""
    return array.made_of if isinstance(array, Traced) else None


class FusingOps(HostOps):
    """A compiler that contracts a * b + c: the product is not rounded before it is added."""

    def mul(self, a, b):
        exact = np.asarray(a, np.float64) * np.asarray(b, np.float64)
        return Traced.of(np.multiply(a, b), exact)

    def add(self, a, b):
        return self._fused(a, b, np.add)

    def sub(self, a, b):
        return self._fused(a, b, np.subtract)

    def _fused(self, a, b, operation):
        if made_of(a) is None and made_of(b) is None:
            return operation(a, b)
        wide = [x if made_of(x) is None else made_of(x) for x in (a, b)]
        return operation(*(np.asarray(x, np.float64) for x in wide)).astype(np.float32)


class FusingLoopOps(FusingOps):
    """A compiler that contracts inside loops only."""

    inside = False

    def scan(self, *args, **options):
        self.inside = True
        try:
            return super().scan(*args, **options)
        finally:
            self.inside = False

    def _fused(self, a, b, operation):
        return super()._fused(a, b, operation) if self.inside else operation(a, b)


class CancellingOps(HostOps):
    """Fast-math: (a + b) - b is taken for a."""

    def add(self, a, b):
        return Traced.of(np.add(a, b), (a, b))

    def sub(self, a, b):
        terms = made_of(a)
        return terms[0] if terms is not None and b is terms[1] else np.subtract(a, b)


class RegroupingOps(HostOps):
    """Fast-math: (a * b) * c is computed as a * (b * c)."""

    def mul(self, a, b):
        factors = made_of(a)
        if factors is None:
            return Traced.of(np.multiply(a, b), (a, b))
        return Traced.of(np.multiply(factors[0], np.multiply(factors[1], b)), (a, b))


class UnsignedZeroOps(HostOps):
    """no-signed-zeros: a product with -0.0 loses its sign."""

    def mul(self, a, b):
        return np.multiply(a, b) + np.float32(0)


class BlendingOps(HostOps):
    """select by arithmetic, which lets NaN through from the branch not taken."""

    def select(self, mask, a, b):
        weight = np.asarray(mask, np.float32)
        return weight * a + (np.float32(1) - weight) * b


class NanIsLessOps(HostOps):
    """a < b computed as not (a >= b), which holds for NaN: a relu that swallows NaN."""

    def less(self, a, b):
        return ~(np.asarray(a) >= np.asarray(b))


class HalfAwayOps(HostOps):
    """round() of the C library: ties away from zero."""

    def nearest(self, a):
        return np.copysign(np.floor(np.abs(a) + np.float32(0.5)), a)


class BackwardScanOps(HostOps):
    """A loop run from its end."""

    def scan(self, body, carry, xs, fixed, length, watch=None):
        return super().scan(body, carry, {name: x[::-1] for name, x in xs.items()}, fixed, length)


class RewrittenOps(HostOps):
    """A port that replaces one primitive of the kernel text by a careless one."""

    primitive = ""

    def compile(self, program, fixed):
        call = super().compile(program, fixed)

        def rewritten(pixels):
            with mock.patch.object(canary, self.primitive, type(self).text):
                return call(pixels)

        return rewritten


def _rewritten(name, text):
    members = {"primitive": name, "text": staticmethod(text)}
    return type(f"Rewritten_{name}_Ops", (RewrittenOps,), members)


def naive_halving(ops, terms):
    """A fold that halves without padding and so drops the last of an odd number of units."""
    while terms.shape[0] > 1:
        half = terms.shape[0] // 2
        terms = ops.add(terms[:half], terms[half : 2 * half])
    return terms[0]


def left_fold(ops, terms):
    """A fold from left to right."""
    return fold_left(ops, list(terms))


def pairwise_fold(ops, terms):
    """A fold of neighbours: 2i and 2i + 1 instead of i and i + m/2."""
    rows = list(terms)
    while len(rows) > 1:
        rest = rows[len(rows) & ~1 :]
        rows = [ops.add(a, b) for a, b in zip(rows[::2], rows[1::2], strict=False)] + rest
    return rows[0]


def short_tanh(ops, k, x):
    """A tanh that saturates one last place below 1."""
    last = np.float32(1 - 2.0**-24)
    return np.clip(canary_tanh(ops, k, x), -last, last)


canary_tanh = canary.tanh

WRONG = {
    "fused multiply-add": (FusingOps, "contraction"),
    "fused multiply-add in loops": (FusingLoopOps, "accumulation"),
    "loop from its end": (BackwardScanOps, "accumulation"),
    "(a + b) - b is a": (CancellingOps, "association"),
    "(a * b) * c is a * (b * c)": (RegroupingOps, "association"),
    "no signed zeros": (UnsignedZeroOps, "signed_zero"),
    "select by arithmetic": (BlendingOps, "select"),
    "NaN is less": (NanIsLessOps, "select"),
    "ties away from zero": (HalfAwayOps, "nearest"),
    "error of a sum is 0": (_rewritten("two_sum", lambda o, a, b: (a + b, a - a)), "two_sum"),
    "naive halving": (_rewritten("fold", naive_halving), "fold"),
    "left fold": (_rewritten("fold", left_fold), "fold"),
    "fold of neighbours": (_rewritten("fold", pairwise_fold), "fold"),
    "division": (_rewritten("reciprocal", lambda o, k, x: np.float32(1) / x), "reciprocal"),
    "library tanh": (_rewritten("tanh", lambda o, k, x: np.tanh(x)), "tanh"),
    "tanh saturates at 0.99999994": (_rewritten("tanh", short_tanh), "tanh"),
    "library sine": (
        _rewritten("sin2pi", lambda o, k, x: np.sin(np.float32(2 * np.pi) * x)),
        "sin2pi",
    ),
}
"""What is wrong -> (the Ops, the canary check that must catch it)."""
