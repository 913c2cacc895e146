"""records: files of Records, one JSON line each; a record is there whole or not at all.

Reading trusts nothing: every line is validated, and what a summary claims is computed again from
the samples beside it.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fractbench.bench.record import SCHEMA, Record
from fractbench.bench.summary import summary
from fractbench.errors import FractbenchError, UsageError

DERIVED = (
    "median_s", "low_s", "high_s", "q25_s", "q75_s", "drift", "pixel_steps_per_second", "gflops",
    "joules_per_million",
)  # fmt: skip
"""The fields of a Summary that follow from the record alone."""
ALIKE = 1e-9
"""How far they may be, relatively, from what is computed again: NumPys may round differently."""


def read(path: str | os.PathLike[str]) -> list[Record]:
    """Return the Records of a file, in its order; blank lines mean nothing.

    Raises:
        UsageError: the file is missing, empty or no text, or a line is no undamaged Record; the
            text names the file, the line and what is wrong.
    """
    name = os.fspath(path)
    lines = _bytes(name).split(b"\n")
    found = [
        _record(line, f"{name} line {number}", torn=number == len(lines))
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
            raise UsageError(f"{name} line {number} was cut off: {_mend(name, number)}")
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


def _record(line: bytes, where: str, torn: bool) -> Record:
    """Return one line's Record; `torn`: nothing ended the line."""
    try:
        text = line.decode()
        made = json.loads(text)
    except UnicodeDecodeError:
        raise UsageError(f"{where} is no UTF-8 text; records are lines of JSON in UTF-8") from None
    except (ValueError, RecursionError) as error:
        if torn:
            name, _, number = where.rpartition(" line ")
            raise UsageError(f"{where} was cut off: {_mend(name, int(number))}") from None
        raise UsageError(f"{where} is no JSON: {error}") from None
    written = made.get("schema") if isinstance(made, dict) else None
    if written != SCHEMA:
        raise UsageError(
            f"{where} is no {SCHEMA}: its schema is {written!r}; another version of fractbench, "
            "or another program, wrote it"
        )
    try:
        found = Record.model_validate_json(text)
        _recompute(found)
    except ValidationError as error:
        raise UsageError(f"{where}: {_first(error)}") from None
    except (UsageError, ArithmeticError, ValueError) as error:
        raise UsageError(f"{where}: {error}") from None
    return found


def _recompute(found: Record) -> None:
    """Compare a summary with what its samples give, and see that the time is one.

    Raises:
        UsageError: it says otherwise.
        ValueError: the time is none.
    """
    if datetime.fromisoformat(found.time).tzinfo is None:
        raise ValueError(f"time {found.time!r} tells no time zone; records have UTC, +00:00")
    if found.samples is None or found.summary is None:
        return
    again = summary(found.spec, found.samples, None, found.roofline, found.energy)
    for field in DERIVED:
        told, computed = getattr(found.summary, field), getattr(again, field)
        if told is None or computed is None:
            same = told is computed
        else:
            same = math.isclose(told, computed, rel_tol=ALIKE, abs_tol=1e-12)
        if not same:
            raise UsageError(
                f"summary.{field} is {told} and the samples give {computed}; the record was "
                "changed after it was measured"
            )


def _first(error: ValidationError) -> str:
    """Return the first of the things that are wrong, and how many more there are."""
    first, *rest = error.errors(include_url=False)
    place = ".".join(str(part) for part in first["loc"]) or "the record"
    more = f" (and {len(rest)} more)" if rest else ""
    if first["type"] == "extra_forbidden":
        return f"unknown field {place}{more}"
    if first["type"] == "missing":
        return f"field {place} is missing{more}"
    return f"{place}: {first['msg']}{more}"


def _mend(name: str, number: int) -> str:
    return f"the lines before it are whole; delete it: sed -i.torn '{number}d' {name!r}"
