"""one_blas_thread: OpenBLAS on one thread for a while, because `tuned` has threads of its own.

OpenBLAS gives even these small products to threads that wait for each other by spinning. Measured
on 2 cores of an AMD EPYC that had other work too (32 pixels a block, two threads of ours): 3,900
pixel-steps/s with two threads of OpenBLAS, 74,000 with one; 10,000 and 140,000 per CPU second.
"""

from __future__ import annotations

import ctypes
import importlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

_PREFIXES, _SUFFIXES = ("scipy_openblas", "openblas"), ("64_", "_64", "")
_LOCK = threading.Lock()
_held = {"users": 0, "threads": 0}

Switch = tuple[Callable[[], int], Callable[[int], None]]


@lru_cache(maxsize=1)
def switch() -> Switch | None:
    """Return OpenBLAS's own get and set of its thread count; None if NumPy has another BLAS."""
    try:
        # Symbols are looked up in what NumPy's own module was linked with, too.
        core = importlib.import_module("numpy._core._multiarray_umath")
        library = ctypes.CDLL(core.__file__)
    except (ImportError, OSError):
        return None
    for prefix in _PREFIXES:
        for suffix in _SUFFIXES:
            names = (f"{prefix}_{verb}_num_threads{suffix}" for verb in ("get", "set"))
            get, put = (getattr(library, name, None) for name in names)
            if get and put:
                return get, put
    return None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Take all but one thread from OpenBLAS; the last user to leave gives them back."""
    found = switch()
    if found is None:
        yield
        return
    get, put = found
    with _LOCK:
        if _held["users"] == 0:
            _held["threads"] = get()
            put(1)
        _held["users"] += 1
    try:
        yield
    finally:
        with _LOCK:
            _held["users"] -= 1
            if _held["users"] == 0:
                put(_held["threads"])
