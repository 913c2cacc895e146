"""Record: one result of `bench`, one line of JSON (`fractbench.record/1`).

A time stands only beside a map that was proven: `samples` and `summary` are there if, and only if,
the verdict is `exact` or `agrees`. What is derived (`summary`) can be computed again from what was
measured, and is, when a record is read.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from fractbench.bench.records.facts import (
    BackendFacts,
    Facts,
    Hardware,
    KernelFacts,
    Software,
    Spec,
    State,
    System,
)

SCHEMA = "fractbench.record/1"
Status = Literal[
    "exact",
    "agrees",
    "mismatch",
    "nondeterministic",
    "out-of-memory",
    "unavailable",
    "timeout",
    "error",
]
TIMED: tuple[Status, ...] = ("exact", "agrees")
"""The statuses that may bear a time."""


class Protocol(Facts):
    """How samples were taken. `order` is this case's turn in every round, of `cases`."""

    repeats: int
    launch: int
    launches: int
    min_time_s: float
    cooldown_s: float
    limit_s: float
    seed: int
    cases: int
    order: tuple[int, ...]
    clock: str
    caches: Literal["kept"]
    """Compilers' caches on disk were left as they were found."""


class Cold(Facts):
    """Once-only costs in nanoseconds.

    `compile_ns` is what prepare and the first call together took longer than a warm call. The later
    cases of a device find its framework imported and warm.
    """

    import_ns: int
    prepare_ns: int
    first_call_ns: int
    compile_ns: int


class Samples(Facts):
    """Every sample, in nanoseconds, in order of time; `start_ns` counts from the run's beginning.

    A sample is `passes` whole maps; the times are sums over them. `compute_ns` ends when the
    results are ready on the device, `host_ns` when they are on the host; `total_ns` also has the
    making of hyperparameters and draws before, and value and class after. `calibration_ns` are
    times of a fixed piece of work on the same device, at `calibration_start_ns`.
    """

    start_ns: tuple[int, ...]
    passes: tuple[int, ...]
    compute_ns: tuple[int, ...] | None
    host_ns: tuple[int, ...]
    total_ns: tuple[int, ...]
    calibration_start_ns: tuple[int, ...]
    calibration_ns: tuple[int, ...]
    calibration_work: float | None
    """Operations of one calibration: processes size it anew, so only rates can be compared."""

    @model_validator(mode="after")
    def _alike(self) -> Samples:
        rows = [self.passes, self.host_ns, self.total_ns, self.compute_ns or self.host_ns]
        if any(len(row) != len(self.start_ns) for row in rows) or not self.start_ns:
            raise ValueError("samples need one entry each of start, passes and times")
        if len(self.calibration_start_ns) != len(self.calibration_ns):
            raise ValueError("every calibration time needs its start")
        return self

    def per_pass(self) -> tuple[float, ...]:
        """Return seconds per map of every sample, results on the host."""
        return tuple(t / n / 1e9 for t, n in zip(self.host_ns, self.passes, strict=True))


class Memory(Facts):
    """Peaks in bytes of the worker process, with all of its cases so far.

    On the host what it held whenever it was looked at, five times a second; on the device as the
    framework counts it.
    """

    host_peak: int | None
    device_peak: int | None


class Energy(Facts):
    """Joules of all timed samples together, and which counter told."""

    joules: float
    source: str


class Roofline(Facts):
    """What the device does through this framework, in the same run.

    `multiply_add` is in floating-point operations per second with products fused where the
    framework fuses them, `multiply_then_add` with both rounded; `gemm` likewise; `copy` in bytes
    read and written per second; `launch` in seconds. `peak` is the maker's own figure for float32.
    """

    multiply_add: float | None
    multiply_then_add: float | None
    gemm: float | None
    copy_rate: float | None
    launch: float | None
    peak: float | None
    peak_source: str | None


class Verdict(Facts):
    """The proof. `digest` is the map's; `outputs` are those of every timed pass, as hashed.

    `checked` pixels were compared with the host's reference, bit for bit under exact contracts;
    under `free` the judge's numbers are in `judged`.
    """

    status: Status
    reason: str | None
    digest: str | None
    outputs: tuple[str, ...]
    checked: int
    judged: str | None


class Summary(Facts):
    """Derived from the samples: seconds per map, results on the host, and rates at the median."""

    median_s: float
    low_s: float
    high_s: float
    """An interval of 95 % for the median, see statistics.py."""
    q25_s: float
    q75_s: float
    drift: float
    """Median of the last third over that of the first, less 1."""
    pixel_steps_per_second: float
    gflops: float | None
    """By the published count of operations; None where the papers give none."""
    times_published: float | None
    """How many times faster than the published method in the same run."""
    roofline_share: float | None
    joules_per_million: float | None
    """Joules per million pixel-steps."""


class Record(Facts):
    """One case on one device in one process."""

    schema_: Literal["fractbench.record/1"] = Field(default="fractbench.record/1", alias="schema")
    run: str
    """A random name that the records of one run share."""
    role: Literal["case", "baseline"]
    time: str
    """UTC, ISO 8601, when the run began."""
    spec: Spec
    kernel: KernelFacts | None
    software: Software
    backend: BackendFacts
    hardware: Hardware
    system: System
    before: State
    after: State
    protocol: Protocol
    cold: Cold | None
    samples: Samples | None
    memory: Memory
    energy: Energy | None
    roofline: Roofline | None
    verdict: Verdict
    summary: Summary | None
    warnings: tuple[str, ...]
    picture: str | None
    """The map as a small PNG in base64, at most 64 pixels a side."""

    @model_validator(mode="after")
    def _proven(self) -> Record:
        timed = self.verdict.status in TIMED
        if (self.samples is not None) != timed or (self.summary is not None) != timed:
            raise ValueError("a record has times if, and only if, its map is proven")
        if timed and self.verdict.digest is None:
            raise ValueError("a time needs a digest")
        return self

    @property
    def device(self) -> str:
        """Return ``backend:device``, or the backend alone if it never told its device."""
        return f"{self.backend.name}:{self.backend.device}".removesuffix(":")

    def line(self) -> str:
        """Return the record as one line of JSON."""
        return self.model_dump_json(by_alias=True)
