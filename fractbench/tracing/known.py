"""Known: the classes of the pixels that were trained, found by place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fractbench.tracing.cells import Places

Classes = NDArray[np.uint8]
UNKNOWN = 255
"""Stands for no class; no Problem has so many."""


class Known:
    """Places in order with their classes, 9 bytes each.

    New ones make a run of their own, and a run is merged with its elder when it has grown to half
    of it: many small additions to millions of places stay cheap, and there are few runs to search.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._runs: list[tuple[Places, Classes]] = []

    def __len__(self) -> int:
        """Return the number of pixels."""
        return sum(places.size for places, _ in self._runs)

    def add(self, places: Places, classes: Classes) -> None:
        """Add pixels that are not there yet, in order."""
        self._runs.append((places, classes))
        while len(self._runs) > 1 and 2 * len(self._runs[-1][0]) > len(self._runs[-2][0]):
            self._runs[-2:] = [_merged(*self._runs[-2:])]

    def find(self, places: Places) -> Classes:
        """Return the classes of pixels in any order and shape, `UNKNOWN` where there is none."""
        found = np.full(places.shape, UNKNOWN, np.uint8)
        for run, classes in self._runs:
            if run.size:
                where = np.minimum(np.searchsorted(run, places), run.size - 1)
                np.copyto(found, classes[where], where=run[where] == places)
        return found

    def all(self) -> tuple[Places, Classes]:
        """Return every place in order, and its class."""
        while len(self._runs) > 1:
            self._runs[-2:] = [_merged(*self._runs[-2:])]
        return self._runs[0] if self._runs else (np.empty(0, np.int64), np.empty(0, np.uint8))


def _merged(
    elder: tuple[Places, Classes], younger: tuple[Places, Classes]
) -> tuple[Places, Classes]:
    places = np.concatenate([elder[0], younger[0]])
    order = np.argsort(places, kind="stable")
    return places[order], np.concatenate([elder[1], younger[1]])[order]
