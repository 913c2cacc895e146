"""details: everything that a Record says, part by part, as names and values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from fractbench.bench.records.record import Record
from fractbench.bench.report.chart import share_text
from fractbench.bench.report.trace import Trace, traces
from fractbench.bench.tables.figures import three

UNKNOWN = "not known"
PARTS = {
    "verdict": "Verdict",
    "spec": "What was made",
    "kernel": "Kernel",
    "backend": "Backend",
    "software": "Software",
    "hardware": "Hardware",
    "system": "System",
    "protocol": "Protocol",
    "cold": "Cold times",
    "memory": "Memory",
    "energy": "Energy",
    "roofline": "Roofline",
    "summary": "Summary",
}
"""The parts of a Record that are names and values, in order, and their heads."""
_WRITTEN: dict[str, Callable[[float], str]] = {
    "_ns": lambda value: three(value * 1e-9, "s"),
    "_s": lambda value: three(value, "s"),
    "_gib": lambda value: f"{value:,} GiB",
    "_mhz": lambda value: f"{value:,.0f} MHz",
    "_celsius": lambda value: f"{value:g} °C",
    "host_peak": lambda value: three(value, "B"),
    "device_peak": lambda value: three(value, "B"),
    "multiply_add": lambda value: three(value, "FLOP/s"),
    "multiply_then_add": lambda value: three(value, "FLOP/s"),
    "gemm": lambda value: three(value, "FLOP/s"),
    "peak": lambda value: three(value, "FLOP/s"),
    "copy_rate": lambda value: three(value, "B/s"),
    "roofline.launch": lambda value: three(value, "s"),
    "joules": lambda value: three(value, "J"),
    "drift": share_text,
    "roofline_share": share_text,
    "pixel_steps_per_second": three,
}
"""By a field's name or how it ends: how its number is written."""
_UNSAID = ("_ns", "_s", "_gib", "_mhz", "_celsius")
"""Endings that the value's unit says."""


@dataclass(frozen=True)
class Fact:
    """A name and its values, of which None is unknown: one, or two for before and after."""

    name: str
    values: tuple[str | None, ...]


@dataclass(frozen=True)
class Part:
    """A head and its facts; `heads` name the values where there are several."""

    title: str
    facts: tuple[Fact, ...]
    heads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Details:
    """All of a Record."""

    parts: tuple[Part, ...]
    traces: tuple[Trace, ...]
    raw: str


def details(record: Record) -> Details:
    """Return a Record's details; `raw` is its JSON, one field a line."""
    parts = [Part("Run", _facts({name: getattr(record, name) for name in ("run", "role", "time")}))]
    for name, title in PARTS.items():
        held = getattr(record, name)
        if held is not None:
            parts.append(Part(title, _facts(_fields(held), name)))
    parts.append(_states(record))
    return Details(tuple(parts), tuple(traces(record)), _raw(record))


def _fields(part: BaseModel) -> dict[str, Any]:
    """Return a part's fields; what only a failed record has is left out of the others."""
    fields = {name: getattr(part, name) for name in type(part).model_fields}
    return {name: held for name, held in fields.items() if held is not None or name != "reason"}


def _facts(fields: Mapping[str, Any], part: str = "") -> tuple[Fact, ...]:
    """Return facts; a field that means two things is told apart by its part's name."""
    named = {name: f"{part}.{name}" for name in fields if f"{part}.{name}" in _WRITTEN}
    return tuple(
        Fact(_words(name), (say(named.get(name, name), value),)) for name, value in fields.items()
    )


def _states(record: Record) -> Part:
    before, after = _fields(record.before), _fields(record.after)
    pairs = [
        Fact(_words(name), (say(name, value), say(name, after[name])))
        for name, value in before.items()
    ]
    return Part("State of the machine", tuple(pairs), ("before", "after"))


def _words(name: str) -> str:
    """Return a field's name in words, without the unit that its value shows."""
    for ending in _UNSAID:
        name = name.removesuffix(ending)
    return name.replace("_", " ")


def say(name: str, value: object) -> str | None:
    """Return a field's value in words, None if it is unknown."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(name, value)
    if isinstance(value, Mapping):
        pairs = [f"{key} = {UNKNOWN if held is None else held}" for key, held in value.items()]
        return "\n".join(pairs) or "none"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _sequence(name, value)
    return str(value)


def _number(name: str, value: float) -> str:
    for ending, write in _WRITTEN.items():
        if name == ending or (ending in _UNSAID and name.endswith(ending)):
            return write(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def _sequence(name: str, values: Sequence[object]) -> str:
    """Return equal values once with their number: the outputs of a proven run are all alike."""
    said = [say(name, value) or UNKNOWN for value in values]
    if len(said) > 1 and len(set(said)) == 1:
        return f"{said[0]} ({len(said)} times)"
    return ", ".join(said) or "none"


def _raw(record: Record) -> str:
    fields = json.loads(record.line())
    lines = [f"{json.dumps(key)}: {json.dumps(held)}" for key, held in fields.items()]
    return "{\n" + ",\n".join(lines) + "\n}"
