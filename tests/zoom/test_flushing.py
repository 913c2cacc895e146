"""Hardware that takes subnormal numbers for 0 gives the bits of hardware that keeps them."""

from __future__ import annotations

import numpy as np
import pytest

from deep_windows import at_the_gates
from fractbench.arithmetic.formats import FLOAT32
from fractbench.arithmetic.host import HostOps
from fractbench.execute import execute
from fractbench.goldens import goldens
from fractbench.kernels import kernel_of
from fractbench.problems.catalogue import problem
from fractbench.reference import Host
from helpers import FlushingEverywhereOps, FlushingOps, assert_same, trained

DEEP = [golden for golden in goldens() if golden.contract == "perturbed"]


class Flushing(Host):
    """The host with other hardware."""

    def __init__(self, made):
        self.made = made

    def ops(self, device, fmt):
        return self.made(fmt)


HARDWARE = pytest.mark.parametrize(
    "made", [FlushingEverywhereOps, pytest.param(FlushingOps, marks=pytest.mark.slow)]
)


@HARDWARE
@pytest.mark.parametrize("golden", DEEP, ids=lambda g: f"{g.problem}-{g.case}")
def test_flushing_changes_no_digest(golden, made):
    backend, plan = Flushing(made), golden.plan()
    kernel = kernel_of(plan, backend, backend.devices()[0])
    assert execute(plan, kernel).digest == golden.digest


@HARDWARE
def test_flushing_changes_no_gate_of_relu(made):
    """Differences as small as they come, beside pre-activations as small."""
    base = problem("relu:samples=9,seed=3,width=3").with_steps(12)
    for level in range(8):
        rng = np.random.default_rng(level)
        given = at_the_gates(base, level, rng)
        sizes = 10.0 ** rng.uniform(-30, 3, (2, 60)) * rng.choice([-1, 1], (2, 60))
        pixels = dict(zip("xy", sizes.astype(np.float32), strict=True))
        with np.errstate(all="ignore"):
            found = [trained(given, ops, pixels) for ops in (HostOps(FLOAT32), made(FLOAT32))]
        assert_same(*found)
