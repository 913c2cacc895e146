"""canary: a compiled library's own arithmetic against the host's, before it is trusted.

A compiler that was told to be fast, by an environment or a wrapper, is found out here.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.bits import same_bits
from fractbench.arithmetic.canary import arguments
from fractbench.arithmetic.constants import common
from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.ops import Ops
from fractbench.arithmetic.reciprocal import reciprocal
from fractbench.arithmetic.sin2pi import cos2pi, sin2pi
from fractbench.arithmetic.tanh import tanh
from fractbench.arithmetic.two_sum import two_sum
from fractbench.errors import CanaryError
from fractbench.reference import reference_ops
from fractbench.tree import Tree

ROWS = ("a product in a sum", "the listed multiply-and-add", "a compensated sum", "its error",
        "the reciprocal", "tanh", "sin", "cos", "NaN in a select")  # fmt: skip


def check(library: ctypes.CDLL, arithmetic: Arithmetic, compiler: str) -> None:
    """Compare a library's answers with the host's.

    Raises:
        CanaryError: one differs.
    """
    given, expected = _answers(arithmetic)
    found = np.zeros((len(ROWS), given.shape[1]), given.dtype)
    library.fb_canary(
        ctypes.c_void_p(given.ctypes.data), ctypes.c_void_p(found.ctypes.data),
        ctypes.c_int64(given.shape[1]),
    )  # fmt: skip
    for name, wanted, answer in zip(ROWS, expected, found, strict=True):
        if not same_bits(wanted, answer):
            raise CanaryError(
                f"native: {compiler} computes {name} otherwise than {arithmetic.name} demands; "
                "take options such as -ffast-math out of FRACTBENCH_CXX, or report it"
            )


@lru_cache
def _answers(arithmetic: Arithmetic) -> tuple[NDArray[Any], list[NDArray[Any]]]:
    """Return the questions and the host's answers, the same for every library."""
    given = _given(arithmetic)
    return given, _expected(arithmetic, given)


def _given(arithmetic: Arithmetic) -> NDArray[Any]:
    """Return rows a, b, c and specials, (4, 96)."""
    fixed, pixels = arguments(arithmetic.format)
    specials = np.resize(np.concatenate([fixed["specials"], fixed["ramp"]]), 96)
    rows = [np.resize(pixels[name], 96) for name in ("a", "b", "c")]
    return np.ascontiguousarray(np.stack([*rows, specials]))


def _expected(arithmetic: Arithmetic, given: NDArray[Any]) -> list[NDArray[Any]]:
    def program(ops: Ops, k: Tree, rows: Tree) -> Tree:
        a, b, c, special = (rows[name] for name in ("a", "b", "c", "special"))
        total, error = two_sum(ops, a, ops.mul(b, c))
        return {
            "0": ops.sub(ops.mul(a, b), c), "1": ops.mad(a, b, c), "2": total, "3": error,
            "4": reciprocal(ops, k, special), "5": tanh(ops, k, special), "6": sin2pi(ops, k, a),
            "7": cos2pi(ops, k, special),
            "8": ops.select(ops.less(special, k["zero"]), k["zero"], special),
        }  # fmt: skip

    run = reference_ops(arithmetic).compile(program, common(arithmetic.format))
    out = run(dict(zip(("a", "b", "c", "special"), given, strict=True)))
    return [out[str(row)] for row in range(len(ROWS))]
