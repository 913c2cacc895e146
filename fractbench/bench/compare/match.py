"""match: Records of several files side by side, and only what may be compared.

A row is one map wanted (equal `Spec.key`), by one kernel on one device; a column is a file, or
with ``--by device`` a device and its kernel. Whatever makes a comparison unfair is refused in a
sentence that names the fields and the columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fractbench.bench.records.record import TIMED, Record
from fractbench.errors import UsageError

FIELDS = ("problem", "contract", "dtype", "size", "steps", "kernel", "device")
ANYWAY = "type --anyway to compare them all the same"
ONE_KIND = ("kernel", "backend", "software", "hardware", "system")
"""Records of one cell are repetitions of each other: they agree in these."""


@dataclass(frozen=True)
class Row:
    """`names` are those of `FIELDS` that the row has; `cells` are repetitions by column."""

    names: Mapping[str, str]
    cells: Mapping[str, tuple[Record, ...]]


def names(record: Record, by: str) -> dict[str, str]:
    """Return what a row is called; by device, kernel and device belong to the column."""
    spec = record.spec
    found = {
        "problem": spec.problem, "contract": spec.contract, "dtype": spec.dtype,
        "size": "x".join(str(n) for n in spec.size), "steps": str(spec.steps),
    }  # fmt: skip
    if by == "device":
        return found
    return {**found, "kernel": record.kernel.name if record.kernel else "-",
            "device": record.device}  # fmt: skip


def rows(columns: Mapping[str, Sequence[Record]], by: str, anyway: bool = False) -> list[Row]:
    """Return the rows, in the order in which the columns have them.

    Raises:
        UsageError: columns have nothing in common, or, unless `anyway`, what they have differs in
            specs, digests or precision flags, or repetitions are not of one kind.
    """
    called: dict[tuple[str, ...], list[tuple[str, Record]]] = {}
    for column, records in columns.items():
        for record in records:
            called.setdefault(tuple(names(record, by).values()), []).append((column, record))
    made = [row for found in called.values() for row in _split(found, by, anyway)]
    if not any(len(row.cells) > 1 for row in made):
        raise UsageError(_nothing(columns, by))
    for row in made if not anyway else ():
        _check(row)
    return made


def _split(found: list[tuple[str, Record]], by: str, anyway: bool) -> Iterator[Row]:
    """Yield a row for every map wanted among records of the same names."""
    maps: dict[str, dict[str, list[Record]]] = {}
    for column, record in found:
        maps.setdefault(record.spec.key, {}).setdefault(column, []).append(record)
    alone = {key: cells for key, cells in maps.items() if len(cells) == 1}
    lonely = {column: records for cells in alone.values() for column, records in cells.items()}
    if len(lonely) > 1 and not anyway:
        told = _differing({column: [r.spec for r in records] for column, records in lonely.items()})
        raise UsageError(f"the columns want different maps: {told}; {ANYWAY}, by their rates")
    if len(lonely) == len(alone) > 1:
        maps = {key: cells for key, cells in maps.items() if key not in alone} | {"": lonely}
    for cells in maps.values():
        kept = {column: tuple(records) for column, records in cells.items()}
        yield Row(names(found[0][1], by), kept)


def _check(row: Row) -> None:
    where = " ".join(row.names.values())
    for column, records in row.cells.items():
        told = _differing({f"launch {n + 1}": [r] for n, r in enumerate(records)}, within=ONE_KIND)
        if told:
            raise UsageError(
                f"the records of {where} in {column} are not repetitions of each other: {told}; "
                "keep them in files of their own, or type --anyway"
            )
    timed = [(c, r) for c, found in row.cells.items() for r in found if r.verdict.status in TIMED]
    if timed and timed[0][1].spec.contract != "free":
        digests = {c: str(r.verdict.digest) for c, r in timed}
        if len({r.verdict.digest for _, r in timed}) > 1:
            told = ", ".join(f"{c} has {digest}" for c, digest in digests.items())
            raise UsageError(f"the maps of {where} differ in verdict.digest: {told}; {ANYWAY}")
    _check_flags(timed)


def _check_flags(timed: Sequence[tuple[str, Record]]) -> None:
    """Refuse records of one machine and device whose precision flags differ."""
    first: dict[str, tuple[str, Record]] = {}
    for column, record in timed:
        place = f"{record.hardware} {record.device}"
        other, seen = first.setdefault(place, (column, record))
        if seen.backend.precision != record.backend.precision:
            told = _differing({other: [seen], column: [record]}, within=("backend",))
            raise UsageError(
                f"{other} and {column} are of the same machine and device, but {told}; {ANYWAY}"
            )


def _differing(groups: Mapping[str, Sequence[Any]], within: Iterable[str] = ()) -> str:
    """Return the fields in which groups of Facts differ, with each group's first value."""
    flat = {name: dict(known(found[0], within)) for name, found in groups.items()}
    fields = dict.fromkeys(field for values in flat.values() for field in values)
    failed = {name for name, found in groups.items() if _failed(found[0])}
    told = []
    for field in fields:
        values = {name: found.get(field) for name, found in flat.items()
                  if field in found or name not in failed}  # fmt: skip
        if field != "key" and len({str(v) for v in values.values()}) > 1:
            told.append(f"{field} is " + ", ".join(f"{v} in {name}" for name, v in values.items()))
    return "; ".join(told)


def known(facts: Any, within: Iterable[str] = ()) -> Iterator[tuple[str, Any]]:
    """Yield what `flatten` does, of a record that failed only what it knows.

    It may have failed before the framework or the kernel could tell anything.
    """
    failed = _failed(facts)
    yield from ((name, value) for name, value in flatten(facts, within)
                if value is not None or not failed)  # fmt: skip


def _failed(facts: Any) -> bool:
    return isinstance(facts, Record) and facts.verdict.status not in TIMED


def flatten(facts: Any, within: Iterable[str] = ()) -> Iterator[tuple[str, Any]]:
    """Yield (dotted name, value) of every field, of some parts only if they are named."""
    parts = facts.model_dump(by_alias=True, include=set(within) or None)
    stack = list(reversed(parts.items()))
    while stack:
        name, value = stack.pop()
        if isinstance(value, dict):
            stack += [(f"{name}.{key}", one) for key, one in reversed(value.items())]
        else:
            yield name, value


def _nothing(columns: Mapping[str, Sequence[Record]], by: str) -> str:
    """Say by which names the first records of two columns differ."""
    heads = [(column, names(records[0], by)) for column, records in columns.items()]
    if len(heads) < 2:
        other = "another file, or --by device" if by == "file" else "files of several devices"
        return f"there is one column only, {heads[0][0]}; type {other}"
    (one, first), (two, second) = heads[:2]
    told = "; ".join(f"{field} is {first[field]} in {one}, {second[field]} in {two}"
                     for field in first if first[field] != second[field])  # fmt: skip
    hint = "; type --by device to compare devices" if by == "file" else ""
    return f"the columns have nothing in common; of their first records {told}{hint}"
