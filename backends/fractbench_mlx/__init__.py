"""mlx: Apple's array framework, on Metal first; also on CUDA and on CPUs."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Backend, Device, Kernel, Probe
from fractbench.errors import BackendUnavailableError
from fractbench.free import training
from fractbench.problems.base import Problem
from fractbench.problems.mlp import Mlp
from fractbench.registry import require
from fractbench.simt.choose import gpu_names

# MLX reads it once, before its first operation; the default lets a float32 matmul be TF32.
os.environ.setdefault("MLX_ENABLE_TF32", "0")


class MlxBackend(Backend):
    """MLX; Metal, then CUDA, then the CPU."""

    name = "mlx"
    install = "pip install 'fractbench[mlx]'"

    def version(self) -> str:
        """MLX's version."""
        if sys.platform == "win32" or (sys.platform == "darwin" and platform.machine() != "arm64"):
            raise BackendUnavailableError(
                "MLX runs on Linux and on Apple silicon, under a Python built for arm64; "
                "here use the jax, torch or numpy backend"
            )
        require("mlx")
        try:
            import mlx.core as mx
        except ImportError as error:
            raise BackendUnavailableError(
                f"half installed: {str(error).splitlines()[0]} (plain mlx has no backend on Linux, "
                "and mlx[cpu] and mlx[cuda] cannot both be installed)",
                installable=True,
            ) from error
        return str(mx.__version__)

    def devices(self) -> Sequence[Device]:
        """Return ``metal`` or ``cuda:N`` where MLX has them, and ``cpu``."""
        self.version()
        import mlx.core as mx

        found = []
        if mx.metal.is_available():
            found.append(Device(self.name, "metal", _chip(mx.gpu)))
        elif mx.cuda.is_available():
            count = mx.device_count(mx.gpu)
            found += [Device(self.name, f"cuda:{i}", _chip(mx.Device(mx.gpu, i)))
                      for i in range(count)]  # fmt: skip
        return (*found, Device(self.name, "cpu", _chip(mx.cpu)))

    def note(self) -> str:
        """Explain a Mac without Metal, as some virtual machines and remote sessions are."""
        metal = any(device.name == "metal" for device in self.devices())
        if sys.platform != "darwin" or metal:
            return ""
        return "MLX finds no Metal device here (a virtual machine?), so maps are made on the CPU"

    def formats(self, device: Device) -> Sequence[str]:
        """Both on the CPU; MLX has no float64 on GPUs."""
        return ("float32", "float64") if device.name == "cpu" else ("float32",)

    def ops(self, device: Device, fmt: Format) -> Ops:
        """The eager Ops on the device."""
        from fractbench_mlx.ops import MlxOps

        return MlxOps(_place(device), fmt)

    def kernels(self, problem: Problem, device: Device, arithmetic: Arithmetic) -> Sequence[str]:
        """Return ``ops`` under `strict`, after the fused kernels of networks on GPUs.

        Under `free` those of networks, also in half types. TF32 is not among them:
        MLX_ENABLE_TF32 holds for a whole process, and it is 0.
        """
        if arithmetic.contract == "free":
            fits = isinstance(problem, Mlp) and arithmetic.narrow in ("", "bfloat16", "float16")
            return ("tuned", "idiomatic") if fits else ()
        return (
            *gpu_names(problem, device, arithmetic),
            *super().kernels(problem, device, arithmetic),
        )

    def tile(self, problem: Problem, device: Device) -> int:
        """Many pixels hide a GPU's launches; fewer keep a CPU's caches warm."""
        return 512 if device.name == "cpu" else 4096

    def prepare(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str = "auto"
    ) -> Kernel:
        """Return the fused or the Ops kernel of an exact contract, or a network's own kernel."""
        if isinstance(problem, Mlp) and kernel != "ops" and gpu_names(problem, device, arithmetic):
            return self._prepare_fused(problem, device, arithmetic, kernel)
        if not isinstance(problem, Mlp) or arithmetic.exact:
            return super().prepare(problem, device, arithmetic, kernel)
        self.check_kernel(problem, device, arithmetic, kernel)
        from fractbench_mlx.idiomatic import IdiomaticKernel
        from fractbench_mlx.precision import Precision
        from fractbench_mlx.tuned import TunedKernel

        net, precision = training(problem, arithmetic.format), Precision.of(arithmetic)
        if kernel == "idiomatic":
            return IdiomaticKernel(net, precision, _place(device))
        return TunedKernel(net, precision, _place(device))

    def _prepare_fused(
        self, problem: Mlp, device: Device, arithmetic: Arithmetic, kernel: str
    ) -> Kernel:
        self.check_kernel(problem, device, arithmetic, kernel)
        from fractbench.simt.choose import simt_kernel
        from fractbench_mlx.launcher import LAYOUTS, Dialect, MlxLauncher

        dialect: Dialect = "metal" if device.name == "metal" else "cuda"
        make = partial(MlxLauncher, device=_place(device), dialect=dialect)
        ops = partial(super().prepare, problem, device, arithmetic, "ops")
        return simt_kernel(problem, str(device), arithmetic, kernel, make, LAYOUTS[dialect], ops)

    def probe(self, kind: str, device: Device, fmt: Format) -> Probe | None:
        """Return the Probe of a kind."""
        from fractbench_mlx.probes import probe

        return probe(kind, _place(device), fmt)

    def precision(self, device: Device) -> dict[str, str]:
        """Return what MLX was told of TF32 before it began; it cannot be asked."""
        told = os.environ.get("MLX_ENABLE_TF32", "")
        return {"MLX_ENABLE_TF32": told if told in ("0", "1") else "other"}

    def threads(self, device: Device) -> int | None:
        """One on Linux; on a Mac Apple's libraries use as many as they like."""
        return 1 if device.name == "cpu" and sys.platform == "linux" else None

    def peak_memory(self, device: Device) -> int | None:
        """What MLX counts, on all devices together."""
        import mlx.core as mx

        return int(mx.get_peak_memory())


def _place(device: Device) -> Any:
    import mlx.core as mx

    kind, _, index = device.name.partition(":")
    return mx.Device(mx.cpu if kind == "cpu" else mx.gpu, int(index or 0))


def _chip(device: object) -> str:
    import mlx.core as mx

    return str(mx.device_info(device).get("device_name", ""))


backend = MlxBackend()
