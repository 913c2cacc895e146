"""library: one C++ text with its constants, compiled for this machine, checked and loaded."""

from __future__ import annotations

import ctypes
import hashlib
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.coefficients import RECIPROCAL
from fractbench.arithmetic.constants import BANDS, common
from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.errors import BackendUnavailableError
from fractbench.machine import chip
from fractbench_native import canary
from fractbench_native.cache import held
from fractbench_native.compiler import Compiler, compiler

C_TYPES = {"float32": "float", "float64": "double"}
_SOURCE = files("fractbench_native") / "source"


def library(
    text: str,
    arithmetic: Arithmetic,
    defines: Mapping[str, int] | None = None,
    using: Compiler | None = None,
) -> ctypes.CDLL:
    """Return the library of ``text.cpp`` under an Arithmetic, compiling it on first use.

    Args:
        text: the name of a text in ``source/``, without its suffix.
        arithmetic: `strict` or `fma`, and the dtype.
        defines: the text's own choices, without their prefix ``FB_``.
        using: another compiler or instruction set than the default.

    Raises:
        BackendUnavailableError: there is no compiler, or it fails.
        CanaryError: the library does not compute as the contract demands.
    """
    options = tuple(sorted((defines or {}).items()))
    return _library(text, arithmetic, options, using or compiler())


@lru_cache(maxsize=256)
def _library(
    text: str, arithmetic: Arithmetic, defines: tuple[tuple[str, int], ...], using: Compiler
) -> ctypes.CDLL:
    fused = int(arithmetic.contract == "fma")
    macros = {"REAL": C_TYPES[arithmetic.format.name], "FUSED": fused, **dict(defines)}
    options = tuple(f"-DFB_{name}={value}" for name, value in macros.items())
    sources = {**_texts(), "constants.h": constants_text(arithmetic.format)}

    def make(target: Path) -> None:
        with tempfile.TemporaryDirectory() as name:
            for file, content in sources.items():
                (Path(name) / file).write_text(content)
            using.compile(Path(name) / f"{text}.cpp", target, options)

    parts = [using.identity, chip(), text, *options]
    parts += [f"{file}\n{content}" for file, content in sorted(sources.items())]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    try:
        loaded = ctypes.CDLL(str(held(f"{text}-{key}", make)))
    except OSError as error:
        raise BackendUnavailableError(f"the compiled library cannot be loaded: {error}") from error
    canary.check(loaded, arithmetic, using.short)
    return loaded


@lru_cache(maxsize=1)
def _texts() -> dict[str, str]:
    return {f.name: f.read_text() for f in _SOURCE.iterdir() if f.name.endswith((".h", ".cpp"))}


@lru_cache(maxsize=2)
def constants_text(fmt: Format) -> str:
    """Return ``constants.h``: the coefficients and guard bands that all backends share."""
    k = common(fmt)
    lines = [
        f"// Generated for {fmt.name}.",
        "#pragma once",
        '#include "vector.h"',
        f"constexpr integer RECIPROCAL_MAGIC = {int(k['reciprocal_magic'])};",
        f"constexpr int RECIPROCAL_NEWTON = {RECIPROCAL[fmt.name]['newton']};",
    ]
    for name in ("tanh_numerator", "tanh_denominator", "sin2pi"):
        row = ", ".join(_literal(c) for c in k[name])
        lines.append(f"constexpr real {name.upper()}[] = {{{row}}};")
    for name in ("tanh_limit", "smallest_normal", "cap", *(f"band_{b}" for b in BANDS[fmt.name])):
        lines.append(f"constexpr real {name.upper()} = {_literal(k[name])};")
    return "\n".join(lines) + "\n"


def _literal(value: NDArray[np.floating]) -> str:
    """Write a number so that no digit is lost; the cast keeps a float from being a double."""
    return f"(real){float(value).hex()}"
