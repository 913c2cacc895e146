"""opencl: OpenCL C on GPUs, accelerators and CPUs, compiled by whatever drivers are installed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Backend, Device, Kernel, Probe
from fractbench.errors import BackendUnavailableError
from fractbench.problems.base import Problem
from fractbench.problems.mlp import Mlp
from fractbench.registry import require


class OpenclBackend(Backend):
    """pyopencl; GPUs, then accelerators, then CPUs."""

    name = "opencl"
    install = "pip install 'fractbench[opencl]'"

    def version(self) -> str:
        """Pyopencl's version; drivers have their own."""
        require("pyopencl")
        try:
            import pyopencl
        except Exception as error:
            said = (str(error) or type(error).__name__).splitlines()[0]
            raise BackendUnavailableError(f"half installed: {said}", installable=True) from error
        return str(pyopencl.VERSION_TEXT)

    def devices(self) -> Sequence[Device]:
        """Return ``gpu:N``, ``accelerator:N``, ``cpu`` and ``cpu:N``."""
        self.version()
        from fractbench_opencl.devices import chip, found

        return tuple(Device(self.name, name, chip(d)) for name, d in found().items())

    def formats(self, device: Device) -> Sequence[str]:
        """Both where the device has float64."""
        from fractbench_opencl.devices import doubles, found

        return ("float32", "float64") if doubles(found()[device.name]) else ("float32",)

    def ops(self, device: Device, fmt: Format) -> Ops:
        """The eager Ops on the device."""
        from fractbench_opencl.ops import OpenclOps

        return OpenclOps(device.name, fmt)

    def kernels(self, problem: Problem, device: Device, arithmetic: Arithmetic) -> Sequence[str]:
        """Return the fused kernels of networks, then ``ops`` under `strict`."""
        from fractbench.simt.choose import fused_names

        return (*fused_names(problem, arithmetic), *super().kernels(problem, device, arithmetic))

    def prepare(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str = "auto"
    ) -> Kernel:
        """Return the fused kernel where there is one, else that of the Ops."""
        from fractbench.simt.choose import fused_names, simt_kernel

        ops = partial(super().prepare, problem, device, arithmetic, "ops")
        self.check_kernel(problem, device, arithmetic, kernel)
        if not isinstance(problem, Mlp) or kernel == "ops" or not fused_names(problem, arithmetic):
            return ops()
        from fractbench_opencl.launcher import CPU, GPU, OpenclLauncher

        make = partial(OpenclLauncher, device=device.name)
        layout = CPU if _on_cpu(device) else GPU
        return simt_kernel(problem, str(device), arithmetic, kernel, make, layout, ops)

    def tile(self, problem: Problem, device: Device) -> int:
        """More would leave a CPU's caches; a GPU wants many."""
        return 1024 if _on_cpu(device) else 4096

    def probe(self, kind: str, device: Device, fmt: Format) -> Probe | None:
        """Return the Probe of a kind; there is no matrix product."""
        from fractbench_opencl.probes import probe

        return probe(kind, device.name, fmt.name)

    def precision(self, device: Device) -> dict[str, str]:
        """Return what the driver says of subnormal numbers, and whether anyone adds options."""
        from fractbench_opencl.devices import settings

        return settings(device.name, self.formats(device))

    def threads(self, device: Device) -> int | None:
        """The compute units that a CPU's driver has."""
        from fractbench_opencl.devices import found

        return int(found()[device.name].max_compute_units) if _on_cpu(device) else None


def _on_cpu(device: Device) -> bool:
    return device.name.partition(":")[0] == "cpu"


backend = OpenclBackend()
