"""compiled: the kernel text -> a cubin, by NVRTC; needs no GPU."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from fractbench.errors import KernelUnavailableError
from fractbench.simt import text
from fractbench.simt.failure import unavailable
from fractbench.simt.variant import Variant
from fractbench_torch.launcher import missing

OPTIONS = {"fma": False, "ftz": False, "prec_div": True, "prec_sqrt": True, "std": "c++17"}
"""The text leaves no rounding to the compiler (its intrinsics are never contracted), so these
change no bit of it; they are what the contract would ask of any other text."""


@lru_cache(maxsize=256)
def compiled(variant: Variant, arch: str) -> Any:
    """Return the ObjectCode of a Variant for an architecture such as ``sm_90``; a second or so.

    Raises:
        KernelUnavailableError: cuda-core or NVRTC is absent, or NVRTC cannot compile for `arch`.
    """
    if reason := missing("cuda"):
        raise KernelUnavailableError(reason)
    with unavailable(f"NVRTC cannot compile it for {arch}"):
        from cuda.core import Program, ProgramOptions

        options = ProgramOptions(arch=arch, **OPTIONS)
        return Program(text.source(variant, "cuda"), "c++", options).compile("cubin")
