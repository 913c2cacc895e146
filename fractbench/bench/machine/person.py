"""person: the names and folders by which a machine or its user could be known; for `privacy`."""

from __future__ import annotations

import getpass
import os
import platform
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import fractbench

COMMON = {
    "admin", "administrator", "default", "guest", "home", "localhost", "name", "nobody", "none",
    "path", "root", "runner", "ubuntu", "unknown", "user", "users",
}  # fmt: skip
"""Names that tell of nobody and are words of messages."""
VARIABLES = ("USER", "LOGNAME", "LNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME")


def names() -> set[str]:
    """Return the user's and the host's names, as they are and as Python or JSON escape them."""
    hosts = [*_told(socket.gethostname), *_told(platform.node)]
    full = [*_told(_full_name)]
    people = [*_told(getpass.getuser), *_told(lambda: Path.home().name), *full]
    parts = [part for name in full for part in name.split() if len(part) > 2]
    labels = [host.split(".")[0] for host in hosts]
    asked = [os.environ.get(name, "") for name in VARIABLES]
    found = {name.strip() for name in (*hosts, *labels, *people, *parts, *asked)}
    kept = {n for n in found if len(n) > 1 and not n.isdecimal() and n.casefold() not in COMMON}
    return {form for name in kept for form in _forms(name)}


def folders() -> set[str]:
    """Return the folders of the user and of this program, as they are and as Python escapes them.

    They are known whole, so that blanks and quotes in them are no riddle.
    """
    asked: tuple[Callable[[], object], ...] = (
        Path.home, Path.cwd, tempfile.gettempdir, lambda: sys.prefix, lambda: sys.base_prefix,
        lambda: Path(fractbench.__file__).parent,
    )  # fmt: skip
    found = {folder for ask in asked for folder in _told(ask)}
    found |= {os.path.realpath(folder) for folder in found}
    return {form for folder in found if len(Path(folder).parts) > 1 for form in _forms(folder)}


def _forms(name: str) -> set[str]:
    as_bytes = repr(name.encode("utf-8", "replace"))[2:-1]
    return {name, name.encode("unicode_escape").decode("ascii"), as_bytes}


def _full_name() -> str:
    import pwd

    return pwd.getpwuid(os.getuid()).pw_gecos.split(",")[0]


def _told(ask: Callable[[], object]) -> Iterator[str]:
    """Give what can be found out; a container may have no entry for its user, or no folder."""
    try:
        told = str(ask())
    except (OSError, KeyError, ImportError, RuntimeError, AttributeError):
        return
    if told:
        yield told
