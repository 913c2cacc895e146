"""serve: a Worker's side of the pipe; ``python -m fractbench.bench.serve TARGET PARENT``.

The pipes are kept on descriptors of their own. Descriptor 0 is empty and 1 points at standard
error, so that nothing a framework reads is a question and nothing it prints an answer. PARENT is
the process that asks; when it is gone, this one ends with all that it started.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from typing import Any, TextIO

from fractbench.bench.failure import failure
from fractbench.bench.worker import Worker

LOOK = 1.0
"""Seconds between two looks at the parent."""


def serve(target: str) -> None:
    """Answer questions until the pipe is closed, or a framework ends the process."""
    questions, answers = _pipes()
    worker = Worker(target)
    for line in questions:
        what, *args = json.loads(line)
        answer, ends = _answer(worker, what, args)
        answers.write(answer + "\n")
        answers.flush()
        if ends:
            return


def _pipes() -> tuple[TextIO, TextIO]:
    """Take both pipes away from the descriptors that libraries use."""
    questions, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return questions, answers


def _answer(worker: Worker, what: str, args: list[Any]) -> tuple[str, bool]:
    """Return the answer as JSON, and whether the process is to end after it."""
    try:
        return json.dumps({"answer": getattr(worker, what)(*args)}), False
    except BaseException as error:
        # Some frameworks' panics are no Exceptions.
        failed = failure(error)
        ends = isinstance(error, SystemExit | KeyboardInterrupt)
    return json.dumps({"status": failed.status, "reason": failed.reason, "ends": ends}), ends


def _end_without(parent: int) -> None:
    """Wait until the parent is gone, then end this process and its group, if that is its own."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def main() -> None:
    """Serve and end; a framework's threads may hang in a normal exit, so there is none."""
    status = 1
    try:
        threading.Thread(target=_end_without, args=(int(sys.argv[2]),), daemon=True).start()
        serve(sys.argv[1])
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
