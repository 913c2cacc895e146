"""The activations and their derivatives; tanh on CPUs is a rational function.

MLX's own tanh on the CPU is scalar code: 8 to 20 ns an element (2 cores of an AMD EPYC). The
rational function of the strict contract, here with a division, takes 0.7 ns, and 1.9 where there is
no g++ and mx.compile leaves it alone; the clip before it takes 0.6. GPUs have a tanh of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import numpy as np

from fractbench.arithmetic.coefficients import TANH
from fractbench.problems.network import Activation

Array = Any
Function = Callable[[Array], Array]


def activation(name: Activation, dtype: Any, device: Any) -> Function:
    """Return the activation for arrays of a dtype on a device."""
    if name == "relu":
        return lambda u: mx.maximum(u, 0)
    if name == "identity":
        return lambda u: u
    rational = device.type == mx.DeviceType.cpu and dtype in (mx.float32, mx.float64)
    return rational_tanh(str(dtype).rpartition(".")[2], dtype) if rational else mx.tanh


def derivative(name: Activation) -> Callable[[Array, Array], Array]:
    """Return the function (hidden units h, errors d) -> d times the activation's derivative."""
    if name == "tanh":
        slope = mx.compile(lambda h: 1 - h * h, shapeless=True)
        return lambda h, d: slope(h) * d
    if name == "relu":
        return lambda h, d: mx.where(h > 0, d, mx.zeros_like(d))
    return lambda h, d: mx.broadcast_to(d, h.shape)


def rational_tanh(name: str, dtype: Any) -> Function:
    """Return tanh for the CPU, to a few ulp; it is exactly +-1 where |u| is large, NaN stays.

    A select after the rational function would keep the compiler from vectorising it (1.8 ns), so
    its argument is clipped where this device's own arithmetic gives exactly 1.
    """
    short = mx.compile(fraction(name), shapeless=True)
    limit = TANH[name]["limit"][0]
    ladder = np.linspace(limit, 1.1 * limit, 4097)
    values = np.array(short(mx.array(ladder, dtype=dtype)))
    edge = float(ladder[np.argmax(values == 1)])
    return lambda u: short(mx.clip(u, -edge, edge))


def fraction(name: str) -> Function:
    """Return the rational function of one format; float64 has that of the half argument."""
    numerator, denominator = TANH[name]["numerator"], TANH[name]["denominator"]

    def text(u: Array) -> Array:
        t = u * u
        m, d = u * horner(numerator, t), horner(denominator, t)
        return (m * d) / (0.5 * (m * m + d * d)) if name == "float64" else m / d

    return text


def horner(coefficients: tuple[float, ...], t: Array) -> Array:
    """Return the polynomial, whose highest coefficient comes first."""
    value = coefficients[0] * t + coefficients[1]
    for coefficient in coefficients[2:]:
        value = value * t + coefficient
    return value
