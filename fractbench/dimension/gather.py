"""gather: every map that a study needs, one after the other, each kept as soon as it is whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from fractbench.dimension.frames import Asked
from fractbench.dimension.maker import Maker
from fractbench.dimension.nudged import Flips
from fractbench.map import Map
from fractbench.plan import DOUBT

Doubling = Literal["auto", "all", "none"]
"""Which frames are made at double resolution too; ``auto``: one window, or a ladder's deepest."""
NOT_DOUBLED = "left out by --no-double"
DEEPEST = "the deepest of {count} frames alone, since all would cost four ladders; --double"


@dataclass
class Frames:
    """The maps of a study in the making; what is finished stays here if it is interrupted.

    `flips` are those of `maps`; `doubled` holds maps of double resolution by place among `views`.
    """

    views: Sequence[str]
    maps: list[Map] = field(default_factory=list)
    flips: list[Flips | None] = field(default_factory=list)
    doubled: dict[int, Map] = field(default_factory=dict)

    @property
    def finished(self) -> int:
        """The number of windows whose map is whole and kept."""
        return len(self.maps)


def doubling(count: int, how: Doubling) -> tuple[list[int], str]:
    """Return the places of the frames to make at double resolution, and what to say of it."""
    if how == "none":
        return [], NOT_DOUBLED
    if how == "all" or count == 1:
        return list(range(count)), ""
    return [count - 1], DEEPEST.format(count=count)


def gather(
    asked: Asked,
    into: Frames,
    maker: Maker,
    how: Doubling = "auto",
    seed: int = 0,
    finished: Callable[[str], None] = lambda _: None,
) -> str:
    """Make the maps, the widest window first, and return what to say of double resolution.

    Args:
        asked: the problem, the size and the training.
        into: takes what is finished.
        maker: makes maps and keeps them.
        how: which frames are doubled.
        seed: of the choice of pixels that are nudged.
        finished: is told of every map in a few words.

    Raises:
        FractbenchError: something asked for is not allowed, or cannot be made here.
    """
    requests = [asked.request(view) for view in into.views]
    for request in requests:
        request.plan()  # what is not allowed is refused before hours are spent on the rest
    for view, request in zip(into.views, requests, strict=True):
        made = maker.map(request)
        into.maps.append(made)
        into.flips.append(maker.flips(request, made, seed))
        finished(f"{view}, {kind(made)}")
    places, reason = doubling(len(into.views), how)
    for place in places:
        request = asked.doubled().request(into.views[place])
        into.doubled[place] = maker.map(request)
        finished(f"{into.views[place]}, {kind(into.doubled[place])}, at double resolution")
    return reason


def kind(made: Map) -> str:
    """Return the dtype of a map; of a deep one the precision of its references too."""
    dtype = made.arithmetic.dtype
    if DOUBT not in made.accumulators:
        return dtype
    return f"{dtype} differences from references of {made.made['bits']} bits"
