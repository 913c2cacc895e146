"""software: versions, and the commit if fractbench is imported from a checkout of its own."""

from __future__ import annotations

import platform
import re
from importlib.metadata import version
from pathlib import Path

import fractbench
from fractbench.bench.records.facts import Software
from fractbench.machine import packages, said


def software() -> Software:
    """Return the versions of everything that can change a map or its time."""
    commit, dirty = checkout(Path(fractbench.__file__).resolve().parents[1])
    return Software(
        fractbench=version("fractbench"),
        commit=commit,
        dirty=dirty,
        python=platform.python_version(),
        packages=packages(),
    )


def checkout(folder: Path) -> tuple[str | None, bool | None]:
    """Return the commit of a git checkout of fractbench, and whether tracked files differ from it.

    Both are None if the folder is none: some other project's repository may lie around an
    installed fractbench.
    """
    if not (folder / ".git").exists() or not _ours(folder / "pyproject.toml"):
        return None, None
    # A file-system monitor would start a process that stays.
    git = ("git", "-C", str(folder), "-c", "core.fsmonitor=false")
    commit = said(*git, "rev-parse", "HEAD") or ""
    if not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        return None, None
    changes = said(*git, "status", "--porcelain", "--untracked-files=no")
    return commit, None if changes is None else bool(changes)


def _ours(project: Path) -> bool:
    try:
        return 'name = "fractbench"' in project.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
