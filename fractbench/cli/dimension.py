"""``fractbench dimension``: a problem's boundary -> its dimension beside its controls."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fractbench.cli.progress import pixel_bar
from fractbench.cli.show import Format, form, print_json, print_pairs, print_table, say, whole
from fractbench.errors import StoppedError, UsageError, nearest

if TYPE_CHECKING:
    from fractbench.dimension.frames import Asked
    from fractbench.dimension.gather import Doubling, Frames
    from fractbench.dimension.result import DimensionResult
    from fractbench.execute import Progress
    from fractbench.plan import Plan
    from fractbench.problems.base import Problem

SIDE, POINTS = 128, (1 << 18) + 1
LEAST_SIDE, LEAST_POINTS = 64, 1025
DTYPES = ("auto", "float32", "float64")
MISMATCH = 3


def dimension(
    problem: Annotated[str, typer.Argument(help="a name, or name:option=value,...")],
    view: Annotated[str | None, typer.Option(help="ladder, published, published:K, start")] = None,
    window: Annotated[str | None, typer.Option(help="X0:X1,Y0:Y1, a window without a name")] = None,
    size: Annotated[
        str | None, typer.Option(help=f"pixels a side ({SIDE}), or points of a line ({POINTS})")
    ] = None,
    steps: Annotated[str | None, typer.Option(help="training steps; the problem's own")] = None,
    backend: Annotated[
        str | None, typer.Option(help="B or B:DEVICE; native if it works here")
    ] = None,
    dtype: Annotated[
        str, typer.Option(help="auto (float32 where it resolves the window), float32, float64")
    ] = "auto",
    frames: Annotated[str | None, typer.Option(help="so many of the ladder, spread evenly")] = None,
    double: Annotated[
        bool | None, typer.Option(help="all frames at double resolution too, or none")
    ] = None,
    seed: Annotated[str, typer.Option(help="of the controls and the intervals")] = "0",
    format: Annotated[str, typer.Option(help="table or json")] = "table",
    out: Annotated[str, typer.Option(help="folder that keeps the maps")] = "maps",
) -> None:
    """Measure the dimension of a boundary, beside controls that tell it from noise."""
    from fractbench.dimension import frames as windows
    from fractbench.dimension.gather import Frames
    from fractbench.problems.catalogue import problem as look_up

    chosen, shown = look_up(problem), form(format)
    if dtype not in DTYPES:
        raise UsageError(
            f"unknown dtype {dtype!r}{nearest(dtype, DTYPES)}; type --dtype {' or '.join(DTYPES)}"
        )
    if window is not None and (view is not None or frames is not None):
        raise UsageError("--window and --view both choose the window; type one")
    wanted = windows.views(chosen, view, whole(frames, "--frames", 2))
    asked = windows.Asked(
        problem, side(chosen, whole(size, "--size")), whole(steps, "--steps"), dtype, window
    )
    how: Doubling = "auto" if double is None else "all" if double else "none"
    name = "ladder" if view == "ladder" else wanted[0]
    if window is not None:
        wanted, name = ["window"], window
    made = _measure(
        asked, name, Frames(wanted), how, whole(seed, "--seed", 0) or 0, backend, Path(out)
    )
    if shown is Format.JSON:
        print_json(made.model_dump(by_alias=True))
    else:
        _print(made)
    if not made.proven:
        raise typer.Exit(MISMATCH)


def side(chosen: Problem, size: int | None) -> int:
    """Return the pixels of a side, or the points of a line.

    Raises:
        UsageError: there are too few for the estimators, or pairs cannot be halved to the end.
    """
    line = len(chosen.axes) == 1
    wanted, least = size or (POINTS if line else SIDE), LEAST_POINTS if line else LEAST_SIDE
    if wanted < least:
        raise UsageError(f"--size {wanted} is too small for a dimension; type {least} or more")
    if line and (wanted - 1) & (wanted - 2):
        raise UsageError(
            f"--size {wanted} is not allowed for {chosen.name}: pairs of points are counted at "
            f"2**k + 1 points; type --size {(1 << (wanted - 1).bit_length()) + 1}"
        )
    return wanted


def _measure(
    asked: Asked, view: str, frames: Frames, how: Doubling, seed: int, backend: str | None,
    out: Path,
) -> DimensionResult:  # fmt: skip
    from fractbench.dimension.maker import Maker
    from fractbench.dimension.study import study

    count, done = len(frames.views), 0

    def finished(what: str) -> None:
        nonlocal done
        done += 1
        say(f"{asked.problem} {what} ({min(done, count)} of {windows})")

    maker = Maker(out, backend, say, _bar)
    asked = replace(asked, float64=maker.has_float64())
    for view_asked in frames.views:
        asked.request(view_asked)  # refuses before a word is said
    windows = "1 window" if count == 1 else f"{count} windows"
    say(f"{asked.problem}: {windows}, {asked.size} pixels; maps are kept in {out}")
    if how == "none":
        say("double resolution is left out: --no-double")
    try:
        return study(asked, view, frames, maker, how, seed, finished)
    except KeyboardInterrupt:
        message = (
            f"stopped; {frames.finished} of {count} windows are safe in {out}: type the same "
            "command again and it goes on from there"
        )
    raise StoppedError(message)


def _bar(plan: Plan) -> AbstractContextManager[Progress]:
    title = f"{plan.problem.name} {plan.grid.width}x{plan.grid.height}"
    return pixel_bar(title, plan.grid.pixels, plan.problem.steps)


def _print(made: DimensionResult) -> None:
    """Print what was measured, the table, and the verdict beside the figure."""
    from fractbench.dimension import table

    print_pairs(table.summary(made))
    print_table(table.heads(made), table.cells(made))
    print_pairs([("verdict", table.verdict(made))])
    if made.verdict.round_off and any("float32" in frame.arithmetic for frame in made.frames):
        say("round-off is a reason, and there is float32 among the maps: type --dtype float64")
