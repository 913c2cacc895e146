"""The errors that fractbench raises on purpose; everything else is a defect."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class FractbenchError(Exception):
    """Something that a person can act on; the CLI prints its one sentence and nothing else."""

    exit_status = 1


class UsageError(FractbenchError):
    """The request is wrong: the text names the value, what is allowed and what to type."""

    exit_status = 2


class BackendUnavailableError(FractbenchError):
    """A framework or device is absent or broken; the text gives the reason.

    `installable` tells whether the Backend's install command is the remedy.
    """

    exit_status = 2

    def __init__(self, reason: str, installable: bool = False) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.installable = installable


class KernelUnavailableError(FractbenchError):
    """A fused kernel cannot be had here; the text is the reason, one line without a full stop."""

    exit_status = 2


class StoppedError(FractbenchError):
    """A person pressed Ctrl-C; the text says what is safe and how to go on."""

    exit_status = 130


class CanaryError(FractbenchError):
    """A device does not compute as the contract demands; its maps would be wrong."""

    exit_status = 3


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return `` (did you mean X?)`` for the allowed word closest to `word`, or nothing."""
    close = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""
