"""constants: a Variant and the contract's numbers as the text's macros."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.coefficients import RECIPROCAL
from fractbench.arithmetic.constants import BANDS, common
from fractbench.arithmetic.formats import FORMATS, Format
from fractbench.problems.mlp_draws import BATCH
from fractbench.simt.variant import Variant

ACTIVATIONS = {"tanh": 0, "relu": 1, "identity": 2}
BATCHES = {"full": 0, "shared": 1, "own": 2}
OFFSETS = {"none": 0, "once": 1, "drift": 2}
SUMS = 8
"""Reals in a pixel's row of `sums`: its accumulators and what the measure needs to go on."""


def macros(variant: Variant, dialect: str) -> str:
    """Return the lines that define a Variant, to stand before a prelude."""
    double = variant.dtype == "float64"
    folded = 1 << (variant.width - 1).bit_length()
    held = variant.samples * (variant.width + 1) if variant.resident else 1
    values: dict[str, object] = {
        "FB_DOUBLE": int(double), "REAL": "double" if double else "float",
        "FB_FUSED": int(variant.contract == "fma"),
        "FB_ACTIVATION": ACTIVATIONS[variant.activation], "FB_BATCH": BATCHES[variant.batch],
        "FB_OFFSET": OFFSETS[variant.offset], "FB_RESIDENT": int(variant.resident),
        "WIDTH": variant.width, "SAMPLES": variant.samples, "LANES": variant.lanes,
        "PIXELS": variant.pixels, "TOGETHER": variant.together, "THREADS": variant.threads,
        "COLUMNS": variant.columns, "FOLDED": folded, "STATE": variant.state, "HELD": held,
        "EXCHANGED": variant.threads if dialect == "opencl" else 1,
        "SAMPLES_IN": "SHARED" if variant.resident else "GLOBAL",
        "BATCH": BATCH, "OWN_ORDER": BATCHES["own"], "SUMS": SUMS,
        **numbers(FORMATS[variant.dtype], dialect),
    }  # fmt: skip
    return "".join(f"#define {name} {value}\n" for name, value in values.items())


def numbers(fmt: Format, dialect: str) -> dict[str, str]:
    """Return the coefficients and guard bands that every other backend is given too."""
    k, suffix = common(fmt), "" if fmt.name == "float64" else "f"
    sign, infinite = ("0x8000000000000000", "0x7ff0000000000000")
    if suffix:
        sign, infinite = ("0x80000000", "0x7f800000")

    def row(values: Iterable[NDArray[np.floating]]) -> str:
        return ", ".join(literal(value, suffix) for value in values)

    # On Windows a `long` of CUDA has 32 bits; OpenCL knows no `long long`.
    integer = "int" if suffix else "long long" if dialect == "cuda" else "long"
    out = {
        "RECIPROCAL_MAGIC": f"({integer}){int(k['reciprocal_magic']):#x}",
        "RECIPROCAL_NEWTON": str(RECIPROCAL[fmt.name]["newton"]),
        "SIGN": f"({integer}){sign}", "INFINITE": f"({integer}){infinite}",
        "TANH_TERMS": str(len(k["tanh_numerator"])),
        "TANH_NUMERATOR": row(k["tanh_numerator"]), "TANH_DENOMINATOR": row(k["tanh_denominator"]),
    }  # fmt: skip
    for name in ("tanh_limit", "smallest_normal", "cap", *(f"band_{b}" for b in BANDS[fmt.name])):
        out[name.upper()] = literal(k[name], suffix)
    return out


def literal(value: NDArray[np.floating], suffix: str) -> str:
    """Write a number with as many digits as give it back exactly; hexadecimal ones are C++17."""
    return f"{float(value):.{16 if suffix == '' else 8}e}{suffix}"
