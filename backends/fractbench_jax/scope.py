"""scoped: JAX's options as the free kernels need them, and the user's own again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import jax


@contextmanager
def scoped(dtype: str, tf32: bool = False) -> Iterator[None]:
    """Allow float64 where it is asked for, and products in TF32 only where they are.

    The options belong to the thread that enters. JAX's own default for products on a GPU is TF32.
    """
    with ExitStack() as stack:
        stack.enter_context(jax.enable_x64(dtype == "float64"))
        precision = "tensorfloat32" if tf32 else "float32"
        stack.enter_context(jax.default_matmul_precision(precision))
        # A user's debugging options must not stop a map in which NaN is a result.
        stack.enter_context(jax.debug_nans(False))
        stack.enter_context(jax.debug_infs(False))
        stack.enter_context(jax.numpy_rank_promotion("allow"))
        stack.enter_context(jax.numpy_dtype_promotion("standard"))
        yield
