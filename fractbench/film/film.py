"""film: key frames that are safe -> the film, frame by frame."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np

from fractbench.files import write_aside
from fractbench.film.aside import aside
from fractbench.film.blend import segment, still
from fractbench.film.gif import Gif, colours_of
from fractbench.film.paint import Palette, Pixels, palette
from fractbench.film.request import FilmPlan
from fractbench.film.takeup import KeyFile
from fractbench.film.video import Video

Add = Callable[[Pixels], None]


def frames(plan: FilmPlan, files: Sequence[KeyFile]) -> Iterator[Pixels]:
    """Yield every frame, (size, size, 3) uint8, row 0 the lowest y; two key frames are in memory.

    Raises:
        UsageError: a key frame's file was damaged meanwhile.
    """
    shades = palette(plan.problem)
    pairs = pairwise(files)
    inner = files[0].read()
    for index in range(len(files)):
        outer = inner
        yield still(*outer, shades)
        between = [way for way in plan.timeline.segment(index) if way]
        following = next(pairs, None)
        if following is None:
            return
        inner = following[1].read()
        if between:
            both = segment(outer, inner, shades)
            for way in between:
                yield both.frame(way)


def write_film(
    plan: FilmPlan, files: Sequence[KeyFile], progress: Callable[[int], None] = lambda _: None
) -> Path:
    """Write the film, and the poster where one is asked for; `progress` is told of frames.

    Nothing half-written ever has the film's name.

    Raises:
        FractbenchError: it cannot be written; the key frames are safe.
    """
    last: Pixels | None = None
    with aside(plan.out) as growing, _encoder(plan, files, growing) as add:
        for last in frames(plan, files):
            add(last)
            progress(1)
    if plan.poster is not None and last is not None:
        write_aside(plan.poster, _poster(last, about(plan, files)))
    return plan.out


def about(plan: FilmPlan, files: Sequence[KeyFile]) -> dict[str, str]:
    """Return the metadata of a film: what it shows, to where, and the last key frame's digest."""
    return {
        "title": f"{plan.problem.spec}: {plan.problem.title}",
        "comment": f"fractbench; {plan.problem.steps} steps; from {plan.windows[0]} to "
        f"{plan.windows[-1]}; {files[-1].digest}",
    }


@contextmanager
def _encoder(plan: FilmPlan, files: Sequence[KeyFile], path: Path) -> Iterator[Add]:
    told = about(plan, files)
    if plan.out.suffix != ".gif":
        with Video(path, plan.size, plan.fps, told) as video:
            yield video.add
        return
    gif = Gif(_gif_colours(palette(plan.problem), files))
    yield gif.add
    gif.save(path, plan.fps, "; ".join(told.values()))


def _gif_colours(shades: Palette, files: Sequence[KeyFile]) -> Pixels:
    if shades.shades is not None:
        return shades.shades
    some = [files[0], files[len(files) // 2], files[-1]]
    return colours_of([still(*one.read(), shades) for one in some])


def _poster(pixels: Pixels, told: dict[str, str]) -> bytes:
    from PIL import Image, PngImagePlugin

    facts = PngImagePlugin.PngInfo()
    facts.add_text("Title", told["title"])
    facts.add_text("Description", told["comment"])
    facts.add_text("Software", "fractbench")
    buffer = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(pixels[::-1]))
    picture.save(buffer, format="png", pnginfo=facts, optimize=True)
    return buffer.getvalue()
