"""failure: whatever a framework or a driver raises, in one line that a person can act on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fractbench.errors import FractbenchError, KernelUnavailableError

LONGEST = 200
"""Characters of a compiler's message in a line."""


@contextmanager
def unavailable(what: str) -> Iterator[None]:
    """Turn what is raised while a kernel is made into one line that begins with `what`.

    Raises:
        KernelUnavailableError: something was raised that fractbench did not raise itself.
    """
    with _in_one_line(KernelUnavailableError, what):
        yield


@contextmanager
def stopped(device: str) -> Iterator[None]:
    """Turn what is raised while a kernel runs into one line; finished tiles are safe.

    Raises:
        FractbenchError: something was raised that fractbench did not raise itself.
    """
    what = f"{device} failed while it trained; type --tile with fewer pixels if it goes on to"
    with _in_one_line(FractbenchError, what):
        yield


@contextmanager
def _in_one_line(kind: Callable[[str], FractbenchError], what: str) -> Iterator[None]:
    try:
        yield
    except (FractbenchError, AssertionError):
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        telling = next((line for line in lines if "error: " in line), lines[0])
        raise kind(f"{what}: {telling.strip()[:LONGEST]}") from error
