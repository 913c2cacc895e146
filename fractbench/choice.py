"""choice: which backend a long task takes where none is named.

`run` takes the first preferred one, which on a CPU is slow beside native's fused kernels: a film or
a huge map would take days in place of minutes.
"""

from __future__ import annotations

from fractbench.registry import PREFERRED, status

FAST = "native"


def for_many_pixels(backend: str | None) -> str | None:
    """Return what was asked for, else None for a preferred GPU, else native where it works."""
    if backend is None and not any(_has_gpu(name) for name in PREFERRED):
        return for_precision(None)
    return backend


def for_precision(backend: str | None) -> str | None:
    """Return what was asked for, else native where it works: it has float64 and fused deep zooms.

    None leaves the choice to `fractbench.registry.select`.
    """
    if backend is None and status(FAST).available:
        return FAST
    return backend


def _has_gpu(name: str) -> bool:
    """Return whether what a backend takes first is no CPU."""
    state = status(name)
    return state.available and state.devices[0].name != "cpu"
