"""registers: the Probe's text for GPU languages: products and sums in registers alone.

It is C as Metal and CUDA both read it; the caller says how a thread finds its index and how the
language writes a product and a sum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CHAINS, ROUNDS, THREADS = 8, 1024, 1 << 18
OPERATIONS = 2 * CHAINS * ROUNDS * THREADS
"""Floating-point operations of one launch; those that begin and end it are not counted."""
GIVEN = np.array([0.999, 1e-3], np.float32)
"""Factor and term."""
METAL_FUSED, METAL_APART = "fma({x}, a, b)", "{x} * a; {x} = {x} + b"
"""The second needs `METAL_HEADER`: Metal fuses otherwise."""
METAL_HEADER = "#pragma METAL fp contract(off)\n"
CUDA_FUSED, CUDA_APART = "__fmaf_rn({x}, a, b)", "__fadd_rn(__fmul_rn({x}, a), b)"


def text(index: str, mad: str) -> str:
    """Return the body of a kernel from float arrays `start` and `given` to `out`.

    Args:
        index: the expression for a thread's index.
        mad: the expression for a product and a sum of ``{x}``, ``a`` and ``b``.
    """
    names = [f"x{k}" for k in range(CHAINS)]
    begin = "".join(f"  float x{k} = x0 + {k}.0f;\n" for k in range(1, CHAINS))
    steps = "".join(f"    {name} = {mad.format(x=name)};\n" for name in names)
    return (
        f"  unsigned int place = {index};\n"
        "  float a = given[0], b = given[1], x0 = start[place];\n"
        f"{begin}  for (int r = 0; r < {ROUNDS}; r++) {{\n{steps}  }}\n"
        f"  out[place] = {' + '.join(names)};\n"
    )


def expected(start: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the text makes of `start` if it rounds products and sums apart."""
    a, b = GIVEN
    rows = [start] + [start + np.float32(k) for k in range(1, CHAINS)]
    for _ in range(ROUNDS):
        rows = [row * a + b for row in rows]
    total: NDArray[np.float32] = np.add.accumulate(rows)[-1]
    return total
