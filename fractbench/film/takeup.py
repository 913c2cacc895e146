"""takeup: key frames that an earlier run left behind, checked before they are used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fractbench.errors import UsageError
from fractbench.film.keys import Key
from fractbench.film.paint import Values
from fractbench.map import Saved, load
from fractbench.window import Window
from fractbench.zoom.doubt import Doubt, doubt


@dataclass(frozen=True)
class KeyFile:
    """A key frame that is safe in a file.

    `fresh` tells whether this run made it. `arithmetic` is what made it, for example
    ``strict-float32-1``.
    """

    path: Path
    window: Window
    digest: str
    arithmetic: str
    fresh: bool
    seconds: float = 0.0
    doubt: Doubt | None = None
    """Of a deep zoom."""

    def read(self) -> tuple[Values, NDArray[np.uint8]]:
        """Return (value, class), each (side, side), row 0 the lowest y.

        Raises:
            UsageError: the file was damaged or exchanged since.
        """
        saved = load(self.path)
        if saved.metadata["digest"] != self.digest:
            raise UsageError(f"{self.path} was exchanged while the film was made; start it again")
        return saved.arrays["value"], saved.arrays["class"]


def taken_up(key: Key, folder: Path, say: Callable[[str], None]) -> KeyFile | None:
    """Return a key frame of an earlier run, or None if there is none, or none that is whole.

    A file that is damaged, or does not hold what its name says, is told of in one line.
    """
    path = key.file(folder)
    if not path.exists():
        return None
    try:
        saved = load(path)
    except UsageError as error:
        say(f"a key frame is made anew: {error}")
        return None
    if not _fits(key, saved):
        say(f"a key frame is made anew: {path.name} holds another map than its name says")
        return None
    told = saved.metadata
    found = doubt(saved.arrays)
    return KeyFile(path, key.window, told["digest"], told["arithmetic"], False, doubt=found)


def _fits(key: Key, saved: Saved) -> bool:
    same = all(saved.metadata.get(name) == value for name, value in key.identity.items())
    return same and saved.arrays["value"].shape == (key.side, key.side)
