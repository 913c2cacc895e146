"""compiled: questions with known answers for kernels whose text a compiler of C turns into code.

The fused kernels do not run through `Ops`, so the canary of canary.py cannot question them. Each
has an entry point of its own that answers rows of numbers; these are the questions and answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.canary import arguments
from fractbench.arithmetic.constants import common
from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.ops import Array, Ops
from fractbench.arithmetic.reciprocal import reciprocal
from fractbench.arithmetic.sin2pi import cos2pi, sin2pi
from fractbench.arithmetic.tanh import tanh
from fractbench.arithmetic.two_sum import two_sum
from fractbench.reference import reference_ops
from fractbench.tree import Tree

COUNT = 96
"""Questions of a row: a multiple of every vector and of 32 lanes."""
GIVEN = ("a", "b", "c", "special")

Answer = Callable[[Ops, Tree, Tree], Array]
ANSWERS: dict[str, Answer] = {
    "a product in a sum": lambda o, k, q: o.sub(o.mul(q["a"], q["b"]), q["c"]),
    "the listed multiply-and-add": lambda o, k, q: o.mad(
        q["a"], q["b"], o.mul(q["c"], k["minus_one"])
    ),
    "a compensated sum": lambda o, k, q: two_sum(o, q["a"], o.mul(q["b"], q["c"]))[0],
    "its error": lambda o, k, q: two_sum(o, q["a"], o.mul(q["b"], q["c"]))[1],
    "the reciprocal": lambda o, k, q: reciprocal(o, k, q["special"]),
    "tanh": lambda o, k, q: tanh(o, k, q["special"]),
    "sin": lambda o, k, q: sin2pi(o, k, q["a"]),
    "cos": lambda o, k, q: cos2pi(o, k, q["special"]),
    "NaN in a select": lambda o, k, q: o.select(
        o.less(q["special"], k["zero"]), k["zero"], q["special"]
    ),
}
"""What a compiled kernel is asked, in terms of the rows of `GIVEN`."""


def answers(
    arithmetic: Arithmetic, names: Sequence[str]
) -> tuple[NDArray[Any], list[NDArray[Any]]]:
    """Return the questions, (4, COUNT), and the host's answers to the named rows, (COUNT,) each."""
    given, known = _all(arithmetic)
    return given, [known[name] for name in names]


@lru_cache
def _all(arithmetic: Arithmetic) -> tuple[NDArray[Any], dict[str, NDArray[Any]]]:
    """Compute each Arithmetic's answers once; they are the same for every library."""
    fixed, pixels = arguments(arithmetic.format)
    specials = np.concatenate([fixed["specials"], fixed["ramp"]])
    rows = [*(pixels[name] for name in GIVEN[:3]), specials]
    given = np.ascontiguousarray(np.stack([np.resize(row, COUNT) for row in rows]))

    def program(ops: Ops, k: Tree, questions: Tree) -> Tree:
        return {name: answer(ops, k, questions) for name, answer in ANSWERS.items()}

    run = reference_ops(arithmetic).compile(program, common(arithmetic.format))
    return given, run(dict(zip(GIVEN, given, strict=True)))
