"""ready: kernels tell the moment at which results are complete on the device.

A kernel calls `ready()` after it has waited for its device and before it copies anything to the
host; whoever measures listens with `listening`. Nobody else needs it, and without a listener it
does nothing. Kernels whose results are made in host memory call it when they are complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_listeners: list[Callable[[], None]] = []


def ready() -> None:
    """Tell that the results of a tile, or of a part of it, are complete on the device."""
    for listener in _listeners:
        listener()


@contextmanager
def listening(listener: Callable[[], None]) -> Iterator[None]:
    """Call `listener`, from whatever thread, at every `ready` within the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
