"""settings: what decides how PyTorch rounds and runs, as in force."""

from __future__ import annotations

from typing import Any

import torch

from fractbench_torch.scope import scoped


def settings(name: str) -> dict[str, str]:
    """Return PyTorch's settings; under ``free kernels: `` what those set for themselves."""
    told = {"float32_matmul_precision": torch.get_float32_matmul_precision()}
    with scoped(torch.device(name)):
        told["free kernels: float32_matmul_precision"] = torch.get_float32_matmul_precision()
    told["cpu capability"] = str(torch.backends.cpu.get_cpu_capability())
    if name.startswith("cuda"):
        told["cuda.matmul"] = _tf32(torch.backends.cuda.matmul)
        told["cudnn"] = _tf32(torch.backends.cudnn)
    return told


def _tf32(part: Any) -> str:
    """Return a part's precision by its newer name; asking by both names is an error in PyTorch."""
    try:
        return f"fp32_precision={part.fp32_precision}"
    except AttributeError:
        return f"allow_tf32={part.allow_tf32}"
