"""cache: compiled libraries in a folder that only their owner can write.

A library is loaded only if it is a plain file of this user's, writable by nobody else, with the
SHA-256 that was noted beside it when it was made. Anything else under its name (planted, foreign,
truncated) is made anew. A lock keeps two first uses from compiling the same library twice.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import platformdirs
from filelock import FileLock

Make = Callable[[Path], None]
"""make(target): write the library to a path."""


def folder() -> Path:
    """Return the user's folder, or one for this process only where that cannot be private."""
    path = Path(platformdirs.user_cache_dir("fractbench")) / "native"
    return _private(path) or _temporary()


def _private(path: Path) -> Path | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        facts = path.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
            return None
        if path.parent.stat().st_uid not in (os.getuid(), 0):
            return None  # its owner could put another folder in this one's place
        if stat.S_IMODE(facts.st_mode) != 0o700:
            path.chmod(0o700)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError:
        return None


@lru_cache(maxsize=1)
def _temporary() -> Path:
    made = Path(tempfile.mkdtemp(prefix="fractbench-native-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def held(key: str, make: Make, within: Path | None = None) -> Path:
    """Return the library of a key, making it if it is not there whole and ours.

    Raises:
        OSError: the folder cannot be written.
    """
    home = within or folder()
    library, note = home / f"{key}.so", home / f"{key}.sha256"
    if _trusted(library, note):
        return library
    with FileLock(home / f"{key}.lock"):
        if not _trusted(library, note):
            _place(library, note, make)
    return library


def _place(library: Path, note: Path, make: Make) -> None:
    with tempfile.TemporaryDirectory(prefix=".making-", dir=library.parent) as name:
        made, said = Path(name) / library.name, Path(name) / note.name
        make(made)
        made.chmod(0o700)
        said.write_text(_digest(made))
        _remove(library)
        _remove(note)
        said.replace(note)
        made.replace(library)


def _trusted(library: Path, note: Path) -> bool:
    try:
        return _ours(library) and _ours(note) and note.read_text() == _digest(library)
    except (OSError, ValueError):
        return False


def _ours(path: Path) -> bool:
    facts = path.lstat()
    private = not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISREG(facts.st_mode) and facts.st_uid == os.getuid() and private


def _remove(path: Path) -> None:
    """Take away what bears the name, a folder or a link included."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
