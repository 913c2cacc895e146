"""Scenarios in which subnormal numbers would appear if the guard bands did not hold.

Each is (name, Problem, changes to the drawn Instance, window, width, height). Rates span the whole
allowed range, weights and data sit at and around their bands, losses converge to exactly zero.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from unittest import mock

import numpy as np

from fractbench.problems import mlp
from fractbench.problems.base import Problem
from fractbench.problems.catalogue import problem

ALL_RATES = "-30:12,-30:12"
ALL_OFFSETS = "-27:12,-30:12"
MLP = ("tanh", "relu", "linear", "single", "minibatch", "weight-drift", "init-offset")


@dataclass(frozen=True)
class Scenario:
    """A Problem whose numbers are scaled, and the pixels that it is run on."""

    problem: Problem
    window: str | None = None
    width: int = 5
    height: int = 5
    scales: dict[str, object] = field(default_factory=dict, hash=False)

    @contextmanager
    def scaled(self, power=1):
        """Let the Problem draw scaled numbers; the host's own guard bands still follow.

        Every scale is raised to a power: the bands of float64 are the eighth power of float32's.
        """
        original = mlp.instance

        def instance(*args):
            drawn = original(*args)
            changes = {
                name: _scale(getattr(drawn, name), s, power) for name, s in self.scales.items()
            }
            return replace(drawn, **changes)

        with mock.patch.object(mlp, "instance", instance):
            yield


def _scale(array, by, power):
    if by == "mixed":
        decades = np.random.Generator(np.random.PCG64(array.size)).uniform(-18, 3, array.shape)
        return np.sign(array) * 10.0 ** (decades * power)
    return np.copysign(by[1] ** power, array) if isinstance(by, tuple) else array * by**power


AT_BAND = {"W": ("all", 2.0**-50), "v": ("all", -(2.0**-50)), "X": ("all", 2.0**-40)}
SCALES = {
    "as drawn": {},
    "targets 0": {"y": 0.0},
    "weights 1e-30": {"W": 1e-30, "v": 1e-30},
    "weights 1e-12, targets 0": {"W": 1e-12, "v": 1e-12, "y": 0.0},
    "weights 1e-10, targets 0": {"W": 1e-10, "v": 1e-10, "y": 0.0},
    "weights 1e-14, inputs 1e-5, targets 0": {"W": 1e-14, "v": 1e-14, "X": 1e-5, "y": 0.0},
    "W 1e-14, v 1e-6, targets 0": {"W": 1e-14, "v": 1e-6, "y": 0.0},
    "W 1e-14, inputs 1e-6, targets 0": {"W": 1e-14, "X": 1e-6, "y": 0.0},
    "v 1e-13, inputs 1e-6, targets 0": {"v": 1e-13, "X": 1e-6, "y": 0.0},
    "weights 1e-15, inputs 1e-12": {"W": 1e-15, "v": 1e-15, "X": 1e-12, "y": 1e-12},
    "everything at its band": {**AT_BAND, "y": ("all", 2.0**-40)},
    "everything at its band, targets 0": {**AT_BAND, "y": 0.0},
    "magnitudes mixed": {"W": "mixed", "v": "mixed", "X": "mixed", "y": "mixed"},
    "magnitudes mixed, targets 0": {"W": "mixed", "v": "mixed", "X": "mixed", "y": 0.0},
}


def _mlp_scenarios():
    for name in MLP:
        window = ALL_OFFSETS if name in ("weight-drift", "init-offset") else ALL_RATES
        plain = replace(problem(name, width=5), steps=6, samples=1 if name == "single" else 7)
        for label, scales in SCALES.items():
            yield f"{name}: {label}", Scenario(plain, window, 8, 8, scales)
        one = replace(plain, width=1, samples=1, steps=40)
        yield f"{name}: width 1", Scenario(one, "-2:1,-2:1", 8, 8, SCALES["targets 0"])
    fall = replace(problem("linear", width=1), steps=60, samples=1)  # loss / loss_0 below 2**-126
    fallen = {"W": ("all", 1e5), "v": ("all", 1e5), "X": ("all", 1.0), "y": 0.0}
    yield "linear: falls by 40 decades", Scenario(fall, "-30:-29,-11:-9.5", 2, 40, fallen)
    for name, window in (("single", "0:2,0:2"), ("linear", "-1:1.5,-1:1.5")):
        long = replace(problem(name, width=5), steps=400, samples=1 if name == "single" else 2)
        for label in ("as drawn", "targets 0", "weights 1e-12, targets 0"):
            yield f"{name}: 400 steps, {label}", Scenario(long, window, 6, 6, SCALES[label])
        thin = replace(long, width=1, samples=1)
        yield f"{name}: 400 steps, width 1", Scenario(thin, window, 6, 6, SCALES["targets 0"])


def _others():
    for name in ("quadratic-additive", "quadratic-multiplicative", "quadratic-two-cosine"):
        for options in ("epsilon=0", "epsilon=0.00000096", "epsilon=1024,length=0.001",
                        "epsilon=0.00000096,length=1024", "dimensions=3", "epsilon=1"):  # fmt: skip
            if "two-cosine" in name and "length" in options:
                continue
            chosen = problem(f"{name}:{options}").with_steps(200)
            yield f"{name}: {options}", Scenario(chosen, "0:1.5", 31, 1)
            yield f"{name}: {options}, tiny rates", Scenario(chosen, "0:1e-29", 11, 1)
    for options in ("", ":epsilon=0", ":epsilon=1024,length=0.001", ":epsilon=0.00000096"):
        chosen = problem(f"quadratic-2d{options}").with_steps(100)
        yield f"quadratic-2d{options}", Scenario(chosen, "0:1.5,0:1.5", 7, 7)
        yield f"quadratic-2d{options}, tiny rates", Scenario(chosen, "0:1e-29,0:1.2", 5, 5)
    windows = ("-2:2,-2:2", "-2e-19:2e-19,-2e-19:2e-19", "-2e-15:2e-15,-2e-15:2e-15",
               "-1e-20:1e-20,-1:1", "-1e-29:1e-29,-1e-29:1e-29", "0:1000,0:1e-29",
               "-1e-9:1e-9,-1e-9:1e-9", "-1e-12:1e-12,0:1000")  # fmt: skip
    for window in windows:
        yield f"mandelbrot on {window}", Scenario(problem("mandelbrot"), window, 9, 9)
        yield f"newton on {window}", Scenario(problem("newton"), window, 9, 9)


SCENARIOS = dict([*_mlp_scenarios(), *_others()])
"""Name -> Scenario."""
