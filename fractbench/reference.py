"""The reference: the map that the host's own Ops make, which a mismatch is compared with."""

from __future__ import annotations

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.fused_host import FusedHostOps
from fractbench.arithmetic.host import HostOps
from fractbench.execute import execute
from fractbench.kernel import OpsKernel
from fractbench.map import Map
from fractbench.plan import Plan


def reference_ops(arithmetic: Arithmetic) -> HostOps:
    """Return the host's Ops for a contract; `fma` has an emulated fused multiply-add."""
    made = FusedHostOps if arithmetic.contract == "fma" else HostOps
    return made(arithmetic.format)


def reference_kernel(plan: Plan) -> OpsKernel:
    """Return the host's kernel for a plan."""
    ops = reference_ops(plan.arithmetic)
    return OpsKernel(plan.problem, ops, plan.arithmetic, 256, "host")


def reference_map(plan: Plan) -> Map:
    """Return the host's map of a plan."""
    return execute(plan, reference_kernel(plan), made={"device": "host"})
