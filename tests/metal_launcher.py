"""ShimLauncher: Variants of the Metal text trained here, through metal_shim.py."""

from __future__ import annotations

import ctypes
from functools import partial

import numpy as np

from fractbench.execute import execute
from fractbench.goldens import goldens
from fractbench.problems.mlp import Mlp
from fractbench.simt.kernel import SimtKernel
from fractbench.simt.launcher import Launcher
from fractbench.simt.slices import Slices
from fractbench.simt.text import ENTRIES
from fractbench.simt.variant import Shape
from metal_shim import library
from metal_units import mlx_unit, torch_unit

UNITS = {"torch": torch_unit, "mlx": mlx_unit}
DTYPES = {"real": np.float32, "int": np.int32}
GUARD = 64
"""Elements around every array that a kernel may neither use nor change."""
FLUSH, BACKWARDS = 1, 2
FAST = Shape(4, 8)
"""Lanes cost switches and columns cost compiling; this took the least time of both."""
MLP = [
    g for g in goldens()
    if g.dtype == "float32" and g.contract in ("strict", "fma")
    and isinstance(g.plan().problem, Mlp)
]  # fmt: skip


class ShimError(AssertionError):
    """The lanes diverged, or memory around an array was written."""


class Guarded:
    """An array on the device, between elements that must stay as they are."""

    def __init__(self, array):
        """Copy an array of one dimension."""
        self.all = np.full(array.size + 2 * GUARD, -1, np.int32)
        self.array[:] = array.view(np.int32)
        self.dtype = array.dtype
        self.before = self.all.copy()

    @property
    def array(self):
        """The elements between, as int32."""
        return self.all[GUARD:-GUARD]

    def check(self, written):
        """Raise where a kernel wrote what it may not."""
        same = self.all == self.before
        if written:
            same[GUARD:-GUARD] = True
        if not same.all():
            raise ShimError(f"element {int(np.argmin(same)) - GUARD} was written")
        self.before = self.all.copy()


class ShimLauncher(Launcher):
    """Runs a Variant's Metal text here."""

    dialect = "metal"

    def __init__(self, variant, *, unit="torch", edit=None, flush=False, backwards=False,
                 options=("-O1",)):  # fmt: skip
        """Take a Variant; `edit` changes the text before it is compiled."""
        self.variant, self._unit, self._edit = variant, UNITS[unit], edit
        self._options = options
        self._how = FLUSH * flush + BACKWARDS * backwards
        self.launches, self.made = [], []

    def library(self, entry):
        """Return the compiled text with an entry point."""
        unit, names = self._unit(self.variant, entry)
        return library(self._edit(unit) if self._edit else unit, names, self._options)

    def upload(self, array):
        """Copy an array; its neighbours in memory are NaN."""
        assert array.ndim == 1
        assert array.size >= 8, "MLX would pass it in constant memory"
        assert array.dtype in (np.float32, np.int32)
        return Guarded(np.ascontiguousarray(array))

    def launch(self, entry, inputs, outputs, groups):
        """Run all groups; outputs hold NaN where nothing was written."""
        it, found = ENTRIES[entry], self.library(entry)
        assert (len(inputs), len(outputs)) == (len(it.inputs), len(it.outputs))
        for (name, kind), given in zip(it.inputs, inputs, strict=True):
            assert given.dtype == DTYPES[kind], name
        made = [self.upload(np.full(n, -1, np.int32).view(DTYPES[t])) for n, t in outputs]
        addresses = (ctypes.c_uint64 * 32)(*(b.array.ctypes.data for b in (*inputs, *made)))
        run = getattr(found, f"shim_{entry}")
        said = found.shim_run(run, addresses, self.variant.threads, groups, self._how)
        self.launches.append((entry, groups))
        self.made = made
        if said:
            raise ShimError(said.decode())
        for buffer in inputs:
            buffer.check(written=False)
        for buffer in made:
            buffer.check(written=True)
        return made

    def wait(self):
        """Nothing is left to wait for."""

    def download(self, buffer):
        """Return a copy."""
        return buffer.array.view(buffer.dtype).copy()


class Every(Slices):
    """Slices of three steps."""

    def next(self, done, pixels):
        """Return the end of the next slice."""
        return min(done + 3, self._steps)


def golden(problem, case="odd", contract="strict"):
    """Return one golden in float32."""
    [found] = [g for g in MLP if (g.problem, g.case, g.contract) == (problem, case, contract)]
    return found


def kernel(plan, shape=FAST, *, early_exit=True, slices=Slices, **how):
    """Return a kernel that runs on the shim, and flushes unless told otherwise, as Metal does."""
    make = partial(ShimLauncher, **{"flush": True, **how})
    return SimtKernel(plan.problem, plan.arithmetic, make, shape, device="the shim",
                      early_exit=early_exit, slices=slices)  # fmt: skip


def digest(one, shape=FAST, **how):
    """Return the digest that the shim gives where a golden is expected."""
    plan = one.plan()
    return execute(plan, kernel(plan, shape, **how)).digest
