"""Files: nothing half-written ever has its final name."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from fractbench.errors import FractbenchError, UsageError


def write_aside(path: Path, data: bytes) -> Path:
    """Write a file beside its place, flush it to the disk, then rename it.

    Raises:
        FractbenchError: the disk is full or the place cannot be written.
    """
    handle, name = -1, ""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise FractbenchError(f"cannot write {path}: {error.strerror or error}") from error
    return path


def writable_folder(path: Path) -> Path:
    """Make a folder and prove that files can be made in it.

    Raises:
        UsageError: it cannot be made or written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise UsageError(
            f"cannot write to the folder {os.fspath(path)!r}: {error.strerror or error}; "
            "type --out with a folder of your own"
        ) from error
    return path
