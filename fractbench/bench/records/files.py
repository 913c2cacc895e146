"""files: Records in files, one JSON line each; a record is there whole or not at all.

Reading trusts nothing: every line is validated, and what a summary claims is computed again from
the samples beside it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import Any

from fractbench.bench.records.checked import checked, remedy
from fractbench.bench.records.record import SCHEMA, Record
from fractbench.errors import FractbenchError, UsageError


def read(path: str | os.PathLike[str]) -> list[Record]:
    """Return the Records of a file, in its order; blank lines mean nothing.

    Raises:
        UsageError: the file is missing, empty or no text, or a line is no undamaged Record; the
            text names the file, the line and what is wrong.
    """
    name = os.fspath(path)
    lines = _bytes(name).split(b"\n")
    found = [
        checked(line, f"{name} line {number}", torn=number == len(lines))
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]
    if not found:
        raise UsageError(f"{name} holds no record; type the file that --record wrote")
    return found


def append(path: str | os.PathLike[str], records: Sequence[Record]) -> None:
    """Add whole lines to a file and flush them to the disk; no records: only prove that one may.

    If the lines do not fit, the file is cut back to what it was.

    Raises:
        UsageError: the file cannot be opened, or ends in a line that was cut off.
        FractbenchError: the disk is full, or fails otherwise.
    """
    name, data = os.fspath(path), "".join(f"{r.line()}\n" for r in records).encode()
    with _opened(name) as file:
        before = file.seek(0, os.SEEK_END)
        if before and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
            number = Path(name).read_bytes().count(b"\n") + 1
            raise UsageError(f"{name} line {number} was cut off: {remedy(name, number)}")
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) or 0 :]
            os.fsync(file.fileno())
        except OSError as error:
            file.truncate(before)
            raise FractbenchError(
                f"cannot add to {name}: {error.strerror or error}; it is as it was before"
            ) from error


def _opened(name: str) -> FileIO:
    try:
        return FileIO(name, "a+")
    except OSError as error:
        raise UsageError(
            f"cannot write records to {name}: {error.strerror or error}; type --record with a "
            "file in a folder of your own"
        ) from error


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a Record as `Record.line` writes it: every field is required."""
    made = Record.model_json_schema(by_alias=True, mode="serialization")
    # Pydantic leaves out what has a default, though every line has it.
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**head, **made, "title": SCHEMA, "required": list(made["properties"])}


def _bytes(name: str) -> bytes:
    if Path(name).is_dir():
        raise UsageError(f"{name} is a folder; type the file that --record wrote")
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {name}: {error.strerror or error}; type the file that --record wrote"
        ) from error
