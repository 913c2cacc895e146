"""The command line: one thin file per verb.

Whatever is wrong with a request ends in one sentence on stderr and exit status 2; stdout carries
results only.
"""

from __future__ import annotations

import os
import sys

import typer

from fractbench.cli.backends import backends
from fractbench.cli.bench import bench
from fractbench.cli.compare import compare
from fractbench.cli.diff import diff
from fractbench.cli.dimension import dimension
from fractbench.cli.find_centre import find_centre
from fractbench.cli.guard import guarded
from fractbench.cli.plot import plot
from fractbench.cli.problems import problems
from fractbench.cli.report import report
from fractbench.cli.results import results
from fractbench.cli.roofline import roofline
from fractbench.cli.run import run
from fractbench.cli.submit import submit
from fractbench.cli.trace import trace
from fractbench.cli.verify import verify
from fractbench.cli.version import show_version
from fractbench.cli.zoom import zoom
from fractbench.errors import FractbenchError, StoppedError

app = typer.Typer(
    name="fractbench",
    help="Train a tiny network at every pixel, on every framework, to the same last bit.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in (
    run,
    find_centre,
    trace,
    dimension,
    zoom,
    plot,
    diff,
    verify,
    bench,
    roofline,
    compare,
    report,
    results,
    submit,
    backends,
    problems,
):
    app.command()(guarded(verb))


@app.callback()
def _common(
    version: bool = typer.Option(
        False, "--version", callback=show_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Train a tiny network at every pixel, on every framework, to the same last bit."""


def main() -> None:
    """Run the command line and exit with its status."""
    status = run_app(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        # The stream is broken for good; Python must not try again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = status or _fail(f"cannot print the result: {error.strerror}", 1)
    if status == StoppedError.exit_status:
        # XLA's threads may still be at work, and a normal exit then ends in a segmentation fault.
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def run_app(arguments: list[str]) -> int:
    """Run one command and return the exit status; expected errors become one sentence."""
    try:
        status = app(arguments, prog_name="fractbench", standalone_mode=False)
    except FractbenchError as error:
        return _fail(str(error), error.exit_status)
    except Exception as error:
        # Only typer's own usage errors can say how they want to be shown.
        if not hasattr(error, "format_message"):
            raise
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message(), file=sys.stderr)
            return 2
        return _fail(error.format_message(), 2)
    return status if isinstance(status, int) else 0


def _fail(sentence: str, status: int) -> int:
    # A sentence may quote a stranger's file, and that may hold codes for the terminal.
    plain = "".join(c if c.isprintable() else "?" for c in " ".join(sentence.split()))
    print(f"fractbench: {plain}", file=sys.stderr)
    return status
