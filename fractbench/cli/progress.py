"""A progress bar on stderr, where that is a terminal: pixel-steps per second and time left."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fractbench.execute import Progress as Report


@contextmanager
def pixel_bar(title: str, pixels: int, steps: int) -> Iterator[Report]:
    """Yield the function that `execute` tells of finished pixels."""
    console = Console(stderr=True)
    columns = (
        TextColumn(title, markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}", markup=False),
        TimeRemainingColumn(),
    )
    shown = sys.stderr.isatty()
    with Progress(*columns, console=console, transient=True, disable=not shown) as bars:
        bar = bars.add_task(title, total=pixels, speed="")
        begun, fresh = perf_counter(), 0

        def report(count: int, new: bool) -> None:
            nonlocal fresh
            fresh += count if new else 0
            rate = fresh * steps / max(perf_counter() - begun, 1e-9)
            bars.update(bar, advance=count, speed=f"{rate:,.0f} pixel-steps/s" if fresh else "")

        yield report
