"""numpy: the reference Backend; every other one must give its bits."""

from __future__ import annotations

import platform
from collections.abc import Sequence

import numpy as np

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.host import HostOps
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Backend, Device, Kernel
from fractbench.kernel import OpsKernel
from fractbench.problems.base import Problem
from fractbench.reference import reference_ops


class NumpyBackend(Backend):
    """NumPy on the CPU, one thread."""

    name = "numpy"
    install = "pip install numpy"

    def version(self) -> str:
        """NumPy's version."""
        return np.__version__

    def devices(self) -> Sequence[Device]:
        """The CPU."""
        return (Device(self.name, "cpu", platform.machine()),)

    def formats(self, device: Device) -> Sequence[str]:
        """Both."""
        return ("float32", "float64")

    def kernels(self, problem: Problem, device: Device, arithmetic: Arithmetic) -> Sequence[str]:
        """Return ``ops``, also under `fma`, which NumPy emulates: slow, but a reference."""
        return ("ops",) if arithmetic.exact else ()

    def ops(self, device: Device, fmt: Format) -> Ops:
        """The reference Ops."""
        return HostOps(fmt)

    def prepare(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str = "auto"
    ) -> Kernel:
        """Return the reference kernel of the contract."""
        self.check_kernel(problem, device, arithmetic, kernel)
        ops = reference_ops(arithmetic)
        return OpsKernel(problem, ops, arithmetic, self.tile(problem, device), str(device))


backend = NumpyBackend()
