"""Shared by the tests: running a Problem through any Ops, comparing bits, and two Ops that check.

`CheckedOps` asserts the dtype of every intermediate; `FlushingOps` is hardware that takes every
subnormal number for zero. Ops that are wrong on purpose are in wrong_ops.py.
"""

import importlib
import importlib.util
import os
import sys
from types import MappingProxyType

import numpy as np
import pytest

from fractbench.arithmetic.bits import differing_bits, same_bits
from fractbench.arithmetic.constants import common
from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import FLOAT32, FLOAT64, FORMATS
from fractbench.arithmetic.fused_host import exact_product
from fractbench.arithmetic.host import HostOps
from fractbench.grid import Grid
from fractbench.kernel import Training
from fractbench.plan import Plan
from fractbench.window import Window

FMT = FLOAT32
BACKENDS = ("numpy", "mlx", "jax", "torch")
BOTH = pytest.mark.parametrize("fmt", [FLOAT32, FLOAT64], ids=lambda fmt: fmt.name)
SMALLEST_NORMAL = {fmt.dtype: fmt.dtype.type(2.0**fmt.emin) for fmt in FORMATS.values()}
K = MappingProxyType(common(FLOAT32))
"""The constants of the primitives in float32."""


def absent(reason, *systems):
    """Skip what needs something that is not here; in CI fail where it has to be.

    Args:
        reason: what is missing.
        systems: where CI has to have it, as `sys.platform` names them; everywhere if none is named.
    """
    wanted = os.environ.get("CI") and (not systems or sys.platform in systems)
    (pytest.fail if wanted else pytest.skip)(reason)


def f32(values):
    """Return a float32 array of anything."""
    return np.array(values, dtype=np.float32)


def ulps(found, exact):
    """Return the error of float32 results in units in the last place of the exact result."""
    spacing = np.spacing(np.abs(exact).astype(np.float32)).astype(np.float64)
    return np.abs(found.astype(np.float64) - exact) / spacing


def floats(values, fmt):
    """Return an array of a format of anything."""
    return np.array(values, dtype=fmt.dtype)


def primitive(function, *arrays, ops=None):
    """Run one primitive, `function(ops, k, *arrays)`, as a kernel would, in the Ops' format."""
    ops = ops or HostOps(FLOAT32)
    names = [str(i) for i in range(len(arrays))]

    def text(o, k, given):
        return function(o, k, *(given[name] for name in names))

    made = ops.compile(text, common(FORMATS[ops.dtype]))
    return made(dict(zip(names, arrays, strict=True)))


def backend(name):
    """Return one of our Backends; skip where its framework is missing, but fail in CI."""
    module = {"mlx": "mlx.core"}.get(name, name)
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        absent(f"{name} is not installed")
    return importlib.import_module(f"fractbench_{name}").backend


def cpu_ops(name, fmt=FLOAT32):
    """Return a Backend's Ops on the CPU."""
    found = backend(name)
    return found.ops(found.device("cpu"), fmt)


def tile_of(problem, window, width, height=1, fmt=FLOAT32):
    """Return all pixels of a small Grid as one Tile."""
    grid = Grid(Window.parse(window) if window else problem.views["start"], width, height)
    return Plan(problem, grid, Arithmetic(format=fmt)).tile(0, grid.pixels)


def trained(problem, ops, pixels):
    """Return a Problem's accumulators over some pixels, without canary, tiles or padding."""
    text = Training(problem.program, problem.steps, False, problem.accumulators)
    out = ops.compile(text, problem.inputs(FORMATS[ops.dtype]))(dict(pixels))
    return {name: np.asarray(array) for name, array in out.items()}


def assert_same(found, expected):
    """Assert that two dicts of accumulators hold the same bits."""
    assert set(found) == set(expected)
    for name, array in expected.items():
        differ = np.flatnonzero(~_same_each(found[name], array))
        assert not differ.size, (
            f"{name}: {differ.size} of {array.size} pixels differ, first at {differ[0]}: "
            f"{found[name][differ[0]]!r}, expected {array[differ[0]]!r}"
        )
        assert same_bits(found[name], array)


def _same_each(a, b):
    return ~differing_bits(a, b)


class CheckedOps(HostOps):
    """HostOps that assert dtypes: operands agree, and nothing is promoted or computed wider."""


def _checked(name, result):
    plain = getattr(HostOps, name)

    def method(self, *args):
        arrays = [a for arg in args for a in (arg if isinstance(arg, list | tuple) else [arg])]
        dtypes = {a.dtype for a in arrays if hasattr(a, "dtype") and a.dtype != bool}
        assert len(dtypes) <= 1, f"{name} mixes {dtypes}"
        out = plain(self, *args)
        fmt = FORMATS[self.dtype]
        named = {"float": fmt.dtype, "integer": np.dtype(fmt.integer), "bool": np.dtype(bool)}
        wanted = {named[result]} if result else dtypes or {np.dtype(bool)}
        assert {out.dtype} == wanted, f"{name} of {dtypes} gives {out.dtype}"
        assert out.dtype in named.values()
        return out

    return method


for _name, _result in {
    "add": None, "sub": None, "mul": "float", "mad": "float", "select": None, "absolute": "float",
    "nearest": "float", "less": "bool", "equal": "bool", "either": "bool", "broadcast": None,
    "concat": None, "bits": "integer", "from_bits": "float",
}.items():  # fmt: skip
    setattr(CheckedOps, _name, _checked(_name, _result))


def flushed(a):
    """Return an array with every subnormal number replaced by the zero of its sign."""
    if a.dtype.kind != "f":
        return a
    return np.where(np.abs(a) < SMALLEST_NORMAL[a.dtype], np.copysign(a.dtype.type(0), a), a)


class FlushingOps(HostOps):
    """Hardware that flushes what it reads and what it writes, products before rounding.

    A product whose exact value is subnormal becomes zero even where it would round up to the
    smallest normal number, as on Metal. A sum that is subnormal is exact, so it has one way.
    """

    def mul(self, a, b):
        a, b = np.broadcast_arrays(flushed(a), flushed(b))
        product = np.multiply(a, b)
        edge = np.abs(product) == SMALLEST_NORMAL[product.dtype]
        if edge.any():
            edge &= exponent_of_product(a, b) < FORMATS[self.dtype].emin
            product = np.where(edge, np.copysign(product.dtype.type(0), product), product)
        return flushed(product)

    def add(self, a, b):
        return flushed(flushed(a) + flushed(b))

    def sub(self, a, b):
        return flushed(flushed(a) - flushed(b))


def exponent_of_product(a, b):
    """Return the exponent of two of the exact products, by way of their significands."""
    (p, e), (q, f) = (np.frexp(x.astype(np.float64)) for x in (a, b))
    product, rest = exact_product(p, q)
    exponent = np.frexp(product)[1] + e + f - 1
    power_of_two = np.abs(np.frexp(product)[0]) == 0.5
    return exponent - (power_of_two & (rest * product < 0))


class FlushingEverywhereOps(FlushingOps):
    """As FlushingOps, and comparisons and selections flush too, as XLA's do on CPUs."""

    def less(self, a, b):
        return flushed(a) < flushed(b)

    def equal(self, a, b):
        return flushed(a) == flushed(b)

    def absolute(self, a):
        return flushed(np.abs(a))

    def select(self, mask, a, b):
        return flushed(np.where(mask, a, b))
