"""jax: XLA on CPUs, CUDA and TPUs; on a Mac JAX means the CPU."""

from __future__ import annotations

from collections.abc import Sequence

from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Backend, Device
from fractbench.problems.base import Problem
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
        import jax

        from fractbench_jax.ops import JaxOps

        kind, _, index = device.name.partition(":")
        platform = "gpu" if kind in ("cuda", "rocm") else kind
        return JaxOps(jax.devices(platform)[int(index or 0)], fmt)

    def tile(self, problem: Problem, device: Device) -> int:
        """Few pixels keep a CPU's caches warm; an accelerator wants many."""
        return 128 if device.name == "cpu" else 16384


def _kind(device: object) -> str:
    platform = str(getattr(device, "platform", ""))
    return "cuda" if platform == "gpu" else platform


backend = JaxBackend()
