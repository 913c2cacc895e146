"""Map: the raster that a Kernel returns, its digest, and its file."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.bits import same_bits
from fractbench.arithmetic.contract import Arithmetic
from fractbench.digest import header, map_digest
from fractbench.errors import UsageError
from fractbench.files import write_aside
from fractbench.grid import Grid
from fractbench.problems.base import Class, Problem
from fractbench.problems.catalogue import problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA = "fractbench.map/1"


@dataclass(frozen=True)
class Map:
    """Accumulators of every pixel, [row, column], row 0 the lowest y, and what they say.

    `made` tells how it was made (backend, device, versions, seconds); it is not part of the digest.
    """

    problem: Problem
    grid: Grid
    arithmetic: Arithmetic
    accumulators: Mapping[str, NDArray[np.floating]]
    made: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def _read(self) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
        return self.problem.readout(self.accumulators)

    @property
    def value(self) -> NDArray[np.floating]:
        """What the picture shows; for the published measure -sum v or sum 1/v."""
        return self._read[0]

    @property
    def classes(self) -> NDArray[np.uint8]:
        """The index of every pixel's class in `legend`."""
        return self._read[1]

    @property
    def legend(self) -> tuple[Class, ...]:
        """The classes."""
        return self.problem.classes

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Whether every pixel's class counts as converged."""
        return np.array([c.converged for c in self.legend])[self.classes]

    @property
    def class_fractions(self) -> dict[str, float]:
        """The share of pixels in every class."""
        counts = np.bincount(self.classes.ravel(), minlength=len(self.legend))
        shares = counts / self.classes.size
        return {c.name: float(s) for c, s in zip(self.legend, shares, strict=True)}

    @property
    def _names(self) -> tuple[str, ...]:
        """The Problem's accumulators in its order, then what a deep zoom adds."""
        own = self.problem.accumulators
        return (*own, *sorted(set(self.accumulators) - set(own)))

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical bytes, with the contract's prefix."""
        head = header(self.problem, self.grid, self.arithmetic)
        return map_digest(head, self._names, self.accumulators)

    def metadata(self) -> dict[str, Any]:
        """Return everything that is known besides the arrays, ready for JSON."""
        return {
            "schema": SCHEMA,
            **header(self.problem, self.grid, self.arithmetic),
            "title": self.problem.title,
            "notes": self.problem.notes(),
            "axes": [{"label": a.label, "scale": a.scale} for a in self.problem.axes],
            "classes": [c.name for c in self.legend],
            "accumulators": list(self._names),
            "digest": self.digest,
            "made": dict(self.made),
        }

    def save(self, path: str | Path) -> Path:
        """Write ``.npz`` (every array and the metadata) or ``.png`` (the picture).

        Raises:
            UsageError: the name ends otherwise.
        """
        path = Path(path)
        if path.suffix == ".npz":
            return write_aside(path, self._archive())
        if path.suffix == ".png":
            from fractbench.render import png

            return write_aside(path, png(self))
        raise UsageError(f"cannot save a map as {path.name!r}; type a name ending in .npz or .png")

    def _archive(self) -> bytes:
        arrays: dict[str, Any] = {
            "metadata": np.array(json.dumps(self.metadata())),
            "value": self.value,
            "class": self.classes,
            **self.accumulators,
        }
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    def plot(self) -> Figure:
        """Return a Matplotlib figure with axes, caption and digest."""
        from fractbench.render import figure

        return figure(self)

    def _repr_png_(self) -> bytes:
        """Return the picture, for notebooks."""
        from fractbench.render import png

        return png(self)


@dataclass(frozen=True)
class Saved:
    """What a map's file holds."""

    metadata: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def load(path: str | Path) -> Saved:
    """Read a map's file, without pickle, and check its digest, its values and its classes.

    Raises:
        UsageError: the file is absent, damaged, foreign, or does not match its digest.
    """
    path = Path(path)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        metadata = json.loads(str(arrays.pop("metadata")))
        schema = str(metadata["schema"])
        digest = _recomputed(metadata, arrays) if schema == SCHEMA else ""
    except FileNotFoundError:
        raise UsageError(f"there is no file {os.fspath(path)!r}; type a map's .npz") from None
    except Exception as error:
        # Whatever a foreign or damaged archive makes zipfile, zlib, NumPy or JSON raise.
        raise UsageError(
            f"{os.fspath(path)!r} is damaged or no fractbench map ({type(error).__name__}); "
            "make it anew with fractbench run"
        ) from None
    if schema != SCHEMA:
        raise UsageError(
            f"{path.name} has schema {schema!r} and a map has {SCHEMA}; type a file that "
            "fractbench run made"
        )
    if digest != metadata.get("digest"):
        raise UsageError(f"{path.name} does not match its own digest: it was changed or damaged")
    return Saved(metadata, arrays)


def _recomputed(metadata: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the digest of what a file holds, or nothing if value and class do not follow."""
    names = ("arithmetic", "draws", "inputs", "problem", "size", "steps", "window")
    head = {name: metadata[name] for name in names}
    chosen = problem(head["problem"]).with_steps(head["steps"])
    value, classes = chosen.readout(arrays)
    if not same_bits(value, arrays["value"]) or not np.array_equal(classes, arrays["class"]):
        return ""
    return map_digest(head, metadata["accumulators"], arrays)
