"""shelf: the records of a folder with their places, and what contradicts itself among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fractbench.bench.records.files import read
from fractbench.bench.records.record import Record
from fractbench.errors import FractbenchError, UsageError


@dataclass(frozen=True)
class Placed:
    """A Record and where it stands."""

    file: Path
    line: int
    record: Record

    def __str__(self) -> str:
        """Return ``file line 3``."""
        return f"{self.file} line {self.line}"


def read_file(file: Path) -> list[Placed]:
    """Return the records of a file of JSON lines.

    Raises:
        UsageError: it cannot be read, is empty, or a line is no undamaged record.
    """
    records = read(file)
    lines = enumerate(file.read_bytes().split(b"\n"), 1)
    numbers = [number for number, line in lines if line.strip()]
    return [Placed(file, n, record) for n, record in zip(numbers, records, strict=True)]


def read_folder(folder: Path) -> list[Placed]:
    """Return the records of all .jsonl files of a folder, in order of their names.

    Raises:
        UsageError: there is no such folder, or a file is not as it must be.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {str(folder)!r} here; type one with .jsonl files")
    return [placed for file in sorted(folder.glob("*.jsonl")) for placed in read_file(file)]


def identity(record: Record) -> tuple[object, ...] | None:
    """Return what no two records may share: the run, the case, and when it was timed.

    Failed cases have none: two of them may well say the same.
    """
    if record.samples is None or record.kernel is None:
        return None
    case = (record.role, record.device, record.spec.key, record.kernel.name)
    return record.run, *case, record.protocol.launch, record.samples.start_ns


def bears_proof(record: Record) -> bool:
    """Return whether every machine must give this record's digest."""
    return record.verdict.status == "exact" and record.spec.contract != "free"


def refuse_conflicts(shelf: Iterable[Placed]) -> None:
    """Refuse records that prove different maps for one spec under an exact contract.

    Raises:
        FractbenchError: the text names the files, the lines and the digests.
    """
    held: dict[str, Placed] = {}
    for placed in shelf:
        record = placed.record
        if not bears_proof(record):
            continue
        first = held.setdefault(record.spec.key, placed)
        if first.record.verdict.digest != record.verdict.digest:
            raise FractbenchError(
                f"{first} and {placed} have different digests for one map, {record.spec.problem} "
                f"under {record.spec.contract}: {first.record.verdict.digest} and "
                f"{record.verdict.digest}; one of them is wrong: type fractbench verify on both "
                "machines"
            )


def twins(shelf: Iterable[Placed]) -> list[tuple[Placed, Placed]]:
    """Return (first, again) of every record that stands in two places."""
    held: dict[tuple[object, ...], Placed] = {}
    found = []
    for placed in shelf:
        key = identity(placed.record)
        if key is not None and (first := held.setdefault(key, placed)) is not placed:
            found.append((first, placed))
    return found


def refuse_twins(shelf: Iterable[Placed]) -> None:
    """Refuse records that stand in two places.

    Raises:
        UsageError: the text names both.
    """
    for first, again in twins(shelf):
        raise UsageError(f"{again} is the record of {first} again; remove one of the lines")
