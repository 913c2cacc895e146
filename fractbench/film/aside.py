"""aside: a film grows beside its place and is renamed when it is whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fractbench.errors import FractbenchError, UsageError


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Yield the file to write; on success it is flushed to the disk and takes the name `path`.

    Whatever goes wrong, nothing is left of it.

    Raises:
        FractbenchError: the disk is full or fails otherwise.
    """
    growing: Path | None = None
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent
        )
        growing = Path(name)
        os.close(handle)
        yield growing
        with growing.open("rb+") as file:
            os.fsync(file.fileno())
        growing.chmod(0o644)
        growing.replace(path)
    except OSError as error:
        raise FractbenchError(
            f"cannot write {path}: {error.strerror or error}; the key frames are safe: make room "
            "and type the same command again"
        ) from error
    finally:
        if growing is not None:
            growing.unlink(missing_ok=True)


def check_place(path: Path, option: str) -> Path:
    """Return a file's path after proving that it can be made; its folder is made.

    Raises:
        UsageError: it cannot.
    """
    if path.is_dir():
        raise UsageError(f"{option} {str(path)!r} is a folder; type the name of a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UsageError(
            f"{option} {str(path)!r} cannot be written: {error.strerror or error}; type the name "
            "of a file in a folder of your own"
        ) from error
    return path


def check_folder(folder: Path) -> Path:
    """Return the folder of the key frames after making it and proving that it takes files.

    Raises:
        UsageError: it does not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            f"--work {str(folder)!r} cannot be written: {error.strerror or error}; type --work "
            "with a folder of your own"
        ) from error
    return folder
