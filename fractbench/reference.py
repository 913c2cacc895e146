"""The reference: the map that the host's own Ops make, which a mismatch is compared with."""

from __future__ import annotations

import numpy as np

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.fused_host import FusedHostOps
from fractbench.arithmetic.host import HostOps
from fractbench.backend import Backend, Device, Kernel
from fractbench.execute import execute
from fractbench.kernel import OpsKernel
from fractbench.kernels import kernel_of
from fractbench.map import Map
from fractbench.plan import Plan


def reference_ops(arithmetic: Arithmetic) -> HostOps:
    """Return the host's Ops for a contract; `fma` has an emulated fused multiply-add."""
    made = FusedHostOps if arithmetic.contract == "fma" else HostOps
    return made(arithmetic.format)


class Host(Backend):
    """The host's own Ops as a Backend, so that a deep zoom can be made with them."""

    name = "host"

    def version(self) -> str:
        """NumPy's."""
        return np.__version__

    def devices(self) -> tuple[Device, ...]:
        """The host."""
        return (Device(self.name, "cpu"),)

    def ops(self, device: Device, fmt: Format) -> HostOps:
        """The host's."""
        return HostOps(fmt)


def reference_kernel(plan: Plan) -> Kernel:
    """Return the host's kernel for a plan."""
    if plan.perturbed:
        host = Host()
        return kernel_of(plan, host, host.devices()[0])
    ops = reference_ops(plan.arithmetic)
    return OpsKernel(plan.problem, ops, plan.arithmetic, 256, "host")


def reference_map(plan: Plan) -> Map:
    """Return the host's map of a plan."""
    return execute(plan, reference_kernel(plan), made={"device": "host"})
