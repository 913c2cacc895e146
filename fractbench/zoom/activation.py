"""What a difference of u makes of h = act(u) and of its slope q, without cancellation."""

from __future__ import annotations

from fractbench.arithmetic.guard import guard
from fractbench.arithmetic.horner import horner
from fractbench.arithmetic.ops import Array, Ops
from fractbench.arithmetic.reciprocal import newton_reciprocal
from fractbench.problems.network import Activation
from fractbench.tree import Tree


def changes(
    ops: Ops, k: Tree, activation: Activation, Du: Array, net: Tree, samples: Tree
) -> dict[str, Array]:
    """Return ``Dh`` and ``Dq``, the scaled differences, and ``q``, the slope itself.

    Args:
        ops: the arithmetic.
        k: constants.
        activation: which.
        Du: the scaled difference, (units, samples, pixels).
        net: holds ``sigma`` and ``inverse``, (pixels,).
        samples: holds the reference's ``u``, ``h`` and ``q``, (units, samples, 1).
    """
    if activation == "identity":
        return {"Dh": guard(ops, k, Du, "change"), "q": k["one"]}
    if activation == "relu":
        return relu(ops, k, Du, net, samples)
    return bent(ops, k, Du, net, samples)


def relu(ops: Ops, k: Tree, Du: Array, net: Tree, samples: Tree) -> dict[str, Array]:
    """Return the changes of max(u, 0) by cases; all in units of sigma, as far as 1/sigma is known.

    Where it is not, no gate turns.
    """
    u, q, inverse = samples["u"], samples["q"], net["inverse"]
    was = ops.less(k["zero"], q)
    step = ops.mul(u, inverse)
    whole = ops.add(Du, step)
    on = ops.less(k["zero"], ops.select(ops.less(k["zero"], inverse), whole, u))
    left = ops.select(was, ops.sub(k["zero"], step), k["zero"])
    Dh = ops.select(on, ops.select(was, Du, whole), left)
    Dh = ops.select(ops.equal(Du, Du), Dh, Du)  # NaN is not below 0, it is NaN
    new = ops.select(on, k["one"], ops.mul(q, k["zero"]))
    Dq = ops.mul(ops.sub(new, q), inverse)
    return {"Dh": guard(ops, k, Dh, "change"), "Dq": Dq, "q": new}


def bent(ops: Ops, k: Tree, Du: Array, net: Tree, samples: Tree) -> dict[str, Array]:
    """Return the changes of tanh: by the addition theorem where |sigma Du| < 1/2, else directly.

    tanh(a) = a P/Q with a = sigma Du gives dh = Du P q / (Q + h a P); one rational function and
    one reciprocal serve both cases.
    """
    sigma, inverse, u, h, q = (*(net[n] for n in ("sigma", "inverse")),
                               *(samples[n] for n in ("u", "h", "q")))  # fmt: skip
    change = ops.mul(sigma, Du)
    near = ops.less(ops.absolute(change), k["half"])
    a = ops.select(near, change, ops.add(u, change))
    t = ops.mul(a, a)
    P, Q = horner(ops, k["tanh_numerator"], t), horner(ops, k["tanh_denominator"], t)
    aP = ops.mul(a, P)
    top = ops.select(near, ops.mul(ops.mul(Du, P), q), aP)
    bottom = ops.select(near, ops.add(Q, ops.mul(h, aP)), Q)
    y = ops.mul(top, newton_reciprocal(ops, k, bottom))
    far = ops.select(ops.less(k["tanh_limit"], a), k["one"], y)
    far = ops.select(ops.less(a, ops.mul(k["tanh_limit"], k["minus_one"])), k["minus_one"], far)
    Dh = ops.select(near, y, ops.mul(ops.sub(far, h), inverse))
    Dh = guard(ops, k, Dh, "change")
    bend = ops.add(ops.mul(k["two"], h), ops.mul(sigma, Dh))
    Dq = ops.mul(ops.mul(bend, Dh), k["minus_one"])
    slope = ops.sub(k["top"], ops.mul(far, far))
    new = ops.select(near, ops.add(q, ops.mul(sigma, Dq)), slope)
    Dq = ops.select(near, Dq, ops.mul(ops.sub(new, q), inverse))
    return {"Dh": Dh, "Dq": Dq, "q": new}
