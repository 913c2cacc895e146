"""The activations of `tuned` and their derivatives; tanh on CPUs is a rational function.

The fraction is that of the strict contract with a plain division: within a few ulp, and exactly
+-1 beyond its limit. docs/free.md says what it gives. GPUs have a good tanh of their own.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from fractbench.arithmetic.coefficients import TANH
from fractbench.problems.network import Activation

Array = Any


def activate(name: Activation, z: Array, rational: bool) -> Array:
    """Return the activation of z; `rational` takes the fraction for tanh, where there is one."""
    if name == "tanh":
        return rational_tanh(z) if rational and z.dtype.name in TANH else jnp.tanh(z)
    return jax.nn.relu(z) if name == "relu" else z


def back(name: Activation, d: Array, h: Array) -> Array:
    """Return d times the activation's derivative where the activation is h."""
    if name == "tanh":
        return d * (1 - h * h)
    return jnp.where(h > 0, d, jnp.zeros_like(d)) if name == "relu" else d


def rational_tanh(z: Array) -> Array:
    """Return tanh to a few ulp, exactly +-1 beyond the limit; NaN stays NaN."""
    name = z.dtype.name
    (limit,) = TANH[name]["limit"]
    # Without exact saturation 1 - h * h never becomes 0 and diverged pixels go on.
    return jnp.where(z > limit, 1, jnp.where(z < -limit, -1, fraction(name, z)))


def fraction(name: str, z: Array) -> Array:
    """Return the rational function of one format; float64 has that of the half argument."""
    t = z * z
    m, d = z * horner(TANH[name]["numerator"], t), horner(TANH[name]["denominator"], t)
    return (m * d) / (0.5 * (m * m + d * d)) if name == "float64" else m / d


def horner(coefficients: tuple[float, ...], t: Array) -> Array:
    """Return the polynomial, whose highest coefficient comes first."""
    value = coefficients[0] * t + coefficients[1]
    for coefficient in coefficients[2:]:
        value = value * t + coefficient
    return value
