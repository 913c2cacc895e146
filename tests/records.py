"""Records that no machine made, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fractbench.bench.records.facts import (
    BackendFacts,
    Hardware,
    KernelFacts,
    Software,
    State,
    System,
)
from fractbench.bench.records.record import (
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
from fractbench.request import Request

MILLISECOND = 1_000_000
DIGEST = "strict-float32-1:sha256:" + "ab" * 32
ROOFLINE = Roofline(
    multiply_add=480e9, multiply_then_add=470e9, gemm=400e9, copy_rate=20e9, launch=1e-6,
    peak=None, peak_source=None,
)  # fmt: skip
QUIET = State(
    power="ac", power_mode="normal", thermal="nominal", load=0.1, cpu_mhz=3000.0, gpu_mhz=None,
    gpu_celsius=None, throttle=None,
)  # fmt: skip
HARDWARE = Hardware(
    chip="Apple M4 Pro", architecture="arm64", model="Mac16,8", cores=12, performance_cores=8,
    efficiency_cores=4, threads=12, memory_gib=24, gpu="Apple M4 Pro", gpu_cores=16,
    gpu_memory_gib=None, unified_memory=True, cooling="fan",
)  # fmt: skip


def noisy(seconds: float, count: int = 7, share: float = 0.01, seed: int = 0) -> list[float]:
    """Return sample times around a value, in seconds."""
    return list(seconds * np.exp(np.random.default_rng(seed).normal(0, share, count)))


def samples(seconds: Sequence[float]) -> Samples:
    """Return Samples of one pass each that took the given times."""
    host = [int(s * 1e9) for s in seconds]
    starts = [2 * sum(host[:n]) + n for n in range(len(host))]
    return Samples(
        start_ns=tuple(starts), passes=(1,) * len(host),
        compute_ns=tuple(t - 1000 for t in host), host_ns=tuple(host),
        total_ns=tuple(t + MILLISECOND for t in host),
        calibration_start_ns=tuple(starts), calibration_ns=(10 * MILLISECOND,) * len(host),
        calibration_work=4e9,
    )  # fmt: skip


def record(
    seconds: Sequence[float] | None = None,
    *,
    device: str = "native:cpu",
    kernel: str = "fused",
    status: str = "exact",
    run: str = "0" * 32,
    digest: str = DIGEST,
    problem: str = "tanh",
    size: int = 64,
    steps: int = 100,
    contract: str = "strict",
    dtype: str = "float32",
    energy: Energy | None = None,
    **changes: Any,
) -> Record:
    """Return a Record; with a status that bears no time its samples are left out."""
    timed = status in ("exact", "agrees")
    backend, _, name = device.partition(":")
    asked = spec_of(Request(problem, contract, dtype, size=size, steps=steps).plan())
    taken = samples(seconds if seconds is not None else noisy(0.5)) if timed else None
    fields: dict[str, Any] = {
        "run": run, "role": "case", "time": "2026-11-21T06:00:00+00:00", "spec": asked,
        "kernel": KernelFacts(name=kernel, arithmetic=f"{contract}-{dtype}-1", source="cd" * 32,
                              tile=1024, early_exit=False),
        "software": Software(fractbench="0.1.0", commit="ef" * 20, dirty=False, python="3.12.1",
                             packages={"numpy": "2.4.6", "mlx": None}),
        "backend": BackendFacts(name=backend, device=name, chip="Apple M4 Pro", version="1.0",
                                precision={}, environment={}, threads=2),
        "hardware": HARDWARE,
        "system": System(name="Darwin", release="26.1", driver=None, cuda=None, metal="4",
                         virtual=False),
        "before": QUIET, "after": QUIET,
        "protocol": Protocol(repeats=7, launch=0, launches=1, min_time_s=0.05, cooldown_s=0.0,
                             limit_s=600.0, seed=0, cases=1, order=(0,) * 7,
                             clock="perf_counter_ns", caches="kept"),
        "cold": Cold(import_ns=5, prepare_ns=6, first_call_ns=7, compile_ns=3) if timed else None,
        "samples": taken, "memory": Memory(host_peak=1 << 28, device_peak=None), "energy": energy,
        "roofline": ROOFLINE,
        "verdict": Verdict(status=status, reason=None if timed else "it did not work out",
                           digest=digest if timed else None,
                           outputs=(digest,) * (len(taken.host_ns) if taken else 0), checked=64,
                           judged=None),
        "summary": None, "warnings": (), "picture": None,
    }  # fmt: skip
    fields |= changes
    if fields["samples"] is not None and "summary" not in changes:
        fields["summary"] = summary(
            fields["spec"], fields["samples"], 1e5, fields["roofline"], fields["energy"]
        )
    return Record(**{"schema": "fractbench.record/1", **fields})
