"""The activations of `tuned` and their derivatives; tanh on CPUs is a rational function.

The fraction is that of the strict contract with a plain division: within a few ulp, and exactly
+-1 beyond its limit. docs/free.md says what it gives. GPUs have a good tanh of their own.
"""

from __future__ import annotations

from typing import Any

import torch

from fractbench.arithmetic.coefficients import TANH
from fractbench.problems.network import Activation

Array = Any


def activate(name: Activation, z: Array, rational: bool) -> Array:
    """Return the activation of z; `rational` takes the fraction for tanh, where there is one."""
    if name == "tanh":
        kind = str(z.dtype).removeprefix("torch.")
        return rational_tanh(z, kind) if rational and kind in TANH else torch.tanh(z)
    return torch.relu(z) if name == "relu" else z


def back(name: Activation, d: Array, h: Array) -> Array:
    """Return d times the activation's derivative where the activation is h."""
    if name == "tanh":
        return d * (1 - h * h)
    return torch.where(h > 0, d, 0.0) if name == "relu" else d


def rational_tanh(z: Array, kind: str) -> Array:
    """Return tanh to a few ulp, exactly +-1 beyond the limit; NaN stays NaN."""
    (limit,) = TANH[kind]["limit"]
    # Without exact saturation 1 - h * h never becomes 0 and diverged pixels go on.
    return torch.where(z > limit, 1.0, torch.where(z < -limit, -1.0, fraction(kind, z)))


def fraction(kind: str, z: Array) -> Array:
    """Return the rational function of one format; float64 has that of the half argument."""
    t = z * z
    m, d = z * horner(TANH[kind]["numerator"], t), horner(TANH[kind]["denominator"], t)
    return (m * d) / (0.5 * (m * m + d * d)) if kind == "float64" else m / d


def horner(coefficients: tuple[float, ...], t: Array) -> Array:
    """Return the polynomial, whose highest coefficient comes first."""
    value = coefficients[0] * t + coefficients[1]
    for coefficient in coefficients[2:]:
        value = value * t + coefficient
    return value
