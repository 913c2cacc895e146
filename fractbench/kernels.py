"""kernel_of: the Kernel that makes a Plan, direct or as a deep zoom."""

from __future__ import annotations

from collections.abc import Callable

from fractbench.backend import Backend, Device, Kernel
from fractbench.plan import Plan


def unheard(line: str) -> None:
    """Say nothing."""


def kernel_of(
    plan: Plan,
    backend: Backend,
    device: Device,
    name: str = "auto",
    say: Callable[[str], None] = unheard,
) -> Kernel:
    """Prepare the Kernel of a Plan; `say` is told how a deep zoom finds its references.

    Raises:
        BackendUnavailableError: a deep zoom needs python-flint, which is not installed.
        CanaryError: the device does not compute as the contract demands.
        UsageError: there is no Kernel of that name, or nothing in a deep window converges.
    """
    if not plan.perturbed:
        return backend.prepare(plan.problem, device, plan.arithmetic, name)
    from fractbench.zoom.kernel import DeepKernel

    backend.check_kernel(plan.problem, device, plan.arithmetic, name)
    return DeepKernel(plan, backend, device, say)
