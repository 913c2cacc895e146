"""digest: a Map's canonical bytes -> one SHA-256, written ``strict-float32-1:sha256:<hex>``.

The bytes: a header in canonical JSON (problem, window, size, steps, arithmetic, draws, digest of
the inputs) and a newline, then each accumulator in the Problem's order: its name and a newline,
then its values, little-endian, rows from the lowest y, every NaN the same quiet NaN.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.grid import Grid
from fractbench.problems.base import Problem
from fractbench.tree import Tree


def canonical_bytes(array: NDArray[Any]) -> bytes:
    """Return little-endian bytes in C order with every NaN the same."""
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), array.dtype.type(np.nan), array)
    return np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"))).tobytes()


@lru_cache(maxsize=64)
def inputs_digest(problem: Problem, fmt: Format) -> str:
    """Return the SHA-256 of everything that a kernel is given besides a tile's pixels."""
    sha = hashlib.sha256()
    for path, array in _named(problem.inputs(fmt)):
        sha.update(f"{path} {array.dtype.name} {array.shape}\n".encode())
        sha.update(canonical_bytes(array))
    return sha.hexdigest()


def _named(tree: Tree, path: str = "") -> Iterable[tuple[str, NDArray[Any]]]:
    if isinstance(tree, dict):
        for name in sorted(tree):
            yield from _named(tree[name], f"{path}/{name}")
    elif isinstance(tree, tuple):
        for index, branch in enumerate(tree):
            yield from _named(branch, f"{path}/{index}")
    else:
        yield path, tree


def header(problem: Problem, grid: Grid, arithmetic: Arithmetic) -> dict[str, Any]:
    """Return what identifies a map before it is made."""
    return {
        "arithmetic": arithmetic.name,
        "draws": str(problem.draws),
        "inputs": inputs_digest(problem, arithmetic.format),
        "problem": problem.spec,
        "size": [grid.width, grid.height],
        "steps": problem.steps,
        "window": [list(interval) for interval in grid.window.intervals],
    }


def canonical_json(value: object) -> str:
    """Return JSON with sorted names and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def map_digest(
    head: Mapping[str, Any], names: Iterable[str], sums: Mapping[str, NDArray[Any]]
) -> str:
    """Return the digest of a map from its header and its accumulators."""
    sha = hashlib.sha256(canonical_json(dict(head)).encode() + b"\n")
    for name in names:
        sha.update(name.encode() + b"\n")
        sha.update(canonical_bytes(sums[name]))
    return f"{head['arithmetic']}:sha256:{sha.hexdigest()}"
