"""flat: a Record as one row of raw numbers under stable names, for CSV.

A name keeps its meaning as long as the schema is `fractbench.record/1`; new ones may come between,
so columns are to be found by their names.
"""

from __future__ import annotations

from collections.abc import Callable

from fractbench.bench.records.record import Cold, Record, Summary
from fractbench.bench.tables.wording import chip, window

Value = str | int | float | None


def _summary(name: str) -> Callable[[Record], Value]:
    return lambda record: getattr(record.summary, name, None)


def _kernel(name: str) -> Callable[[Record], Value]:
    return lambda record: getattr(record.kernel, name, None)


def _cold(name: str) -> Callable[[Record], Value]:
    return lambda record: getattr(record.cold, name, None)


FLAT: dict[str, Callable[[Record], Value]] = {
    "run": lambda r: r.run,
    "time": lambda r: r.time,
    "role": lambda r: r.role,
    "status": lambda r: r.verdict.status,
    "reason": lambda r: r.verdict.reason,
    "backend": lambda r: r.backend.name,
    "device": lambda r: r.backend.device,
    "backend_version": lambda r: r.backend.version,
    "kernel": _kernel("name"),
    "tile": _kernel("tile"),
    "early_exit": _kernel("early_exit"),
    "problem": lambda r: r.spec.problem,
    "contract": lambda r: r.spec.contract,
    "dtype": lambda r: r.spec.dtype,
    "width": lambda r: r.spec.size[0],
    "height": lambda r: r.spec.size[1],
    "steps": lambda r: r.spec.steps,
    "window": window,
    "draws": lambda r: r.spec.draws,
    "key": lambda r: r.spec.key,
    "digest": lambda r: r.verdict.digest,
    "launch": lambda r: r.protocol.launch,
    "samples": lambda r: None if r.samples is None else len(r.samples.host_ns),
    **{name: _summary(name) for name in Summary.model_fields},
    **{name: _cold(name) for name in Cold.model_fields},
    "host_peak": lambda r: r.memory.host_peak,
    "device_peak": lambda r: r.memory.device_peak,
    "chip": chip,
    "architecture": lambda r: r.hardware.architecture,
    "model": lambda r: r.hardware.model,
    "system": lambda r: r.system.name,
    "release": lambda r: r.system.release,
    "python": lambda r: r.software.python,
    "fractbench": lambda r: r.software.fractbench,
    "commit": lambda r: r.software.commit,
    "source": _kernel("source"),
    "warnings": lambda r: "; ".join(r.warnings) or None,
}
"""The names of the columns, in order, and their values."""


def flat(record: Record) -> list[Value]:
    """Return a Record's values in the order of `FLAT`; None is written as an empty cell."""
    return [read(record) for read in FLAT.values()]
