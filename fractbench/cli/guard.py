"""guarded: a verb whose interrupts and broken streams end in a sentence.

Typer would turn them into bare exit statuses before anyone could say what happened.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import ParamSpec

from fractbench.errors import FractbenchError, StoppedError

P = ParamSpec("P")


def guarded(verb: Callable[P, None]) -> Callable[P, None]:
    """Return the verb with Ctrl-C, a reader that left and a full disk made FractbenchErrors."""

    @functools.wraps(verb)
    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            verb(*args, **kwargs)
            sys.stdout.flush()
        except KeyboardInterrupt:
            raise StoppedError("stopped") from None
        except BrokenPipeError:
            # The reader has what it wanted; Python must not complain again when it exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise FractbenchError(f"cannot go on: {error.strerror or error}") from error
        except UnicodeEncodeError as error:
            raise FractbenchError(
                f"cannot print {error.object[error.start : error.end]!r} here; "
                "set PYTHONIOENCODING=utf-8"
            ) from error

    return call
