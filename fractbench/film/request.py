"""FilmRequest: what a person asked for, in words -> a checked plan of a film."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fractbench.errors import BackendUnavailableError, UsageError
from fractbench.film.gif import FASTEST, MOST_BYTES
from fractbench.film.ladder import ladder
from fractbench.film.timeline import Timeline
from fractbench.problems.base import Problem
from fractbench.problems.catalogue import problem
from fractbench.registry import require
from fractbench.request import integer
from fractbench.window import Window

SUFFIXES = (".mp4", ".webm", ".gif")
SMALLEST, LARGEST = 16, 4096
MOST_FPS, MOST_PER_DOUBLING = 120, 1000
INSTALL = "pip install 'fractbench[film]'"


@dataclass(frozen=True)
class FilmRequest:
    """The options of `fractbench zoom`; None means the default.

    Args:
        problem: a specification or a Problem with two axes.
        to: centre of the last key frame, ``X,Y`` in exact decimals, with `width`.
        width: its extent on both axes.
        view: or a named window instead; ``published`` if neither is told.
        decades: how much wider the first key frame is, at least.
        frames_per_doubling: from one key frame to the next.
        size: pixels on each side, an even number.
        steps: of training; the problem's own number if None.
        fps: frames a second.
        out: the film; its ending chooses the format.
        poster: a .png of the last frame, if any.
        work: the folder that keeps the key frames.
    """

    problem: str | Problem = "tanh"
    to: str | None = None
    width: str | float | None = None
    view: str | None = None
    decades: str | float | None = None
    frames_per_doubling: int = 45
    size: int = 256
    steps: int | None = None
    fps: int = 30
    out: str | os.PathLike[str] = "film.mp4"
    poster: str | os.PathLike[str] | None = None
    work: str | os.PathLike[str] = "maps/keys"

    def plan(self) -> FilmPlan:
        """Return the checked plan.

        Raises:
            UsageError: something asked for is not allowed.
            BackendUnavailableError: the film extra is missing.
        """
        out = _named(Path(self.out), SUFFIXES, "-o")
        poster = None if self.poster is None else _named(Path(self.poster), (".png",), "--poster")
        fps, size = _fps(self.fps, out.suffix), _size(self.size)
        chosen = self.problem if isinstance(self.problem, Problem) else problem(self.problem)
        if self.steps is not None:
            chosen = chosen.with_steps(integer(self.steps, "steps"))
        told = {"width": self.width, "decades": self.decades}
        numbers = {name: None if value is None else str(value) for name, value in told.items()}
        windows = ladder(chosen, to=self.to, view=self.view, **numbers)
        per_doubling = _between(
            self.frames_per_doubling, "--frames-per-doubling", 1, MOST_PER_DOUBLING
        )
        plan = FilmPlan(
            chosen, windows, Timeline(len(windows), per_doubling), size, fps, out, poster,
            Path(self.work),
        )  # fmt: skip
        plan.check_format()
        return plan


@dataclass(frozen=True)
class FilmPlan:
    """A film whose options are known to be allowed."""

    problem: Problem
    windows: tuple[Window, ...]
    timeline: Timeline
    size: int
    fps: int
    out: Path
    poster: Path | None
    work: Path

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.timeline.frames / self.fps

    def check_format(self) -> None:
        """Refuse a format that is not to be had here, or not for so large a film."""
        if self.out.suffix == ".gif":
            held = self.timeline.frames * self.size**2
            if held > MOST_BYTES:
                raise UsageError(
                    f"a .gif of {self.timeline.frames} frames of {self.size} x {self.size} would "
                    f"hold {held / 2**30:.1f} GiB in memory; type -o film.mp4, or a smaller --size"
                )
            return
        try:
            require("av")
        except BackendUnavailableError:
            raise BackendUnavailableError(
                f"{self.out.suffix} needs PyAV, which is not installed; type: {INSTALL}, "
                "or -o film.gif",
                installable=True,
            ) from None


def _named(path: Path, suffixes: tuple[str, ...], option: str) -> Path:
    if path.suffix not in suffixes:
        raise UsageError(
            f"{option} {path.name!r} has no ending that is known; "
            f"type a name ending in {' or '.join(suffixes)}"
        )
    return path


def _between(value: object, option: str, low: int, high: int) -> int:
    number = integer(value, option)
    if not low <= number <= high:
        raise UsageError(f"{option} {number} is not allowed; type {low} to {high}")
    return number


def _fps(value: object, suffix: str) -> int:
    return _between(value, "--fps", 1, FASTEST if suffix == ".gif" else MOST_FPS)


def _size(value: object) -> int:
    size = _between(value, "--size", SMALLEST, LARGEST)
    if size % 2:
        raise UsageError(
            f"--size {size} is odd, and video holds colours for 2 x 2 pixels; "
            f"type --size {size + 1}"
        )
    return size
