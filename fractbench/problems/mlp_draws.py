"""The numbers behind the mlp problems: the published draws, or Philox draws of any size."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from fractbench.draws import indices, normals
from fractbench.errors import FractbenchError

BATCH = 16
FILE = "paper_draws.npz"
SHA256 = "b19dc671f1e08a538e23372b71af565744eae15f14f04cee36309d16b819022c"
"""Of the shipped file, which tools/make_paper_draws.py makes."""


@dataclass(frozen=True, eq=False)
class Instance:
    """Weights W (n, n) and v (n,), inputs X (samples, n), targets y (samples,), all float64."""

    W: NDArray[np.float64]
    v: NDArray[np.float64]
    X: NDArray[np.float64]
    y: NDArray[np.float64]
    published: bool


@lru_cache(maxsize=1)
def published_draws() -> dict[str, NDArray[np.generic]]:
    """Load the published draws.

    Raises:
        FractbenchError: the file is damaged.
    """
    blob = files("fractbench").joinpath("data", FILE).read_bytes()
    if hashlib.sha256(blob).hexdigest() != SHA256:
        raise FractbenchError(f"the shipped file {FILE} is damaged; reinstall fractbench")
    with np.load(BytesIO(blob), allow_pickle=False) as archive:
        return dict(archive)


@lru_cache(maxsize=32)
def instance(width: int, data: str, samples: int, default: bool, seed: int | None) -> Instance:
    """Return the published Instance where there is one, else draws from the seed (0 if None)."""
    if seed is None and default and width in (8, 16):
        store, w, d = published_draws(), f"w{width}", f"w{width}/{data}"
        W, v, X, y = (
            store[name].astype(np.float64) for name in (f"{w}/W", f"{w}/v", f"{d}/X", f"{d}/y")
        )
        return Instance(W, v, X, y, published=True)
    s = seed or 0
    return Instance(
        normals(s, "weights", (width, width)),
        normals(s, "output", (width,)),
        normals(s, "inputs", (samples, width)),
        normals(s, "targets", (samples,)),
        published=False,
    )


def batch_order(
    width: int, samples: int, steps: int, seed: int | None, published: bool
) -> tuple[NDArray[np.int32], str]:
    """Return the indices of each step's minibatch, shape (steps, BATCH), and their name.

    The published sequence depends on the total number of steps; another count takes a prefix of
    the next longer one, and is named so.
    """
    if published:
        for total in (100, 200, 500, 1000):
            if steps <= total:
                order = published_draws()[f"w{width}/minibatch/{total}"][:steps]
                name = f"published for {total} steps"
                name += "" if steps == total else f", first {steps}"
                return order.astype(np.int32), name
    return indices(seed or 0, (steps, BATCH), samples), f"drawn from seed {seed or 0}"
