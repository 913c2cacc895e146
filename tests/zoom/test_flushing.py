"""Hardware that takes subnormal numbers for 0 gives the bits of hardware that keeps them."""

from __future__ import annotations

import pytest

from fractbench.execute import execute
from fractbench.goldens import goldens
from fractbench.kernels import kernel_of
from fractbench.reference import Host
from helpers import FlushingEverywhereOps, FlushingOps

DEEP = [golden for golden in goldens() if golden.contract == "perturbed"]


class Flushing(Host):
    """The host with other hardware."""

    def __init__(self, made):
        self.made = made

    def ops(self, device, fmt):
        return self.made(fmt)


@pytest.mark.parametrize(
    "made", [FlushingEverywhereOps, pytest.param(FlushingOps, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("golden", DEEP, ids=lambda g: f"{g.problem}-{g.case}")
def test_flushing_changes_no_digest(golden, made):
    backend, plan = Flushing(made), golden.plan()
    kernel = kernel_of(plan, backend, backend.devices()[0])
    assert execute(plan, kernel).digest == golden.digest
