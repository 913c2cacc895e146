"""Shared by the tests: running a Problem through any Ops, comparing bits, and two Ops that check.

`CheckedOps` asserts the dtype of every intermediate; `FlushingOps` is hardware that takes every
subnormal number for zero. Ops that are wrong on purpose are in wrong_ops.py.
"""

import importlib
import importlib.util
import os
from functools import partial
from types import MappingProxyType

import numpy as np
import pytest

from fractbench.arithmetic.bits import same_bits
from fractbench.arithmetic.constants import common
from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import FLOAT32
from fractbench.arithmetic.host import HostOps
from fractbench.grid import Grid
from fractbench.kernel import train
from fractbench.plan import Plan
from fractbench.window import Window

FMT = FLOAT32
BACKENDS = ("numpy", "mlx", "jax", "torch")
SMALLEST_NORMAL = 2.0**-126
K = MappingProxyType(common(FLOAT32))
"""The constants of the primitives in float32."""


def f32(values):
    """Return a float32 array of anything."""
    return np.array(values, dtype=np.float32)


def ulps(found, exact):
    """Return the error of float32 results in units in the last place of the exact result."""
    spacing = np.spacing(np.abs(exact).astype(np.float32)).astype(np.float64)
    return np.abs(found.astype(np.float64) - exact) / spacing


def primitive(function, *arrays, ops=None):
    """Run one primitive, `function(ops, k, *arrays)`, as a kernel would."""
    names = [str(i) for i in range(len(arrays))]

    def text(o, k, given):
        return function(o, k, *(given[name] for name in names))

    made = (ops or HostOps(FLOAT32)).compile(text, dict(K))
    return made(dict(zip(names, arrays, strict=True)))


def backend(name):
    """Return one of our Backends; skip where its framework is missing, but fail in CI."""
    module = {"mlx": "mlx.core"}.get(name, name)
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed")
    return importlib.import_module(f"fractbench_{name}").backend


def cpu_ops(name):
    """Return a Backend's Ops on the CPU."""
    found = backend(name)
    return found.ops(found.device("cpu"), FLOAT32)


def tile_of(problem, window, width, height=1):
    """Return all pixels of a small Grid as one Tile."""
    grid = Grid(Window.parse(window) if window else problem.views["start"], width, height)
    return Plan(problem, grid, Arithmetic()).tile(0, grid.pixels)


def trained(problem, ops, pixels):
    """Return a Problem's accumulators over some pixels, without canary, tiles or padding."""
    text = partial(
        train,
        program=problem.program,
        steps=problem.steps,
        watch=False,
        accumulators=problem.accumulators,
    )
    out = ops.compile(text, problem.inputs(FLOAT32))(dict(pixels))
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
    both_nan = np.isnan(a) & np.isnan(b)
    return both_nan | (a.view(np.int32) == b.view(np.int32))


class CheckedOps(HostOps):
    """HostOps that assert dtypes: operands agree, and nothing is promoted or computed wider."""


def _checked(name, result):
    plain = getattr(HostOps, name)

    def method(self, *args):
        arrays = [a for arg in args for a in (arg if isinstance(arg, list | tuple) else [arg])]
        dtypes = {a.dtype for a in arrays if hasattr(a, "dtype") and a.dtype != bool}
        assert len(dtypes) <= 1, f"{name} mixes {dtypes}"
        out = plain(self, *args)
        wanted = dtypes if result is None and dtypes else {np.dtype(result or bool)}
        assert {out.dtype} == wanted, f"{name} of {dtypes} gives {out.dtype}"
        assert out.dtype in (np.float32, np.int32, np.bool_)
        return out

    return method


for _name, _result in {
    "add": None, "sub": None, "mul": np.float32, "select": None, "absolute": np.float32,
    "nearest": np.float32, "less": bool, "equal": bool, "either": bool, "broadcast": None,
    "concat": None, "bits": np.int32, "from_bits": np.float32,
}.items():  # fmt: skip
    setattr(CheckedOps, _name, _checked(_name, _result))


def flushed(a):
    """Return an array with every subnormal number replaced by the zero of its sign."""
    if a.dtype.kind != "f":
        return a
    return np.where(np.abs(a) < SMALLEST_NORMAL, np.copysign(a.dtype.type(0), a), a)


class FlushingOps(HostOps):
    """Hardware that flushes what it reads and what it writes, products before rounding.

    A product whose exact value is subnormal becomes zero even where it would round up to the
    smallest normal number, as on Metal. A sum that is subnormal is exact, so it has one way.
    """

    def mul(self, a, b):
        exact = flushed(a).astype(np.float64) * flushed(b).astype(np.float64)
        tiny = np.abs(exact) < SMALLEST_NORMAL
        return np.where(tiny, np.copysign(np.float32(0), exact), exact).astype(np.float32)

    def add(self, a, b):
        return flushed(flushed(a) + flushed(b))

    def sub(self, a, b):
        return flushed(flushed(a) - flushed(b))


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
