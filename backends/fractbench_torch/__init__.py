"""torch: PyTorch on CUDA, on Apple's MPS and on CPUs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Backend, Device, Kernel, Probe
from fractbench.machine import cores
from fractbench.problems.base import Problem
from fractbench.problems.mlp import Mlp
from fractbench.registry import require
from fractbench.simt.choose import gpu_names


class TorchBackend(Backend):
    """PyTorch; MPS or CUDA, then the CPU."""

    name = "torch"
    install = "pip install 'fractbench[torch]'"

    def version(self) -> str:
        """PyTorch's version."""
        require("torch")
        import torch

        return str(torch.__version__)

    def devices(self) -> Sequence[Device]:
        """Return ``mps`` or ``cuda:N`` where PyTorch has them, and ``cpu``."""
        self.version()
        import torch

        found = []
        if torch.backends.mps.is_available() and _holds_memory("mps"):
            found.append(Device(self.name, "mps", "Apple GPU"))
        if torch.cuda.is_available():
            found += [Device(self.name, f"cuda:{i}", torch.cuda.get_device_name(i))
                      for i in range(torch.cuda.device_count())]  # fmt: skip
        return (*found, Device(self.name, "cpu", torch.backends.cpu.get_cpu_capability()))

    def note(self) -> str:
        """Tell how CUDA devices get their fused kernels."""
        from fractbench_torch.launcher import INSTALL, missing

        lacking = any(missing(device.name) for device in self.devices())
        return f"type {INSTALL} for the fused kernels of CUDA devices" if lacking else ""

    def formats(self, device: Device) -> Sequence[str]:
        """Both, except on MPS, which has no float64."""
        return ("float32",) if device.name == "mps" else ("float32", "float64")

    def ops(self, device: Device, fmt: Format) -> Ops:
        """The eager Ops on the device."""
        from fractbench_torch.ops import TorchOps

        return TorchOps(device.name, fmt)

    def kernels(self, problem: Problem, device: Device, arithmetic: Arithmetic) -> Sequence[str]:
        """Return ``ops``, after the fused kernels of networks on GPUs that have what those need.

        Under `free` PyTorch's own ways; only CUDA devices have TF32.
        """
        if arithmetic.contract != "free":
            from fractbench_torch.launcher import missing

            fused = () if missing(device.name) else gpu_names(problem, device, arithmetic)
            return (*fused, *super().kernels(problem, device, arithmetic))
        if arithmetic.narrow == "tf32" and not device.name.startswith("cuda"):
            return ()
        return ("tuned", "idiomatic") if isinstance(problem, Mlp) else ()

    def prepare(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str = "auto"
    ) -> Kernel:
        """Return the fused kernel, the eager Ops, or under `free` a kernel in PyTorch's own way."""
        if isinstance(problem, Mlp) and kernel != "ops" and gpu_names(problem, device, arithmetic):
            return self._prepare_fused(problem, device, arithmetic, kernel)
        if arithmetic.contract != "free" or not isinstance(problem, Mlp):
            return super().prepare(problem, device, arithmetic, kernel)
        self.check_kernel(problem, device, arithmetic, kernel)
        from fractbench_torch.choose import free_kernel

        name = self.kernels(problem, device, arithmetic)[0] if kernel == "auto" else kernel
        return free_kernel(problem, device, arithmetic, name)

    def _prepare_fused(
        self, problem: Mlp, device: Device, arithmetic: Arithmetic, kernel: str
    ) -> Kernel:
        self.check_kernel(problem, device, arithmetic, kernel)
        from fractbench.simt.choose import simt_kernel
        from fractbench_torch.launcher import LAYOUTS, kind_of, maker

        ops = partial(super().prepare, problem, device, arithmetic, "ops")
        make, layout = maker(device.name), LAYOUTS[kind_of(device.name)]
        return simt_kernel(problem, str(device), arithmetic, kernel, make, layout, ops)

    def check_kernel(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str
    ) -> None:
        """Also tell what to install, where nothing else keeps a fused kernel from being had.

        Raises:
            KernelUnavailableError: that is so.
            UsageError: it is not offered here.
        """
        from fractbench.simt.choose import FUSED, refusal
        from fractbench_torch.launcher import missing

        reason = missing(device.name) if gpu_names(problem, device, arithmetic) else ""
        if reason and (kernel in FUSED or (kernel == "auto" and arithmetic.contract == "fma")):
            raise refusal(str(device), arithmetic, kernel, reason)
        super().check_kernel(problem, device, arithmetic, kernel)

    def tile(self, problem: Problem, device: Device) -> int:
        """Few pixels keep a CPU's caches warm; a GPU wants many."""
        return 512 if device.name == "cpu" else 16384

    def probe(self, kind: str, device: Device, fmt: Format) -> Probe | None:
        """Return the Probe of a kind."""
        from fractbench_torch.probes import probe

        return probe(kind, device.name, fmt)

    def precision(self, device: Device) -> dict[str, str]:
        """Return PyTorch's own settings, and those of the free kernels where they set others."""
        from fractbench_torch.settings import settings

        return settings(device.name)

    def threads(self, device: Device) -> int | None:
        """PyTorch's own, or those of `tuned` if they are more: one for each core."""
        import torch

        return max(torch.get_num_threads(), cores()) if device.name == "cpu" else None

    def peak_memory(self, device: Device) -> int | None:
        """What PyTorch counts on CUDA; on MPS it tells only what is held now."""
        import torch

        if not device.name.startswith("cuda"):
            return None
        return int(torch.cuda.max_memory_allocated(device.name))


def _holds_memory(device: str) -> bool:
    """Try it: virtual Macs are reported to have an MPS device that refuses every allocation."""
    import torch

    try:
        torch.zeros(8, device=device)
    except RuntimeError:
        return False
    return True


backend = TorchBackend()
