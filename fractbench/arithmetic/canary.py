"""The canary: a small program with known answers, run on a device before any map is.

No user's flags (XLA's fast-math options and the like), no compiler and no driver can then change
bits in silence: a device that fuses, re-associates, loses a zero's sign or mistreats NaN is
refused with a sentence that names what it did.
"""

from __future__ import annotations

import numpy as np

from fractbench.arithmetic.bits import same_bits
from fractbench.arithmetic.coefficients import TANH
from fractbench.arithmetic.constants import common, scalar
from fractbench.arithmetic.fold import fold
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.host import HostOps
from fractbench.arithmetic.ops import Array, Ops
from fractbench.arithmetic.reciprocal import reciprocal
from fractbench.arithmetic.sin2pi import cos2pi, sin2pi
from fractbench.arithmetic.tanh import tanh
from fractbench.arithmetic.two_sum import two_sum
from fractbench.errors import CanaryError
from fractbench.tree import Tree

MEANING = {
    "contraction": "fuses a product into a sum",
    "accumulation": "fuses or reorders a running sum of products",
    "association": "re-associates sums or products",
    "signed_zero": "loses the sign of a zero",
    "select": "compares or selects NaN wrongly",
    "nearest": "rounds to integers otherwise than ties to even",
    "two_sum": "simplifies a compensated sum",
    "fold": "folds in another order",
    "gather": "gathers wrongly",
    "reciprocal": "computes the reciprocal otherwise",
    "tanh": "computes tanh otherwise",
    "sin2pi": "computes sin or cos otherwise",
}
_checked: set[tuple[type, str, str]] = set()


def canary(ops: Ops, fixed: Tree, pixels: Tree) -> dict[str, Array]:
    """Exercise every operation in the patterns that compilers like to rewrite."""
    k, a, b, c = fixed["k"], pixels["a"], pixels["b"], pixels["c"]
    nan = ops.mul(ops.sub(k["infinity"], k["infinity"]), c)
    large = ops.mul(a, fixed["large"])

    def body(o: Ops, carry: Tree, x: Tree, held: Tree) -> Tree:
        return {"sum": o.add(carry["sum"], o.mul(x["row"], held["b"]))}

    rows = fixed["rows"]
    running, _ = ops.scan(body, {"sum": c}, {"row": rows}, {"b": b}, rows.shape[0])
    high, low = two_sum(ops, a, ops.mul(b, k["band_slope"]))
    columns = ops.broadcast(rows, (rows.shape[0], a.shape[0]))
    return {
        "contraction": ops.concat([ops.sub(ops.mul(a, b), c), ops.sub(c, ops.mul(a, b)),
                                   ops.add(ops.mul(a, b), ops.mul(b, c))]),
        "accumulation": running["sum"],
        "association": ops.concat([ops.sub(ops.add(a, fixed["shift"]), fixed["shift"]),
                                   ops.mul(ops.mul(large, fixed["large"]), fixed["small"]),
                                   ops.mul(ops.mul(a, b), c)]),
        "signed_zero": ops.concat([ops.mul(ops.sub(a, a), k["minus_one"]),
                                   ops.add(ops.mul(ops.sub(a, a), k["minus_one"]),
                                           ops.mul(ops.sub(b, b), k["minus_one"]))]),
        "select": ops.concat([ops.select(ops.less(nan, k["zero"]), k["zero"], nan),
                              ops.select(ops.either(ops.equal(nan, nan), ops.less(c, a)), a, b),
                              ops.select(ops.less(k["zero"], nan), nan, c)]),
        "nearest": ops.nearest(fixed["ties"]),
        "two_sum": ops.concat([high, low]),
        "fold": fold(ops, ops.mul(columns, b)),
        "gather": a[fixed["picks"]],
        "reciprocal": reciprocal(ops, k, fixed["specials"]),
        "tanh": ops.concat([tanh(ops, k, fixed["ramp"]), tanh(ops, k, fixed["specials"])]),
        "sin2pi": ops.concat([sin2pi(ops, k, fixed["ramp"]), cos2pi(ops, k, fixed["ramp"])]),
    }  # fmt: skip


def arguments(fmt: Format) -> tuple[Tree, Tree]:
    """Return the canary's `fixed` and `pixels`: host arrays without a subnormal number."""
    generator = np.random.Generator(np.random.PCG64(2402_06184))
    ulp, digits = 2.0 ** (1 - fmt.precision), fmt.precision - 4
    overflowing = fmt.emax * 100 // 127

    def uniform(*shape: int) -> np.ndarray:
        drawn = generator.integers(1, 1 << digits, shape) * 2.0 ** (2 - digits)
        return (drawn + ulp).astype(fmt.dtype)

    limit = TANH[fmt.name]["limit"][0]
    specials = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 3.0, 9.25, 2.0**-20, 6.5, 7.5,
                limit, -limit, limit * (1 + ulp), -limit * (1 + ulp)]  # fmt: skip
    fixed = {
        "k": common(fmt),
        "rows": uniform(11, 1),
        "large": scalar(2.0**overflowing, fmt),
        "small": scalar(2.0**-overflowing, fmt),
        "shift": scalar(1.5 * 2.0 ** (fmt.precision - 1), fmt),
        "ties": np.array([0.5, 1.5, 2.5, -0.5, -1.5, 2.25, 7.75], fmt.dtype),
        "picks": np.array([3, 0, 0, 2], np.int32),
        "specials": np.array(specials, fmt.dtype),
        "ramp": (uniform(64) * 2.5 - 5).astype(fmt.dtype),
    }
    a, b = uniform(32), uniform(32)
    # The product of the first pair is a tie that rounds away its last bit: fused, it stays.
    a[0] = 1 + 2.0 ** -(fmt.precision // 2)
    b[0] = 1 + 2.0 ** -(fmt.precision - fmt.precision // 2)
    return fixed, {"a": a, "b": b, "c": a * b}


def check(ops: Ops, fmt: Format, device: str) -> None:
    """Run the canary once per Ops class and device in this process.

    Raises:
        CanaryError: an answer differs; the text names the first operation that went wrong.
    """
    key = (type(ops), device, fmt.name)
    if key in _checked:
        return
    fixed, pixels = arguments(fmt)
    expected = HostOps(fmt).compile(canary, fixed)(pixels)
    try:
        found = ops.compile(canary, fixed)(pixels)
    except Exception as error:
        raise CanaryError(
            f"{device} cannot run the canary ({type(error).__name__}); unset debugging options of "
            "the framework, or report it"
        ) from error
    for name, meaning in MEANING.items():
        if not same_bits(expected[name], np.asarray(found[name])):
            raise CanaryError(
                f"{device} {meaning}, so its maps would not be strict (canary: {name}); unset "
                "fast-math flags (XLA_FLAGS and the like) and report it if it stays"
            )
    _checked.add(key)
