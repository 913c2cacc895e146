"""scoped, one_thread, wait: PyTorch's process-wide switches, lent and given back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread

import torch

_LOCK = Lock()
_held = {"users": 0, "threads": 0}


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


def wait(device: torch.device) -> None:
    """Return when the device has done all that was asked of it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


@contextmanager
def one_thread() -> Iterator[None]:
    """Give new threads one thread of PyTorch's own each; the caller's count is left as it was.

    Kernels in several threads may be inside at once: the last to leave gives the count back. Two
    of PyTorch's threads that wait for each other at every product were measured to run 20 times
    slower on cores that had other work too.
    """
    with _LOCK:
        own = torch.get_num_threads()
        if _held["users"] == 0:
            _held["threads"] = own
            _for_new_threads(1)
        elif own == 1:
            # A thread that is new to PyTorch inherits the 1 of those inside.
            own = _held["threads"]
        _held["users"] += 1
    try:
        yield
    finally:
        with _LOCK:
            _held["users"] -= 1
            torch.set_num_threads(own)
            _for_new_threads(1 if _held["users"] else _held["threads"])


def _for_new_threads(count: int) -> None:
    """Set the count of the process; PyTorch also keeps one for each thread, and sets the caller's.

    So a thread that ends at once makes the call.
    """
    thread = Thread(target=torch.set_num_threads, args=(count,))
    thread.start()
    thread.join()
