"""numpy: the reference Backend; every other one must give its bits."""

from __future__ import annotations

import platform
from collections.abc import Sequence

import numpy as np

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.host import HostOps
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Backend, Device, Kernel, Probe
from fractbench.free import training
from fractbench.kernel import OpsKernel
from fractbench.machine import cores
from fractbench.problems.base import Problem
from fractbench.problems.mlp import Mlp
from fractbench.reference import reference_ops


class NumpyBackend(Backend):
    """NumPy on the CPU: one thread in exact kernels, as many as there are cores in `tuned`."""

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
        """Return ``ops``, also under `fma`, which NumPy emulates: slow, but a reference.

        Under `free` those of networks that NumPy's own products and tanh make.
        """
        if arithmetic.exact:
            return ("ops",)
        # NumPy's float16 is emulated and slower than float32; it has no bfloat16.
        fits = isinstance(problem, Mlp) and not arithmetic.narrow
        return ("tuned", "idiomatic") if fits else ()

    def ops(self, device: Device, fmt: Format) -> Ops:
        """The reference Ops."""
        return HostOps(fmt)

    def prepare(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str = "auto"
    ) -> Kernel:
        """Return the reference kernel of an exact contract, or a network's own kernel."""
        self.check_kernel(problem, device, arithmetic, kernel)
        if isinstance(problem, Mlp) and not arithmetic.exact:
            from fractbench_numpy.idiomatic import IdiomaticKernel
            from fractbench_numpy.tuned import TunedKernel

            net = training(problem, arithmetic.format)
            return IdiomaticKernel(net) if kernel == "idiomatic" else TunedKernel(net)
        ops = reference_ops(arithmetic)
        return OpsKernel(problem, ops, arithmetic, self.tile(problem, device), str(device))

    def probe(self, kind: str, device: Device, fmt: Format) -> Probe | None:
        """Return the Probe of a kind."""
        from fractbench_numpy.probes import probe

        return probe(kind, fmt)

    def precision(self, device: Device) -> dict[str, str]:
        """Return which BLAS makes its products."""
        from fractbench_numpy.settings import settings

        return settings()

    def threads(self, device: Device) -> int:
        """As many as `tuned` uses; exact kernels and `idiomatic` leave it to NumPy."""
        return cores()


backend = NumpyBackend()
