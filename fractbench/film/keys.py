"""keys: which maps a film needs, and the name and the identity by which each is found again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import FLOAT32, FLOAT64, Format
from fractbench.backend import Backend, Device
from fractbench.digest import canonical_json, header
from fractbench.errors import UsageError
from fractbench.grid import Grid
from fractbench.problems.base import Problem
from fractbench.request import Request
from fractbench.window import Window

APART = 8
"""Units in the last place between neighbours. With 1, pixels are off by up to half of their
distance, and the film of `single` showed a seam where float64 took over from float32."""


@dataclass(frozen=True)
class Key:
    """One key frame to be made: a map of `side` x `side` points.

    `dtype` is None where no dtype can tell the points apart: then the window goes to Request as it
    is, which may know a deep zoom.
    """

    problem: Problem
    window: Window
    side: int
    dtype: str | None

    @property
    def request(self) -> Request:
        """What is asked of `fractbench.api.prepare`."""
        return Request(
            problem=self.problem.spec,
            steps=self.problem.steps,
            size=self.side,
            window=str(self.window),
            dtype=self.dtype or "float32",
        )

    @property
    def identity(self) -> dict[str, Any]:
        """What a file's metadata must say for it to be this key frame."""
        grid = Grid(self.window, self.side, self.side)
        fmt = FLOAT64 if self.dtype == "float64" else FLOAT32
        known = header(self.problem, grid, Arithmetic(format=fmt))
        if self.dtype is None:
            del known["arithmetic"], known["inputs"]
        return known

    def file(self, folder: Path) -> Path:
        """Return where the map is kept: the same plan, the same name, whatever the film."""
        sha = hashlib.sha256(canonical_json(self.identity).encode()).hexdigest()[:12]
        size = f"{self.side}x{self.side}"
        return folder / f"{self.problem.name}-{size}-{self.problem.steps}-{sha}.npz"


def keys(
    problem: Problem, windows: Sequence[Window], size: int, backend: Backend, device: Device
) -> list[Key]:
    """Return the key frames of a film of `size` x `size` pixels, each in the first dtype that fits.

    That is float32, else float64 where the device has it, if the map's neighbours are at least
    `APART` units in the last place apart; else a deep zoom where the problem has one; else the
    widest dtype that tells the neighbours apart.
    """
    formats = [
        fmt for fmt in (FLOAT32, FLOAT64) if backend.offers(problem, device, Arithmetic(format=fmt))
    ]
    plain = [Key(problem, window, size + 1, None) for window in windows]
    return [replace(key, dtype=_dtype(key, formats, backend, device)) for key in plain]


def check_keys(wanted: Sequence[Key], backend: Backend, device: Device) -> None:
    """Refuse, before anything is computed, key frames that no kernel of the device can make.

    Raises:
        UsageError: there is one.
    """
    for key in wanted:
        if key.dtype is None and not _offered(key, backend, device):
            raise UsageError(
                f"{device} cannot make the window {key.window} of {key.problem.spec} with "
                f"{key.side} points on a side: no dtype tells them apart there, and it has no "
                "deep zoom; type a larger --width or another --backend"
            )


def _dtype(key: Key, formats: Sequence[Format], backend: Backend, device: Device) -> str | None:
    apart = {fmt.name: _units_apart(key, fmt) for fmt in formats}
    chosen = next((name for name, units in apart.items() if units >= APART), None)
    if chosen or _offered(key, backend, device):
        return chosen
    return next((name for name, units in reversed(apart.items()) if units >= 1), None)


def _units_apart(key: Key, fmt: Format) -> float:
    """Return the least distance between neighbours in units in the last place; 0 if refused."""
    grid = Grid(key.window, key.side, key.side)
    try:
        axes = [grid.values(index, axis, fmt) for index, axis in enumerate(key.problem.axes)]
    except UsageError:
        return 0.0
    return min(_least_ulps(v) for v in axes)


def _least_ulps(values: NDArray[np.floating]) -> float:
    """Return the least distance of neighbours in ulps; at 0, whose ulp is tiny, in its own."""
    apart = np.diff(values)
    return float(np.min(apart / np.spacing(np.maximum(np.abs(values[1:]), apart))))


def _offered(key: Key, backend: Backend, device: Device) -> bool:
    """Return whether the window, asked for as it is, can be made here."""
    try:
        plan = key.request.plan()
    except UsageError:
        return False
    return bool(backend.offers(plan.problem, device, plan.arithmetic))
