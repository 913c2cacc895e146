"""scoped, one_thread: PyTorch's process-wide switches for a while, then the user's own again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def scoped(device: torch.device, tf32: bool = False) -> Iterator[None]:
    """Compute without a gradient tape; on CUDA set whether float32 products are TF32."""
    if device.type != "cuda":
        with torch.no_grad():
            yield
        return
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    try:
        with torch.no_grad(), torch.cuda.device(device):
            yield
    finally:
        torch.set_float32_matmul_precision(before)


@contextmanager
def one_thread() -> Iterator[None]:
    """Give new threads one thread of PyTorch's own each; the caller's count is left as it was.

    Two of them that wait for each other at every product were measured to run 20 times slower on
    cores that had other work too.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
