"""threads: chunks of a tile over the processor's cores, whoever is free taking the next.

The libraries release the interpreter, so Python's threads do; and the one that waits stays open to
Ctrl-C.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from fractbench.errors import UsageError
from fractbench.machine import cores

VARIABLE = "FRACTBENCH_THREADS"


def threads() -> int:
    """Return how many threads to use: what `FRACTBENCH_THREADS` says, or one for each core.

    Raises:
        UsageError: the variable is no positive integer.
    """
    told = os.environ.get(VARIABLE, "")
    if told and (not told.isdecimal() or int(told) < 1):
        raise UsageError(f"{VARIABLE} is {told!r}; set it to 1 or more, or unset it")
    return cores()


def chunks(count: int, workers: int, smallest: int, largest: int) -> list[tuple[int, int]]:
    """Cut `count` pixels into (start, length): some for every worker, multiples of `smallest`."""
    wish = -(-count // (4 * workers))
    size = min(largest, max(smallest, -(-wish // smallest) * smallest))
    return [(start, min(size, count - start)) for start in range(0, count, size)]


def share(work: Callable[[int, int], None], cuts: list[tuple[int, int]], workers: int) -> None:
    """Call `work` for every cut; an exception or Ctrl-C drops what has not begun."""
    if workers == 1 or len(cuts) == 1:
        for cut in cuts:
            work(*cut)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(work, *cut) for cut in cuts]
        try:
            for one in wait(waiting, return_when=FIRST_EXCEPTION).done:
                one.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
