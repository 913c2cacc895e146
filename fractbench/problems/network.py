"""The kernel text of the one-hidden-layer network under gradient descent.

z = sum_i x_i W_ij in order of i; h = act(c z); o = fold(h v); e = o/n - y; the loss is the mean of
e^2; gradients run over samples in order (docs/contract.md gives the tree, problems/mlp.py the
sources). Layout: the pixel is the last axis, W is (inputs i, units j, pixels), x is
(inputs, samples, 1 or pixels), what a block of samples yields is (units j, samples, pixels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fractbench import measure
from fractbench.arithmetic.fold import fold, fold_left
from fractbench.arithmetic.guard import guard
from fractbench.arithmetic.ops import Array, Body, Ops
from fractbench.arithmetic.reciprocal import reciprocal
from fractbench.arithmetic.tanh import tanh
from fractbench.problems.base import Program
from fractbench.tree import Tree, map_tree

Activation = Literal["tanh", "relu", "identity"]
Offset = Literal["none", "once", "drift"]


@dataclass(frozen=True)
class NetworkProgram(Program):
    """Static choices of the text: the activation, the batch mode and the meaning of the x axis."""

    activation: Activation
    minibatch: bool
    offset: Offset

    def start(self, ops: Ops, fixed: Tree, pixels: Tree) -> dict[str, Array]:
        """Return weights, empty accumulators and the first loss, which is not known yet."""
        k, count = fixed["constants"], pixels["x"].shape[0]
        first = pixels if "W" in pixels else fixed["shared"]
        W = ops.broadcast(first["W"], (*first["W"].shape[:2], count))
        v = ops.broadcast(first["v"], (first["v"].shape[0], count))
        if self.offset != "none":
            W = guard(ops, k, ops.add(W, pixels["x"]), "state")
        zero = ops.broadcast(k["zero"], (count,))
        state = {"W": W, "v": v, "signal": zero, "loss_0": zero, "inverse_0": zero}
        return state | measure.start(ops, k, count)

    def step(self, ops: Ops, state: Tree, frame: Tree, args: Tree) -> dict[str, Array]:
        """Take the loss, one gradient step and one step of the measure."""
        fixed, pixels = args
        k, shared = fixed["constants"], fixed["shared"]
        net = {"W": state["W"], "v": state["v"], "k": k}
        data = {"x": shared["X"], "y": shared["Y"]}
        zero = ops.broadcast(k["zero"], state["v"].shape[1:])
        sums = {"gW": _zeros(ops, k, net["W"]), "gv": _zeros(ops, k, net["v"]), "L": zero}
        if self.minibatch:
            L = over_blocks(ops, self.loss_block, {"L": zero}, data, net)["L"]
            sums = over_blocks(ops, self.full_block, sums, drawn(data, frame["order"]), net)
            sums = {**sums, "L": L}
        else:
            sums = over_blocks(ops, self.full_block, sums, data, net)
        loss = ops.mul(sums["L"], k["inverse_samples"])
        return self.update(ops, k, net, sums, pixels) | self.judge(ops, k, state, loss, frame)

    def update(self, ops: Ops, k: Tree, net: Tree, sums: Tree, pixels: Tree) -> dict[str, Array]:
        """Return the weights after the step; x, y are the rates of W, v, or offset and rate."""
        rate_W, rate_v = pixels["x"], pixels["y"]
        if self.offset != "none":
            rate_W = rate_v
        W = ops.sub(net["W"], ops.mul(rate_W, sums["gW"]))
        v = ops.sub(net["v"], ops.mul(rate_v, sums["gv"]))
        if self.offset == "drift":
            W = ops.add(W, pixels["x"])
        return {"W": guard(ops, k, W, "state"), "v": guard(ops, k, v, "state")}

    def judge(self, ops: Ops, k: Tree, state: Tree, loss: Array, frame: Tree) -> dict[str, Array]:
        """Return the accumulators after this step's loss."""
        first = frame["first"]
        loss_0 = ops.select(first, loss, state["loss_0"])
        inverse_0 = ops.select(first, reciprocal(ops, k, loss), state["inverse_0"])
        v = measure.relative(ops, k, loss, loss_0, inverse_0)
        sums = measure.observe(ops, k, state, v, frame["late"])
        return {"signal": loss, "loss_0": loss_0, "inverse_0": inverse_0, **sums}

    def forward(self, ops: Ops, net: Tree, samples: Tree) -> tuple[Array, Array, Array]:
        """Return the pre-activation u, the activation h and the error e of a block of samples."""
        k, W, x = net["k"], net["W"], samples["x"]
        z = ops.mul(x[0], W[0][:, None])
        for i in range(1, W.shape[0]):
            z = ops.mad(x[i], W[i][:, None], z)
        u = ops.mul(z, k["scale"])
        if self.activation == "tanh":
            h = tanh(ops, k, u)
        elif self.activation == "relu":
            h = ops.select(ops.less(u, k["zero"]), k["zero"], u)
        else:
            h = u
        h = guard(ops, k, h, "unit")
        o = fold(ops, ops.mul(h, net["v"][:, None]))
        e = ops.sub(ops.mul(o, k["inverse_width"]), samples["y"])
        return u, h, guard(ops, k, e, "state")

    def loss_block(self, ops: Ops, sums: Tree, samples: Tree, net: Tree) -> dict[str, Array]:
        """Add a block's squared errors, sample by sample."""
        _, _, e = self.forward(ops, net, samples)
        return {"L": add_products(ops, sums["L"], e, e)}

    def full_block(self, ops: Ops, sums: Tree, samples: Tree, net: Tree) -> dict[str, Array]:
        """Add a block's squared errors and gradients, sample by sample."""
        k, v = net["k"], net["v"][:, None]
        u, h, e = self.forward(ops, net, samples)
        d = ops.mul(e, k["slope"])
        back = ops.mul(d, v)
        if self.activation == "tanh":
            back = ops.mul(back, ops.sub(k["one"], ops.mul(h, h)))
        back = ops.mul(back, k["scale"])
        if self.activation == "relu":
            # Where sums of unrounded products may be subnormal, only the guarded h has a sure sign.
            gate = h if ops.fused else u
            back = ops.select(ops.less(k["zero"], gate), back, k["zero"])
        back = guard(ops, k, back, "slope")
        x = samples["x"]
        gW = sums["gW"]
        for s in range(e.shape[0]):
            gW = ops.mad(x[:, s][:, None], back[:, s], gW)
        gv = add_products(ops, sums["gv"], d[:, None], h.swapaxes(0, 1))
        return {"gW": gW, "gv": gv, "L": add_products(ops, sums["L"], e, e)}


def add_products(ops: Ops, total: Array, a: Array, b: Array) -> Array:
    """Return the total plus a b, row after row; products are taken at once where they may be."""
    if ops.fused:
        for s in range(a.shape[0]):
            total = ops.mad(a[s], b[s], total)
        return total
    return fold_left(ops, [total, *_rows(ops.mul(a, b))])


def over_blocks(ops: Ops, body: Body, carry: Tree, data: Tree, net: Tree) -> Tree:
    """Run `body` over all samples in order, `ops.block` at a time, the rest as a shorter block."""
    total = data["x"].shape[-2]
    size = block_size(total, ops.block)
    whole = total // size

    def blocks(samples: Array) -> Array:
        axis = len(samples.shape) - 2
        head = samples[..., : whole * size, :]
        shape = (*samples.shape[:axis], whole, size, samples.shape[-1])
        return head.reshape(shape).swapaxes(0, axis)

    if whole == 1:
        carry = body(ops, carry, map_tree(lambda a: a[..., :size, :], data), net)
    else:
        carry, _ = ops.scan(body, carry, map_tree(blocks, data), net, whole)
    if whole * size == total:
        return carry
    return body(ops, carry, map_tree(lambda a: a[..., whole * size :, :], data), net)


def block_size(total: int, wish: int) -> int:
    """Return a block size near the wish that divides `total`, so that no short block is left.

    XLA recomputes the forward pass in blocks of 4 or 8 samples, 20 times slower than in 16 or 34.
    """
    if total <= 2 * wish:
        return total
    return next((size for size in range(wish, 4 * wish) if total % size == 0), wish)


def drawn(data: Tree, order: Array) -> dict[str, Array]:
    """Return the samples of one minibatch; `order` is (batch,), or (batch, pixels) per pixel."""
    if len(order.shape) == 1:
        return {n: a[order] if len(a.shape) == 2 else a[:, order] for n, a in data.items()}
    return {"x": data["x"][..., 0][:, order], "y": data["y"][:, 0][order]}


def _zeros(ops: Ops, k: Tree, like: Array) -> Array:
    return ops.broadcast(k["zero"], tuple(like.shape))


def _rows(terms: Array) -> list[Array]:
    return [terms[s] for s in range(terms.shape[0])]
