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
    """Run a small tile of some key frames and a second's worth of frames.

    Nothing stays on the disk. Of the key frames of a dtype, or of the deep ones, the first and the
    last are tried, and those between are taken to cost what lies between by their place.
    """
    absent = [key for key in wanted if not key.file(plan.work).exists()]
    seconds = _costs(absent, maker, clock)
    each = _frame_seconds(plan, clock)
    pixels = plan.timeline.frames * plan.size**2
    return Estimate(
        key_frames=len(wanted),
        present=len(wanted) - len(absent),
        frames=plan.timeline.frames,
        duration=plan.duration,
        seconds_of_keys=sum(seconds),
        seconds_of_frames=each * plan.timeline.frames,
        bytes_of_keys=sum(_bytes(key) for key in absent),
        bytes_of_film=int(pixels * BITS[plan.out.suffix] / 8),
    )


def _costs(absent: Sequence[Key], maker: Maker, clock: Clock) -> list[float]:
    """Return the seconds of every key frame that is not there, those of one dtype together."""
    seconds: list[float] = []
    for dtype in dict.fromkeys(key.dtype for key in absent):
        same = [key for key in absent if key.dtype == dtype]
        places = sorted({0, len(same) - 1})
        tried = [_seconds(same[place], maker, clock) for place in places]
        seconds += np.interp(range(len(same)), places, tried).tolist()
    return seconds


def _seconds(key: Key, maker: Maker, clock: Clock) -> float:
    """Return a key frame's seconds, from pixels spread over it, once its kernel is warm.

    References belong to one deep window, so that what they take is a part of it.
    """
    begun = clock()
    prepared, total = maker.prepared(key), key.side**2
    count = min(CALIBRATION_PIXELS, total)
    random = np.random.Generator(np.random.Philox(SEED))
    flat = np.sort(random.choice(total, count, replace=False))
    tile = prepared.plan.gather(flat)
    prepared.kernel.run(tile)
    once = clock() - begun if key.dtype is None else 0.0
    begun = clock()
    prepared.kernel.run(tile)
    return once + (clock() - begun) * total / count


def _bytes(key: Key) -> int:
    """Return a file's bytes without compression: accumulators and value, and a byte of class."""
    width = 8 if key.dtype == "float64" else 4
    return key.side**2 * ((len(key.request.plan().accumulators) + 1) * width + 1)


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
