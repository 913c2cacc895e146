"""The emulated fused multiply-add against the processor's, through the C library, and exactly."""

import ctypes
import ctypes.util
from fractions import Fraction

import numpy as np
import pytest

from fractbench.arithmetic.formats import FLOAT64
from fractbench.arithmetic.fused_host import FusedHostOps
from fractbench.arithmetic.host import HostOps
from fractbench.problems.catalogue import problem
from helpers import BOTH, tile_of, trained

COUNT = 4000
NAMES = ("random bits", "normal", "cancelling", "ties", "special", "near the smallest", "largest")


def mad(fmt, *arrays):
    with np.errstate(all="ignore"):
        return FusedHostOps(fmt).mad(*arrays)


def arguments(fmt, name):
    """Return a, b, c of one kind."""
    draw = np.random.Generator(np.random.PCG64(len(name)))
    limits, eps = np.finfo(fmt.dtype), np.finfo(fmt.dtype).eps

    def normal():
        return draw.standard_normal(COUNT).astype(fmt.dtype)

    def scaled(low, high):
        return np.ldexp(normal(), draw.integers(low, high, COUNT)).astype(fmt.dtype)

    a, b, c = normal(), normal(), normal()
    with np.errstate(all="ignore"):
        if name == "random bits":
            info = np.iinfo(fmt.integer)
            a, b, c = (
                draw.integers(info.min, info.max, COUNT, fmt.integer).view(fmt.dtype)
                for _ in range(3)
            )
        elif name == "cancelling":
            c = (-a * b * (1 + draw.integers(-3, 4, COUNT) * eps)).astype(fmt.dtype)
        elif name == "ties":
            half = 2.0 ** (fmt.precision // 2)
            a, b = (np.round(x * half).astype(fmt.dtype) for x in (a, b))
            c = (np.round(c * 4) * half * half * 2).astype(fmt.dtype)
        elif name == "special":
            numbers = [0, -0.0, np.inf, -np.inf, np.nan, 1, -1, limits.max, -limits.max,
                       limits.smallest_normal, limits.smallest_subnormal]  # fmt: skip
            a, b, c = (draw.choice(np.array(numbers, fmt.dtype), COUNT) for _ in range(3))
        elif name == "near the smallest":
            half, third = fmt.emin // 2, fmt.precision
            a, b = (scaled(half - third, half + third) for _ in range(2))
            c = scaled(fmt.emin - third, fmt.emin + third)
        elif name == "largest":
            half = fmt.emax // 2
            a, b, c = scaled(half - 3, half + 3), scaled(half - 3, half + 3), scaled(-3, 3)
            c = np.ldexp(c, fmt.emax - 3).astype(fmt.dtype)
    return a, b, c


def exactly(fmt, a, b, c):
    """Round the exact a b + c once; for finite numbers whose sum is not zero."""
    value = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
    try:
        return fmt.round(value)
    except OverflowError:
        return np.copysign(np.inf, float(value > 0) - 0.5)


@BOTH
@pytest.mark.parametrize("name", NAMES)
def test_rounds_the_exact_sum_once(fmt, name):
    a, b, c = arguments(fmt, name)
    found = mad(fmt, a, b, c)
    assert found.dtype == fmt.dtype
    finite = np.flatnonzero(np.isfinite(a) & np.isfinite(b) & np.isfinite(c))[:1500]
    assert finite.size > 500
    expected = np.array([exactly(fmt, a[i], b[i], c[i]) for i in finite], fmt.dtype)
    assert np.array_equal(found[finite], expected)


@BOTH
@pytest.mark.parametrize("name", NAMES)
def test_gives_the_bits_of_the_c_library(fmt, name):
    path = ctypes.util.find_library("m")
    if path is None:
        pytest.skip("no C library by that name here")
    library, kind = ctypes.CDLL(path), ctypes.c_double if fmt is FLOAT64 else ctypes.c_float
    fma = library.fma if fmt is FLOAT64 else library.fmaf
    fma.restype, fma.argtypes = kind, [kind] * 3
    arrays = arguments(fmt, name)
    expected = np.array([fma(*row) for row in zip(*(x.tolist() for x in arrays), strict=True)],
                        fmt.dtype)  # fmt: skip
    found = mad(fmt, *arrays)
    number = ~np.isnan(expected)
    assert np.array_equal(np.isnan(found), ~number)
    assert found[number].tobytes() == expected[number].tobytes()


@BOTH
def test_zeros_have_the_sign_of_one_rounding(fmt):
    rows = [(1, 1, -1, 0.0), (-1, 1, 1, 0.0), (0.0, -1, 0.0, 0.0), (-0.0, 1, -0.0, -0.0),
            (2, 0.0, -0.0, 0.0), (0.0, 3, 5, 5.0)]  # fmt: skip
    a, b, c, expected = (np.array(column, fmt.dtype) for column in zip(*rows, strict=True))
    assert mad(fmt, a, b, c).tobytes() == expected.tobytes()


@BOTH
def test_broadcasts_as_kernel_texts_need(fmt):
    draw = np.random.Generator(np.random.PCG64(1))
    a, b, c = (draw.standard_normal(shape).astype(fmt.dtype)
               for shape in ((3, 1), (2, 1, 5), (2, 3, 5)))  # fmt: skip
    whole = [np.ascontiguousarray(x) for x in np.broadcast_arrays(a, b, c)]
    assert mad(fmt, a, b, c).tobytes() == mad(fmt, *whole).tobytes()


@BOTH
def test_a_fused_training_differs_from_a_strict_one(fmt):
    chosen = problem("tanh", width=4, samples=7).with_steps(5)
    pixels = tile_of(chosen, "0:2,0:2", 4, 4, fmt).pixels
    strict, fused = (trained(chosen, kind(fmt), pixels) for kind in (HostOps, FusedHostOps))
    assert fused["sum_v"].dtype == fmt.dtype
    assert not np.array_equal(strict["sum_v"], fused["sum_v"])
    assert np.allclose(strict["sum_v"], fused["sum_v"], rtol=1e-4)
