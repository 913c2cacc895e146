"""summary: what follows from a record's samples, computed again whenever it is wanted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fractbench.arithmetic.contract import arithmetic
from fractbench.bench.records.facts import Spec
from fractbench.bench.records.record import Energy, Roofline, Samples, Summary
from fractbench.bench.records.statistics import drift, interval
from fractbench.problems.catalogue import problem
from fractbench.problems.mlp import Mlp
from fractbench.problems.mlp_draws import BATCH


def operations(spec: Spec) -> int | None:
    """Return the published count of floating-point operations of a pixel-step; None for controls.

    It is 4 S n^2 + 8 S n for S samples and width n: half of it forward, half of it the gradients
    (Sohl-Dickstein 2024 and its notebook). A step by minibatches trains on 16 samples, and looks
    forward at all of them for the loss.
    """
    chosen = problem(spec.problem)
    if not isinstance(chosen, Mlp):
        return None
    one = 4 * chosen.width**2 + 8 * chosen.width
    return one * BATCH + one * chosen.count // 2 if chosen.minibatch else one * chosen.count


def ceiling(spec: Spec, roofline: Roofline | None) -> float | None:
    """Return the rate that a kernel under the spec's contract could reach, operations a second.

    `strict` rounds products and sums apart; `fma` may fuse; `free` may also use matrix units. The
    Probes measure float32: other types, the narrow ones of `free` among them, have no ceiling.
    """
    if roofline is None or arithmetic(spec.contract, spec.dtype).dtype != "float32":
        return None
    if spec.contract == "strict":
        return roofline.multiply_then_add
    rates = [roofline.multiply_add, roofline.gemm if spec.contract == "free" else None]
    return max((rate for rate in rates if rate), default=None)


def summary(
    spec: Spec,
    samples: Samples,
    published: float | None = None,
    roofline: Roofline | None = None,
    energy: Energy | None = None,
) -> Summary:
    """Return the Summary; `published` is the published method's pixel-steps per second.

    Give no roofline for a kernel that leaves pixels early: it does not run what is counted.
    """
    seconds = samples.per_pass()
    median = float(np.median(seconds))
    steps = spec.size[0] * spec.size[1] * spec.steps
    rate, count, top = steps / median, operations(spec), ceiling(spec, roofline)
    low, high = interval(seconds)
    return Summary(
        median_s=median,
        low_s=low,
        high_s=high,
        q25_s=_quantile(seconds, 0.25),
        q75_s=_quantile(seconds, 0.75),
        drift=drift(seconds),
        pixel_steps_per_second=rate,
        gflops=None if count is None else rate * count / 1e9,
        times_published=None if published is None else rate / published,
        roofline_share=None if count is None or top is None else rate * count / top,
        joules_per_million=_joules(energy, steps * sum(samples.passes)),
    )


def _quantile(seconds: Sequence[float], level: float) -> float:
    return float(np.quantile(seconds, level))


def _joules(energy: Energy | None, pixel_steps: int) -> float | None:
    return None if energy is None else energy.joules / pixel_steps * 1e6
