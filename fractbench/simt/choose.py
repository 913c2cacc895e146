"""simt_kernel: the fused kernel of a GPU, or the Ops kernel with one line that says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Device, Kernel
from fractbench.errors import KernelUnavailableError
from fractbench.problems.base import Problem
from fractbench.problems.mlp import Mlp
from fractbench.simt.kernel import SimtKernel
from fractbench.simt.launcher import Make
from fractbench.simt.variant import Layout, fits

FUSED = ("fused", "whole")


def fused_names(problem: Problem, arithmetic: Arithmetic) -> tuple[str, ...]:
    """Return the names of the fused kernels that the text has for a Problem."""
    return FUSED if arithmetic.exact and fits(problem) else ()


def gpu_names(problem: Problem, device: Device, arithmetic: Arithmetic) -> tuple[str, ...]:
    """Return the names of the fused kernels for frameworks that launch the text on GPUs alone."""
    return () if device.name == "cpu" else fused_names(problem, arithmetic)


def simt_kernel(
    problem: Mlp,
    device: str,
    arithmetic: Arithmetic,
    kernel: str,
    make: Make,
    layout: Layout,
    ops: Callable[[], Kernel],
) -> Kernel:
    """Return the fused kernel, or what `ops` returns where ``auto`` may fall back to it.

    Only ``auto`` under `strict` falls back; the kernel then has an attribute `note` that says so.

    Args:
        problem: one that `fits`.
        device: its name, such as ``torch:cuda:0``.
        arithmetic: `strict` or `fma`.
        kernel: ``auto``, ``fused`` or ``whole``.
        make: compiles a Variant.
        layout: how pixels are laid out on such devices.
        ops: prepares the Ops kernel.

    Raises:
        KernelUnavailableError: the fused kernel cannot be had, and nothing may take its place.
        CanaryError: the device computes otherwise than the contract demands.
    """
    early_exit = kernel != "whole"
    try:
        return SimtKernel(
            problem, arithmetic, make, layout.shape(problem.width, arithmetic.format),
            device=device, early_exit=early_exit,
        )  # fmt: skip
    except KernelUnavailableError as error:
        if kernel != "auto" or arithmetic.contract != "strict":
            raise refusal(device, arithmetic, kernel, str(error)) from error
        reason = str(error)
    fallen: Any = ops()
    fallen.note = f"{device}: no fused kernel ({reason}), so the slower ops kernel runs"
    return fallen  # type: ignore[no-any-return]


def refusal(
    device: str, arithmetic: Arithmetic, kernel: str, reason: str
) -> KernelUnavailableError:  # fmt: skip
    """Return the error of a kernel that was asked for and has no substitute."""
    name = "fused" if kernel == "auto" else kernel
    instead = "--contract strict" if arithmetic.contract == "fma" else "--kernel ops"
    return KernelUnavailableError(
        f"{device} has no {name} kernel: {reason}; or take the slower ops kernel by {instead}"
    )
