"""What is here: the backends by name, and what may be absent, which skips a benchmark.

Nothing of fractbench is imported before a suite is set up, so that asv can list the suites with any
version of it, and so that a cold start is cold.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractbench.backend import Kernel
    from fractbench.plan import Plan

BACKENDS = ("numpy", "mlx", "jax", "torch", "native", "opencl")
"""Each on its preferred device. The list is the same everywhere, whatever is installed."""
SETTINGS = {
    "JAX_DEFAULT_MATMUL_PRECISION": "highest",
    "MLX_ENABLE_TF32": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "0",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}
"""Read by frameworks when they are imported; set here, so that all commits have the same."""


@contextmanager
def known_here() -> Iterator[None]:
    """Skip a benchmark where fractbench, perhaps an old version, lacks what is imported inside.

    Raises:
        NotImplementedError: it does; asv reports n/a.
    """
    try:
        yield
    except ImportError as error:
        if not (error.name or "").startswith("fractbench"):
            raise
        raise NotImplementedError(f"this fractbench has not all of {error.name}") from error


def kernel_of(backend: str, plan: Plan) -> Kernel:
    """Return a backend's preferred kernel for a plan on its preferred device.

    Raises:
        NotImplementedError: the backend is not here or has no such kernel.
    """
    os.environ.update(SETTINGS)
    with known_here():
        from fractbench.registry import load, status
    found = status(backend)
    if not found.available:
        raise NotImplementedError(f"{backend} cannot be used: {found.reason}")
    maker, device = load(backend), found.devices[0]
    if not maker.offers(plan.problem, device, plan.arithmetic):
        raise NotImplementedError(f"{device}: no kernel for {plan.problem.name}, {plan.arithmetic}")
    try:
        return maker.prepare(plan.problem, device, plan.arithmetic)
    except NotImplementedError as error:
        raise RuntimeError(f"{device} offers a kernel and does not make it") from error
