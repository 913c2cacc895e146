"""submission: what must hold of records before they are shared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fractbench.bench.records.disclosure import disclosures
from fractbench.bench.records.record import TIMED, Record
from fractbench.bench.records.shelf import Placed, bears_proof, refuse_conflicts, twins
from fractbench.errors import FractbenchError, UsageError

Find = Callable[[Record], list[str]]


@dataclass(frozen=True)
class Check:
    """What was looked at, what stands against sharing, and what is only worth knowing."""

    name: str
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def checks(offered: Sequence[Placed], shelf: Sequence[Placed]) -> list[Check]:
    """Return every check of records that are offered to a shelf."""
    return [
        Check("a proven time is there", _untimed(offered)),
        _each("not made on battery or in low-power mode", offered, _power, _unknown_power),
        _each("not made with uncommitted changes", offered, _dirty, _unknown_commit),
        _each("every timed output is the proven map", offered, _outputs),
        _each("no names, paths or addresses", offered, disclosures),
        Check("not shared before", _known(offered, shelf)),
        Check("no digest contradicts another", _conflicts(offered, shelf)),
    ]


def refuse(found: Sequence[Check]) -> None:
    """Refuse records with a fault.

    Raises:
        UsageError: the text is the first fault, and how many more there are.
    """
    faults = [fault for check in found for fault in check.faults]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise UsageError(f"nothing was shared: {faults[0]}{more}")


def _none(record: Record) -> list[str]:
    return []


def _each(name: str, offered: Sequence[Placed], faults: Find, notes: Find = _none) -> Check:
    """Return a Check of every record for itself."""

    def told(find: Find) -> tuple[str, ...]:
        alike: dict[str, list[Placed]] = {}
        for placed in offered:
            for text in find(placed.record):
                alike.setdefault(text, []).append(placed)
        return tuple(f"{_places(places)}: {text}" for text, places in alike.items())

    return Check(name, told(faults), told(notes))


def _places(places: Sequence[Placed]) -> str:
    others = len(places) - 1
    return f"{places[0]} and {others} more" if others else str(places[0])


def _untimed(offered: Sequence[Placed]) -> tuple[str, ...]:
    if any(placed.record.verdict.status in TIMED for placed in offered):
        return ()
    return ("no record has a proven time; failed cases are welcome beside one that worked",)


def _power(record: Record) -> list[str]:
    states = (record.before, record.after)
    found = []
    if any(state.power == "battery" for state in states):
        found.append("it was made on battery; plug the machine in and run the benchmark again")
    if any(state.power_mode == "low" for state in states):
        found.append("it was made in low-power mode; switch that off and run the benchmark again")
    return found


def _unknown_power(record: Record) -> list[str]:
    states = (record.before, record.after)
    if any(state.power is None or state.power_mode is None for state in states):
        return ["the machine does not tell all of its power supply and mode"]
    return []


def _dirty(record: Record) -> list[str]:
    if record.software.dirty:
        return ["its checkout had changes that were not committed; commit them and run it again"]
    return []


def _unknown_commit(record: Record) -> list[str]:
    if record.software.commit is None or record.software.dirty is None:
        version = record.software.fractbench
        return [f"its commit is not known, so the version {version} must do"]
    return []


def _outputs(record: Record) -> list[str]:
    if bears_proof(record) and set(record.verdict.outputs) - {record.verdict.digest}:
        return ["an output that was timed has another digest than the map that was proven"]
    return []


def _known(offered: Sequence[Placed], shelf: Sequence[Placed]) -> tuple[str, ...]:
    fresh = {id(placed) for placed in offered}
    pairs = twins([*shelf, *offered])
    return tuple(f"{again} is the record of {first} again" for first, again in pairs
                 if id(again) in fresh)  # fmt: skip


def _conflicts(offered: Sequence[Placed], shelf: Sequence[Placed]) -> tuple[str, ...]:
    try:
        refuse_conflicts([*shelf, *offered])
    except FractbenchError as error:
        return (str(error),)
    return ()
