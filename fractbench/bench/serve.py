"""serve: a Worker's side of the pipe; ``python -m fractbench.bench.serve TARGET``.

The old standard output is kept for the answers and descriptor 1 points at standard error, so that
nothing a framework prints can be taken for an answer.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from fractbench.bench.failure import failure
from fractbench.bench.worker import Worker


def serve(target: str) -> None:
    """Answer questions until the pipe is closed."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = Worker(target)
    for line in sys.stdin:
        what, *args = json.loads(line)
        answer: dict[str, Any]
        try:
            answer = {"answer": getattr(worker, what)(*args)}
        except Exception as error:
            failed = failure(error)
            answer = {"status": failed.status, "reason": failed.reason}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    # A framework's threads may hang in a normal exit.
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
