"""estimate: what a film will take, from a moment's work on the device and on one frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from fractbench.film.blend import segment
from fractbench.film.gif import Gif, colours_of
from fractbench.film.keys import Key
from fractbench.film.maker import Maker
from fractbench.film.paint import Pixels, palette
from fractbench.film.request import FilmPlan
from fractbench.film.video import Video

CALIBRATION_PIXELS = 1024
SEED = 20240213
BITS = {".mp4": 0.4, ".webm": 0.5, ".gif": 3.8}
"""Bits that a pixel of a frame takes in a film, about: those of `single`; noise takes more."""

Clock = Callable[[], float]


@dataclass(frozen=True)
class Estimate:
    """What a film will take: seconds, and bytes on the disk."""

    key_frames: int
    present: int
    """Key frames whose files are there already; they are not counted as work."""
    frames: int
    duration: float
    seconds_of_keys: float
    seconds_of_frames: float
    bytes_of_keys: int
    """At most: their arrays without compression."""
    bytes_of_film: int
    """About."""


def estimate(
    plan: FilmPlan, wanted: Sequence[Key], maker: Maker, clock: Clock = perf_counter
) -> Estimate:
    """Run a small tile of the first and the last key frame and a second's worth of frames.

    Nothing stays on the disk. A key frame between the two is taken to cost what the one with its
    dtype costs, or, where both have it, what lies between them by its place.
    """
    absent = [index for index, key in enumerate(wanted) if not key.file(plan.work).exists()]
    cost = _cost(wanted, maker, clock) if absent else (0.0, 0.0)
    seconds = [_between(wanted, index, cost) for index in absent]
    each = _frame_seconds(plan, clock)
    pixels = plan.timeline.frames * plan.size**2
    return Estimate(
        key_frames=len(wanted),
        present=len(wanted) - len(absent),
        frames=plan.timeline.frames,
        duration=plan.duration,
        seconds_of_keys=sum(seconds),
        seconds_of_frames=each * plan.timeline.frames,
        bytes_of_keys=sum(_bytes(wanted[index]) for index in absent),
        bytes_of_film=int(pixels * BITS[plan.out.suffix] / 8),
    )


def _cost(wanted: Sequence[Key], maker: Maker, clock: Clock) -> tuple[float, float]:
    """Return the seconds that the first and the last key frame take."""
    return _seconds(wanted[0], maker, clock), _seconds(wanted[-1], maker, clock)


def _seconds(key: Key, maker: Maker, clock: Clock) -> float:
    """Return a key frame's seconds, from pixels spread over it; the first, unwarmed, tile apart."""
    prepared, total = maker.prepared(key), key.side**2
    count = min(CALIBRATION_PIXELS, total)
    random = np.random.Generator(np.random.Philox(SEED))
    flat = np.sort(random.choice(total, count, replace=False))
    tile = prepared.plan.gather(flat)
    prepared.kernel.run(tile)
    begun = clock()
    prepared.kernel.run(tile)
    return (clock() - begun) * total / count


def _between(wanted: Sequence[Key], index: int, cost: tuple[float, float]) -> float:
    first, last = wanted[0].dtype, wanted[-1].dtype
    if first != last:
        return cost[1] if wanted[index].dtype == last else cost[0]
    share = index / max(len(wanted) - 1, 1)
    return cost[0] + (cost[1] - cost[0]) * share


def _bytes(key: Key) -> int:
    """Return a file's bytes without compression: accumulators and value, and a byte of class."""
    width = 8 if key.dtype == "float64" else 4
    return key.side**2 * ((len(key.problem.accumulators) + 1) * width + 1)


def _frame_seconds(plan: FilmPlan, clock: Clock) -> float:
    """Return the seconds of a frame, from some that show smooth noise."""
    count = min(30, plan.timeline.frames)
    pictures = _trial(plan, count)
    begun = clock()
    shown = list(pictures)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"trial{plan.out.suffix}"
        if plan.out.suffix == ".gif":
            gif = Gif(colours_of(shown[:1]))
            for picture in shown:
                gif.add(picture)
            gif.save(path, plan.fps, "")
        else:
            with Video(path, plan.size, plan.fps, {}) as video:
                for picture in shown:
                    video.add(picture)
    return (clock() - begun) / count


def _trial(plan: FilmPlan, count: int) -> map[Pixels]:
    side, random = plan.size + 1, np.random.Generator(np.random.Philox(SEED))
    walk = np.cumsum(random.standard_normal((side, side)), axis=0)
    made = walk, np.zeros((side, side), np.uint8)
    both = segment(made, made, palette(plan.problem))
    return map(both.frame, np.linspace(0, 1, count, endpoint=False))
