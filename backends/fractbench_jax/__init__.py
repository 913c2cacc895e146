"""jax: XLA on CPUs, CUDA and TPUs; on a Mac JAX means the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Backend, Device, Kernel, Probe
from fractbench.machine import cores
from fractbench.problems.base import Problem
from fractbench.problems.mlp import Mlp
from fractbench.registry import require


class JaxBackend(Backend):
    """JAX; accelerators first, then the CPU."""

    name = "jax"
    install = "pip install 'fractbench[jax]'"

    def version(self) -> str:
        """JAX's version."""
        require("jax")
        import jax

        return str(jax.__version__)

    def devices(self) -> Sequence[Device]:
        """Return JAX's own devices under the names ``cuda:N``, ``tpu:N`` and ``cpu``."""
        self.version()
        import jax

        found = [] if jax.default_backend() == "cpu" else list(jax.devices())
        named = [Device(self.name, f"{_kind(d)}:{d.id}", d.device_kind) for d in found]
        try:
            cpus = jax.devices("cpu")
        except RuntimeError:  # JAX_PLATFORMS leaves the CPU out
            return named
        return (*named, Device(self.name, "cpu", cpus[0].device_kind))

    def formats(self, device: Device) -> Sequence[str]:
        """Both, except on TPUs, which emulate float64."""
        return ("float32",) if device.name.startswith("tpu") else ("float32", "float64")

    def ops(self, device: Device, fmt: Format) -> Ops:
        """The compiled Ops on the device."""
        from fractbench_jax.ops import JaxOps

        return JaxOps(_device(device), fmt)

    def kernels(self, problem: Problem, device: Device, arithmetic: Arithmetic) -> Sequence[str]:
        """Return ``ops``, or under `free` JAX's own ways; TF32 is what only NVIDIA's GPUs have."""
        if arithmetic.contract != "free":
            return super().kernels(problem, device, arithmetic)
        if arithmetic.narrow == "tf32" and not device.name.startswith("cuda"):
            return ()
        if not isinstance(problem, Mlp):
            return ()
        if not arithmetic.narrow:
            return ("tuned", "idiomatic", "published")
        # XLA emulates narrow types on CPUs: one batch was measured to run up to twice as fast.
        return ("idiomatic", "tuned") if device.name == "cpu" else ("tuned", "idiomatic")

    def prepare(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str = "auto"
    ) -> Kernel:
        """Return the compiled Ops, or under `free` a kernel in JAX's own way."""
        if arithmetic.contract != "free" or not isinstance(problem, Mlp):
            return super().prepare(problem, device, arithmetic, kernel)
        self.check_kernel(problem, device, arithmetic, kernel)
        from fractbench_jax.choose import free_kernel

        name = self.kernels(problem, device, arithmetic)[0] if kernel == "auto" else kernel
        return free_kernel(problem, _device(device), arithmetic, name)

    def tile(self, problem: Problem, device: Device) -> int:
        """Few pixels keep a CPU's caches warm; an accelerator wants many."""
        return 128 if device.name == "cpu" else 16384

    def probe(self, kind: str, device: Device, fmt: Format) -> Probe | None:
        """Return the Probe of a kind."""
        from fractbench_jax.probes import probe

        return probe(kind, _device(device), fmt)

    def precision(self, device: Device) -> dict[str, str]:
        """Return JAX's own settings, and those of the free kernels where they set others."""
        from fractbench_jax.settings import settings

        return settings()

    def threads(self, device: Device) -> int | None:
        """XLA's, and those of `tuned`: one for each core."""
        return cores() if device.name == "cpu" else None

    def peak_memory(self, device: Device) -> int | None:
        """What XLA counts on accelerators."""
        found = (_device(device).memory_stats() or {}).get("peak_bytes_in_use")
        return None if found is None else int(found)


def _device(device: Device) -> Any:
    import jax

    kind, _, index = device.name.partition(":")
    platform = "gpu" if kind in ("cuda", "rocm") else kind
    return jax.devices(platform)[int(index or 0)]


def _kind(device: object) -> str:
    platform = str(getattr(device, "platform", ""))
    return "cuda" if platform == "gpu" else platform


backend = JaxBackend()
