"""``fractbench zoom``: a film of a zoom into a boundary."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fractbench.cli.show import Format, form, print_json, print_pairs, say, whole
from fractbench.errors import StoppedError

if TYPE_CHECKING:
    from fractbench.execute import Progress
    from fractbench.film import Estimate, FilmRequest, FilmResult
    from fractbench.film.keys import Key
    from fractbench.film.make import Watch
    from fractbench.film.takeup import KeyFile

SCHEMA, DRY_SCHEMA = "fractbench.film/1", "fractbench.film-estimate/1"
MISMATCH = 3
"""The exit status of a film that is whole and whose device does not give its golden."""


def zoom(
    problem: Annotated[str, typer.Argument(help="a name, or name:option=value,...")] = "tanh",
    to: Annotated[str | None, typer.Option(help="centre of the last frame, X,Y")] = None,
    width: Annotated[str | None, typer.Option(help="of the last frame about --to")] = None,
    view: Annotated[
        str | None, typer.Option(help="or a named window: published (the default), published:K")
    ] = None,
    decades: Annotated[
        str | None,
        typer.Option(help="how much wider the first frame is than the last; as wide as the start"),
    ] = None,
    frames_per_doubling: Annotated[str, typer.Option(help="frames while the width halves")] = "45",
    size: Annotated[str, typer.Option(help="pixels on each side, even")] = "256",
    steps: Annotated[str | None, typer.Option(help="training steps; the problem's own")] = None,
    backend: Annotated[
        str | None, typer.Option(help="B or B:DEVICE; MLX on a GPU, else native if it works here")
    ] = None,
    fps: Annotated[str, typer.Option(help="frames a second")] = "30",
    out: Annotated[str, typer.Option("--out", "-o", help=".mp4, .webm or .gif")] = "film.mp4",
    poster: Annotated[str | None, typer.Option(help="a .png of the last frame, if told")] = None,
    work: Annotated[str, typer.Option(help="folder that keeps the key frames")] = "maps/keys",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="tell what it takes")] = False,
    format: Annotated[str, typer.Option(help="table or json")] = "table",
) -> None:
    """Make a film of a zoom: maps at each doubling of the width, and frames between them."""
    chosen = form(format)
    from fractbench.film import FilmRequest, estimate_film

    request = FilmRequest(
        problem=problem, to=to, width=width, view=view, decades=decades,
        frames_per_doubling=whole(frames_per_doubling, "--frames-per-doubling") or 0,
        size=whole(size, "--size") or 0, steps=whole(steps, "--steps"),
        fps=whole(fps, "--fps") or 0, out=out, poster=poster, work=work,
    )  # fmt: skip
    if dry_run:
        found = estimate_film(request, backend)
        _print(chosen, estimate_json(found), estimate_rows(found))
        return
    done = _make(request, backend)
    _print(chosen, film_json(done), film_rows(done))
    if "MISMATCH" in done.proven.values():
        raise typer.Exit(MISMATCH)


def _print(chosen: Format, value: dict[str, Any], rows: list[tuple[str, str]]) -> None:
    if chosen is Format.JSON:
        print_json(value)
    else:
        print_pairs(rows)


def _make(request: FilmRequest, backend: str | None) -> FilmResult:
    """Make the film; an interrupt leaves the finished key frames and says so."""
    from fractbench.film import make_film

    plan = request.plan()
    safe: list[KeyFile] = []
    try:
        return make_film(request, backend, _watch(plan.problem.name, len(plan.windows), safe))
    except KeyboardInterrupt:
        message = (
            f"stopped; {len(safe)} of {len(plan.windows)} key frames are safe in {plan.work}: type "
            "the same command again and it goes on from there"
        )
    raise StoppedError(message)


def _watch(name: str, count: int, safe: list[KeyFile]) -> Watch:
    from fractbench.cli.progress import pixel_bar
    from fractbench.film.make import Watch

    def key(one: KeyFile) -> None:
        safe.append(one)
        how = f"made in {one.seconds:.1f} s" if one.fresh else "taken up"
        low, high = map(Decimal, one.window.intervals[0])
        say(f"key frame {len(safe)} of {count}: width {high - low:.4g}, {one.arithmetic}, {how}")
        if one.doubt is not None:
            share = f"one ulp changes the class of {one.doubt.flips:.2%} of its pixels"
            say(one.doubt.noise or share)

    def pixels(wanted: Sequence[Key]) -> AbstractContextManager[Progress]:
        total = sum(one.side**2 for one in wanted)
        return pixel_bar(f"{name}, {count} key frames", total, wanted[0].problem.steps)

    return Watch(say, key, pixels, frame_bar)


@contextmanager
def frame_bar(frames: int) -> Iterator[Callable[[int], None]]:
    """Yield the function that is told of finished frames; the bar is on stderr, on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("frames", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    quiet = not sys.stderr.isatty()
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=quiet
    ) as bars:  # fmt: skip
        bar = bars.add_task("frames", total=frames)
        yield lambda count: bars.update(bar, advance=count)


def film_json(done: FilmResult) -> dict[str, Any]:
    """Return what ``--format json`` prints of a film."""
    plan = done.plan
    return {
        "schema": SCHEMA,
        "film": str(done.film),
        "poster": None if done.poster is None else str(done.poster),
        "bytes": done.film.stat().st_size,
        "problem": plan.problem.spec,
        "steps": plan.problem.steps,
        "size": [plan.size, plan.size],
        "fps": plan.fps,
        "frames": done.frames,
        "duration": round(plan.duration, 3),
        "frames_per_doubling": plan.timeline.per_doubling,
        "device": done.device,
        "proven": None if not done.proven else "MISMATCH" not in done.proven.values(),
        "key_frames": [
            {
                "file": str(one.path), "window": str(one.window), "digest": one.digest,
                "arithmetic": one.arithmetic, "fresh": one.fresh,
                "seconds": round(one.seconds, 4),
            }
            for one in done.keys
        ],
        "seconds": {
            "key_frames": round(done.seconds_of_keys, 4),
            "frames": round(done.seconds_of_frames, 4),
        },
    }  # fmt: skip


def film_rows(done: FilmResult) -> list[tuple[str, str]]:
    """Return the lines of a printed film."""
    plan, fresh = done.plan, sum(one.fresh for one in done.keys)
    kinds = ", ".join(dict.fromkeys(one.arithmetic for one in done.keys))
    files = [("film", str(done.film)), ("poster", str(done.poster or ""))]
    return [
        ("problem", f"{plan.problem.spec}, {plan.problem.steps} steps"),
        ("from", str(plan.windows[0])),
        ("to", str(plan.windows[-1])),
        ("key frames", f"{len(done.keys)} ({fresh} made, {len(done.keys) - fresh} taken up)"),
        ("made by", f"{done.device} ({kinds})"),
        ("last digest", done.keys[-1].digest),
        ("film size", f"{plan.size} x {plan.size} pixels, {done.film.stat().st_size:,} bytes"),
        ("length", f"{done.frames} frames at {plan.fps} a second, {plan.duration:.1f} s"),
        ("time", f"key frames {done.seconds_of_keys:.1f} s, frames {done.seconds_of_frames:.1f} s"),
        *(pair for pair in files if pair[1]),
    ]


def estimate_json(found: Estimate) -> dict[str, Any]:
    """Return what ``--dry-run --format json`` prints."""
    return {
        "schema": DRY_SCHEMA,
        "key_frames": found.key_frames,
        "key_frames_present": found.present,
        "frames": found.frames,
        "duration": round(found.duration, 3),
        "seconds": {
            "key_frames": round(found.seconds_of_keys, 2),
            "frames": round(found.seconds_of_frames, 2),
        },
        "bytes": {"key_frames_at_most": found.bytes_of_keys, "film_about": found.bytes_of_film},
    }


def estimate_rows(found: Estimate) -> list[tuple[str, str]]:
    """Return the lines of a printed estimate."""
    mib = 2.0**20
    return [
        ("key frames", f"{found.key_frames}, of which {found.present} are there"),
        ("frames", f"{found.frames}, {found.duration:.1f} s of film"),
        ("time, about", f"key frames {found.seconds_of_keys:.0f} s, frames "
                        f"{found.seconds_of_frames:.0f} s"),
        ("disk", f"key frames at most {found.bytes_of_keys / mib:.1f} MiB, film about "
                 f"{found.bytes_of_film / mib:.1f} MiB"),
    ]  # fmt: skip
