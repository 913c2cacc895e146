"""canary: a compiled library's own arithmetic against the host's, before it is trusted.

A compiler that was told to be fast, by an environment or a wrapper, is found out here.
"""

from __future__ import annotations

import ctypes

import numpy as np

from fractbench.arithmetic.bits import same_bits
from fractbench.arithmetic.compiled import ANSWERS, answers
from fractbench.arithmetic.contract import Arithmetic
from fractbench.errors import CanaryError

ROWS = tuple(ANSWERS)
"""In the order of canary.h."""


def check(library: ctypes.CDLL, arithmetic: Arithmetic, compiler: str) -> None:
    """Compare a library's answers with the host's.

    Raises:
        CanaryError: one differs.
    """
    given, expected = answers(arithmetic, ROWS)
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
