"""native: C++ compiled for this processor on first use; a pixel is a lane of a vector."""

from __future__ import annotations

from collections.abc import Sequence

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.host import HostOps
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Backend, Device, Kernel, Probe
from fractbench.errors import BackendUnavailableError
from fractbench.machine import chip
from fractbench.problems.base import Problem
from fractbench.problems.mandelbrot import Mandelbrot
from fractbench.problems.mlp import Mlp
from fractbench.problems.newton import Newton
from fractbench.problems.quadratic import Quadratic
from fractbench.zoom.perturbed import Perturbed
from fractbench_native.compiler import REMEDY, compiler


class NativeBackend(Backend):
    """The system's C++ compiler and this processor's vectors, on all cores."""

    name = "native"
    install = REMEDY

    def version(self) -> str:
        """The compiler's; it has compiled something by then."""
        try:
            import os

            os.getuid()
        except AttributeError:
            raise BackendUnavailableError("runs on Linux and macOS only") from None
        from fractbench_native.probe import lanes

        lanes()
        return compiler().short

    def devices(self) -> Sequence[Device]:
        """The CPU."""
        from fractbench_native.probe import lanes

        return (Device(self.name, "cpu", f"{chip()}, {lanes()} floats a vector"),)

    def formats(self, device: Device) -> Sequence[str]:
        """Both."""
        return ("float32", "float64")

    def kernels(self, problem: Problem, device: Device, arithmetic: Arithmetic) -> Sequence[str]:
        """Return ``fused``, and ``whole``, which runs the steps of overflowed pixels as well.

        Both keep `strict` and, for networks, `fma`; a deep zoom has ``fused`` for `strict` float32.
        """
        if isinstance(problem, Perturbed):
            return ("fused",) if arithmetic == Arithmetic() else ()
        written = isinstance(problem, Mlp | Quadratic | Mandelbrot | Newton)
        return ("fused", "whole") if arithmetic.exact and written else ()

    def ops(self, device: Device, fmt: Format) -> Ops:
        """The host's Ops; no kernel here runs through them."""
        return HostOps(fmt)

    def prepare(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str = "auto"
    ) -> Kernel:
        """Compile what is not compiled yet, and check its arithmetic."""
        self.check_kernel(problem, device, arithmetic, kernel)
        if isinstance(problem, Perturbed):
            from fractbench_native.perturbed import PerturbedKernel

            return PerturbedKernel(problem, arithmetic)
        if isinstance(problem, Mlp):
            from fractbench_native.network import NetworkKernel

            return NetworkKernel(problem, arithmetic, early_exit=kernel != "whole")
        from fractbench_native.controls import ControlKernel

        return ControlKernel(problem, arithmetic, early_exit=kernel != "whole")

    def probe(self, kind: str, device: Device, fmt: Format) -> Probe | None:
        """Return the Probe of a kind; there is no matrix product."""
        from fractbench_native.probes import probe

        return probe(kind, fmt)

    def precision(self, device: Device) -> dict[str, str]:
        """Return the compiler, its flags and the vectors that it makes."""
        from fractbench_native.settings import settings

        return settings()

    def threads(self, device: Device) -> int:
        """What `FRACTBENCH_THREADS` says, or one for each core."""
        from fractbench_native.threads import threads

        return threads()


backend = NativeBackend()
