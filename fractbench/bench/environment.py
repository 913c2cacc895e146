"""environment: what is set for a worker before it imports its framework.

Frameworks read these variables once. What a person has set stays, except where it would let one
framework round or count threads unlike the others.
"""

from __future__ import annotations

from collections.abc import Mapping

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "FRACTBENCH_THREADS",
)
FIXED = {
    "MLX_ENABLE_TF32": "0",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "0",
    "JAX_DEFAULT_MATMUL_PRECISION": "highest",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    "PYTHONUNBUFFERED": "1",
}
"""No TF32 unless a dtype asks for it, and no process that takes the whole GPU for itself."""


def environment(threads: int | None, outer: Mapping[str, str]) -> dict[str, str]:
    """Return a worker's whole environment; `threads` sets every framework's count."""
    counts = {} if threads is None else dict.fromkeys(THREADS, str(threads))
    return {**outer, **FIXED, **counts}
