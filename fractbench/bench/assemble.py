"""assemble: a finished Session -> its Records."""

from __future__ import annotations

from typing import Any

from fractbench.bench.advice import advice
from fractbench.bench.line import Entry, Line, backend_facts
from fractbench.bench.records.facts import BackendFacts, KernelFacts, State
from fractbench.bench.records.record import (
    SCHEMA,
    Cold,
    Energy,
    Memory,
    Protocol,
    Record,
    Roofline,
    Samples,
    Verdict,
)
from fractbench.bench.records.spec import spec_of
from fractbench.bench.records.summary import summary
from fractbench.bench.session import Session

LEAST_NS = 1_000_000_000
"""Counters go on in steps of tens of milliseconds: less than a second of samples tells nothing."""


def assemble(session: Session, run: str) -> list[Record]:
    """Return a Record for every case, in the order in which they were asked for."""
    published = _published(session)
    return [_record(session, entry, run, published) for entry in session.entries]


def _held_back(after: State, line: Line) -> State:
    """Return the last state with all reasons to run slower that were seen after samples."""
    if line.throttle is None:
        return after
    return after.model_copy(update={"throttle": tuple(sorted(line.throttle))})


def _published(session: Session) -> dict[tuple[str, int, bool], float]:
    """Return the published pixel-steps per second, by problem, steps and kind of device."""
    found = {}
    for entry in session.entries:
        if entry.case.role == "baseline" and not entry.failed and entry.samples:
            spec = spec_of(entry.case.plan)
            line = session.line(entry)
            found[spec.problem, spec.steps, line.on_cpu] = summary(
                spec, _samples(entry, line)
            ).pixel_steps_per_second
    return found


def _record(
    session: Session, entry: Entry, run: str, published: dict[tuple[str, int, bool], float]
) -> Record:
    line, around = session.line(entry), session.around
    spec, device = spec_of(entry.case.plan), line.device
    timed = not entry.failed and bool(entry.samples)
    samples = _samples(entry, line) if timed else None
    energy = _energy(entry, line) if timed else None
    roofline, kernel = _roofline(session, line), _kernel(session, entry)
    ceiling = None if kernel.early_exit else roofline
    states = line.states or [around.state(device)]
    base = published.get((spec.problem, spec.steps, line.on_cpu))
    fields: dict[str, Any] = {
        "run": run,
        "role": entry.case.role,
        "time": session.date,
        "spec": spec,
        "kernel": kernel,
        "software": around.software(),
        "backend": _backend(line),
        "hardware": around.hardware(device),
        "system": around.system(device),
        "before": states[0],
        "after": _held_back(states[-1], line),
        "protocol": _protocol(session, entry),
        "cold": _cold(entry, line) if timed else None,
        "samples": samples,
        "memory": _memory(entry, line),
        "energy": energy,
        "roofline": roofline,
        "verdict": _verdict(entry, spec.contract),
        "summary": summary(spec, samples, base, ceiling, energy) if samples else None,
        "picture": entry.told.get("picture"),
    }
    warned = (*entry.warnings, *advice(fields, [s["host_bytes"] for s in entry.samples]))
    return Record(**{"schema": SCHEMA, **fields, "warnings": warned})


def _samples(entry: Entry, line: Line) -> Samples:
    taken = entry.samples
    compute = tuple(s["compute_ns"] for s in taken)
    return Samples(
        start_ns=tuple(s["start_ns"] for s in taken),
        passes=tuple(s["passes"] for s in taken),
        compute_ns=None if None in compute else compute,
        host_ns=tuple(s["host_ns"] for s in taken),
        total_ns=tuple(s["total_ns"] for s in taken),
        calibration_start_ns=tuple(start for start, _ in line.calibrations),
        calibration_ns=tuple(took for _, took in line.calibrations),
        calibration_work=line.calibration_work,
    )


def _kernel(session: Session, entry: Entry) -> KernelFacts:
    told = entry.told
    return KernelFacts(
        name=told.get("kernel") or entry.kernel or entry.case.kernel,
        arithmetic=entry.case.plan.arithmetic.name,
        source=session.source(session.line(entry)),
        tile=told.get("tile"),
        early_exit=told.get("early_exit"),
    )


def _backend(line: Line) -> BackendFacts:
    if line.hello:
        return backend_facts(line.hello)
    device = line.device
    return BackendFacts(
        name=device.backend, device=device.name, chip=None, version=None, precision={},
        environment={}, threads=None,
    )  # fmt: skip


def _protocol(session: Session, entry: Entry) -> Protocol:
    settings = session.settings
    return Protocol(
        repeats=settings.repeats,
        launch=session.launch.number,
        launches=settings.launches,
        min_time_s=float(settings.min_time),
        cooldown_s=float(settings.cooldown),
        limit_s=float(settings.limit),
        seed=settings.seed,
        cases=len(session.entries),
        order=tuple(entry.order),
        clock=session.clock.name,
        caches="kept",
    )


def _cold(entry: Entry, line: Line) -> Cold:
    told = entry.told
    return Cold(
        import_ns=line.hello["import_ns"],
        prepare_ns=told["prepare_ns"],
        first_call_ns=told["first_call_ns"],
        compile_ns=max(0, told["prepare_ns"] + told["first_call_ns"] - told["warm_ns"]),
    )


def _energy(entry: Entry, line: Line) -> Energy | None:
    meter = line.meter
    spent = [s for s in entry.spent if s is not None]
    if meter is None or not spent or len(spent) < len(entry.samples):
        return None
    if sum(s["host_ns"] for s in entry.samples) < LEAST_NS:
        return None
    return Energy(joules=sum(spent), source=meter.source)


def _memory(entry: Entry, line: Line) -> Memory:
    peaks = [s["device_peak"] for s in entry.samples if s["device_peak"] is not None]
    host = line.timed_peak or line.peak or None
    return Memory(host_peak=host, device_peak=max(peaks, default=None))


def _roofline(session: Session, line: Line) -> Roofline | None:
    if line.roofline is None:
        return None
    peak, source = session.around.peak(line.device) or (None, None)
    rates = {name: rate for name, rate in line.roofline.items() if name != "said"}
    return Roofline(**{**rates, "peak": peak, "peak_source": source})


def _verdict(entry: Entry, contract: str) -> Verdict:
    if entry.failed:
        status, reason = entry.failed.status, entry.failed.reason
    elif not entry.samples:
        status, reason = "error", "no sample was taken"
    else:
        status, reason = ("agrees" if contract == "free" else "exact"), None
    return Verdict(
        status=status,
        reason=reason,
        digest=entry.told.get("digest"),
        outputs=tuple(d for s in entry.samples for d in s["digests"]),
        checked=entry.told.get("checked", 0),
        judged=entry.told.get("judged"),
    )
