"""settings: what decides how JAX rounds and runs, as in force."""

from __future__ import annotations

import os
import re

import jax

from fractbench_jax.scope import scoped

_NAMES = ("jax_default_matmul_precision", "jax_enable_x64")
_FLAG = re.compile(r"--(xla_\w+)(?:=(true|false|\d+|AVX\w*|SSE\w*))?", re.IGNORECASE)
"""What is told of XLA_FLAGS: flags whose value cannot be a path or a name."""


def settings() -> dict[str, str]:
    """Return JAX's settings; under ``free kernels: `` those that the kernels set for themselves."""
    told = {name: str(getattr(jax.config, name)) for name in _NAMES}
    with scoped("float32"):
        told["free kernels: jax_default_matmul_precision"] = str(
            jax.config.jax_default_matmul_precision
        )
    for flag in os.environ.get("XLA_FLAGS", "").split():
        if fits := _FLAG.fullmatch(flag):
            told[fits[1]] = fits[2] or "true"
    return told
