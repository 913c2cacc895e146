"""Journal: the finished Tiles of an unfinished map, in one append-only file.

Each record is a tile's start, its count, its accumulators and a checksum, all of one size, so that
a torn or damaged record costs itself and nothing behind it. A lock keeps a second run out.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from fractbench.errors import FractbenchError, UsageError

_HEAD = struct.Struct("<QQ")
_SUM = 16

Sums = Mapping[str, NDArray[Any]]


class Journal:
    """Keeps and returns finished tiles; a context manager that holds the folder's lock."""

    def __init__(
        self, folder: Path, key: str, names: tuple[str, ...], dtype: Any, tile: int
    ) -> None:
        """Name the file by `key` and the tile size: another plan or maker never meets it."""
        self._path = folder / f".{key}-{tile}.tiles"
        self._lock = FileLock(f"{self._path}.lock")
        self._names, self._dtype, self._tile = names, np.dtype(dtype), tile
        self._size = _HEAD.size + len(names) * tile * self._dtype.itemsize + _SUM

    def __enter__(self) -> Journal:
        """Take the lock and open the file.

        Raises:
            UsageError: another run holds it.
        """
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UsageError(
                f"another run is making this map in {str(self._path.parent)!r}; wait for it or "
                "type another --out"
            ) from None
        self._file = self._path.open("a+b", buffering=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """Close and unlock; the tiles stay until `remove`."""
        self._file.close()
        self._lock.release()

    def tiles(self) -> Iterator[tuple[int, int, dict[str, NDArray[Any]]]]:
        """Yield every whole and undamaged tile, and cut off a torn end."""
        end = self._path.stat().st_size // self._size * self._size
        self._file.truncate(end)
        self._file.seek(0)
        while record := self._file.read(self._size):
            body, checksum = record[:-_SUM], record[-_SUM:]
            if hashlib.blake2b(body, digest_size=_SUM).digest() != checksum:
                continue
            start, count = _HEAD.unpack_from(body)
            shape = (len(self._names), self._tile)
            rows = np.frombuffer(body, self._dtype, offset=_HEAD.size).reshape(shape)
            yield start, count, {n: r[:count] for n, r in zip(self._names, rows, strict=True)}

    def append(self, start: int, count: int, sums: Sums) -> None:
        """Add a finished tile.

        Raises:
            FractbenchError: the disk is full, or fails otherwise; earlier tiles are safe.
        """
        rows = np.zeros((len(self._names), self._tile), self._dtype)
        for row, name in zip(rows, self._names, strict=True):
            row[:count] = sums[name]
        body = _HEAD.pack(start, count) + rows.tobytes()
        try:
            rest = memoryview(body + hashlib.blake2b(body, digest_size=_SUM).digest())
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise FractbenchError(
                f"cannot keep a finished tile in {str(self._path.parent)!r}: "
                f"{error.strerror or error}; make room and type the same command: it goes on from "
                "the tiles that are safe"
            ) from error

    def remove(self) -> None:
        """Forget the tiles, last thing before the lock is left: the map they made is safe."""
        self._file.close()
        self._path.unlink(missing_ok=True)
        Path(self._lock.lock_file).unlink(missing_ok=True)
