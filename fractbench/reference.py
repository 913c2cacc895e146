"""The reference: the map that the host's own Ops make, which a mismatch is compared with."""

from __future__ import annotations

from fractbench.arithmetic.host import HostOps
from fractbench.execute import execute
from fractbench.kernel import OpsKernel
from fractbench.map import Map
from fractbench.plan import Plan


def reference_kernel(plan: Plan) -> OpsKernel:
    """Return the host's kernel for a plan."""
    ops = HostOps(plan.arithmetic.format)
    return OpsKernel(plan.problem, ops, plan.arithmetic, 256, "host")


def reference_map(plan: Plan) -> Map:
    """Return the host's map of a plan."""
    return execute(plan, reference_kernel(plan), made={"device": "host"})
