"""advice: what may be wrong with a timed record, in sentences that name the remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from fractbench.bench.records.facts import Hardware, State
from fractbench.bench.records.record import Samples, Summary
from fractbench.bench.records.statistics import spread

DRIFT, SPREAD, FIRST, CLOCK, LOAD, GROWTH, FEW = 0.05, 0.10, 1.25, 0.05, 0.5, 64 << 20, 5
"""Shares of the median; the first sample over it; load per thread; bytes; samples."""


def advice(fields: Mapping[str, Any], held: Sequence[int]) -> list[str]:
    """Return sentences about a record in the making; `held` is host memory after each sample."""
    found = [*_state(fields["before"], fields["after"], fields["hardware"])]
    if fields["backend"].device.startswith("cuda") and fields["after"].throttle is None:
        found.append("the GPU's clocks, power and energy are unknown: pip install "
                     "'fractbench[nvidia]'")  # fmt: skip
    if fields["samples"] is not None:
        found += _samples(fields["samples"], fields["summary"])
        found += _memory(held)
    return found


def _samples(samples: Samples, made: Summary) -> list[str]:
    seconds, found = samples.per_pass(), []
    if len(seconds) < FEW:
        found.append(f"only {len(seconds)} samples: type -r 7 or more for an interval to rely on")
    if abs(made.drift) > DRIFT:
        way = "slower" if made.drift > 0 else "faster"
        found.append(f"the last samples are {abs(made.drift):.0%} {way} than the first: the speed "
                     "drifts; add --cooldown 5, or run again when the machine is warm")  # fmt: skip
    if spread(seconds) > SPREAD:
        found.append(f"the middle half of the samples spans {spread(seconds):.0%} of the median: "
                     "close other programs, or type a larger -r or --min-time")  # fmt: skip
    if seconds[0] > FIRST * made.median_s:
        found.append(f"the first sample took {seconds[0] / made.median_s:.1f} times the median: "
                     "something was not warm; type a larger -r")  # fmt: skip
    clock = samples.calibration_ns
    if len(clock) > 1 and max(clock) > (1 + CLOCK) * float(np.median(clock)):
        longer = max(clock) / np.median(clock) - 1
        found.append(f"the calibration took up to {longer:.0%} longer than "
                     "usual: the clock fell or other programs ran; add --cooldown 5")  # fmt: skip
    return found


def _state(before: State, after: State, hardware: Hardware) -> list[str]:
    found, threads = [], hardware.threads or 1
    if before.load is not None and before.load > LOAD * threads:
        found.append(f"the load average was {before.load:.1f} on {threads} threads before the run: "
                     "close other programs")  # fmt: skip
    if "battery" in (before.power, after.power):
        found.append("it ran on battery: plug the machine in")
    if "low" in (before.power_mode, after.power_mode):
        found.append("low-power mode was on: switch it off")
    hot = [s.thermal for s in (before, after) if s.thermal not in (None, "nominal")]
    if hot:
        found.append(f"the system reported {hot[-1]} heat: let it cool, and add --cooldown 30")
    reasons = sorted({reason for s in (before, after) for reason in s.throttle or ()})
    if reasons:
        found.append(f"the GPU held back ({', '.join(reasons)}): check power and cooling, and add "
                     "--cooldown 30")  # fmt: skip
    return found


def _memory(held: Sequence[int]) -> list[str]:
    growing = len(held) > 2 and all(b > a for a, b in pairwise(held))
    if growing and held[-1] - held[0] > GROWTH:
        return [f"the process grew by {(held[-1] - held[0]) / 2**20:.0f} MiB while it was timed: "
                "its kernel leaks memory; report it to the backend"]  # fmt: skip
    return []
