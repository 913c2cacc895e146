"""kernel_source: one number for all the texts that the kernels of a Backend are made of."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import fractbench
from fractbench.errors import UsageError
from fractbench.registry import points

SHARED = (
    "arithmetic", "problems", "draws.py", "execute.py", "free.py", "grid.py", "held.py",
    "kernel.py", "measure.py", "normal.py", "philox.py", "plan.py", "tree.py",
)  # fmt: skip
"""What kernels of every Backend take from fractbench."""
TEXTS = {
    ".py", ".c", ".cc", ".cl", ".cpp", ".cu", ".cuh", ".cxx", ".f90", ".glsl", ".h", ".hpp", ".inc",
    ".json", ".m", ".metal", ".mm", ".pyx", ".rs", ".s", ".wgsl", ".zig",
}  # fmt: skip


def kernel_source(backend: str) -> str:
    """Return the SHA-256 of a Backend's own files and of those that all Backends share, in hex.

    It holds names within the packages and bytes, so it is the same wherever they are installed.
    Nothing is imported.

    Raises:
        UsageError: no such Backend is registered, or its package is not there.
    """
    known = points()
    if backend not in known:
        raise UsageError(f"unknown backend {backend!r}; type one of: {', '.join(known)}")
    core = Path(fractbench.__file__).parent
    files = {f"fractbench/{name}": path for part in SHARED for name, path in _files(core, part)}
    files |= _package(backend, known[backend].module)
    digest = hashlib.sha256()
    for name in sorted(files):
        content = files[name].read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _package(backend: str, module: str) -> dict[str, Path]:
    """Return the files of the package that a module is, or lies in."""
    top, *parts = module.split(".")
    # Only of a name without dots: for the others Python would import what is above them.
    spec = importlib.util.find_spec(top)
    if spec is None or not (spec.submodule_search_locations or spec.origin):
        raise UsageError(f"the package {top!r} of backend {backend!r} is not there; install it")
    if not spec.submodule_search_locations:
        return {f"{top}.py": Path(str(spec.origin))}
    folder, inside = Path(next(iter(spec.submodule_search_locations))), top
    for part in parts:
        if (folder / part).is_dir():
            folder, inside = folder / part, f"{inside}/{part}"
    return {f"{inside}/{name}": path for name, path in _files(folder, ".")}


def _files(folder: Path, part: str) -> Iterator[tuple[str, Path]]:
    """Give a part's texts, each with its name in the folder."""
    place = folder / part
    found = [place] if place.is_file() else place.rglob("*")
    for path in found:
        name = path.relative_to(folder)
        if path.suffix.lower() in TEXTS and path.is_file() and "__pycache__" not in name.parts:
            yield name.as_posix(), path
