"""PerturbedProgram: the kernel text of a network's difference from a reference orbit.

A pixel's state is that of the reference plus 2**(-16 L) times a difference of ordinary size; L,
its level, falls as the difference grows, exactly, until it is 0. With sigma = 2**(-16 L), du the
scaled difference of u = c x W, and so on (docs/deep.md derives them):

    dh = du tanh(sigma du)/(sigma du) q / (1 + h tanh(sigma du))     q = 1 - h h
    dq = -(2 h + sigma dh) dh
    d(d v q) = dd (v + sigma dv)(q + sigma dq) + d (dv (q + sigma dq) + v dq)
    dW <- dW - ((eta + sigma deta) dG + deta G)

and nothing cancels. Names: a capital D before a reference's name is the scaled difference from it.
Layout as in problems/network.py; the reference's arrays have one pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

from fractbench import measure
from fractbench.arithmetic.fold import fold
from fractbench.arithmetic.guard import guard
from fractbench.arithmetic.ops import Array, Ops
from fractbench.problems.network import (
    Activation,
    NetworkProgram,
    Offset,
    add_products,
    drawn,
    over_blocks,
)
from fractbench.tree import Tree
from fractbench.zoom.activation import changes
from fractbench.zoom.levels import lowered, sigma_of


@dataclass(frozen=True)
class PerturbedProgram(NetworkProgram):
    """Static choices of the text: the activation, the batch mode and the meaning of the x axis."""

    activation: Activation
    minibatch: bool
    offset: Offset

    def start(self, ops: Ops, fixed: Tree, pixels: Tree) -> dict[str, Array]:
        """Return no difference (or that of the offset) at the level that the pixels begin with."""
        k, count = fixed["constants"], pixels["x"].shape[0]
        units = fixed["shared"]["X"].shape[0]
        zero = ops.broadcast(k["zero"], (count,))
        W = ops.broadcast(k["zero"], (units, units, count))
        if self.offset != "none":
            W = ops.add(W, pixels["x"])
        state = {
            "W": W,
            "v": ops.broadcast(k["zero"], (units, count)),
            "level": ops.broadcast(fixed["shared"]["level"], (count,)),
            "x": pixels["x"],
            "y": pixels["y"],
        }
        return (
            state
            | {"signal": zero, "loss_0": zero, "inverse_0": zero}
            | measure.start(ops, k, count)
        )

    def step(self, ops: Ops, state: Tree, frame: Tree, args: Tree) -> dict[str, Array]:
        """Take the loss, one gradient step of the difference and one step of the measure."""
        fixed, _ = args
        k, shared = fixed["constants"], fixed["shared"]
        sigma, inverse = sigma_of(ops, k, state["level"])
        net = {"W": state["W"], "v": state["v"], "k": k, "sigma": sigma, "inverse": inverse,
               "v_ref": frame["v"]}  # fmt: skip
        names = ("u", "h", "q", "e", "d")
        data = {"x": shared["X"], **{name: frame[name] for name in names}}
        zero = ops.broadcast(k["zero"], state["x"].shape)
        sums = {name: ops.broadcast(k["zero"], tuple(state[name].shape)) for name in ("W", "v")}
        sums |= {"L": zero}
        if self.minibatch:
            L = over_blocks(ops, self.loss_block, {"L": zero}, data, net)["L"]
            sums = over_blocks(ops, self.full_block, sums, drawn(data, frame["order"]), net)
            sums = {**sums, "L": L}
        else:
            sums = over_blocks(ops, self.full_block, sums, data, net)
        loss = ops.mul(sums["L"], k["inverse_samples"])
        known = {**frame, **{n: shared[n] for n in ("rate_W", "rate_v")}, "sigma": sigma}
        moved = self.update_difference(ops, k, state, sums, known)
        return moved | self.judge(ops, k, state, loss, frame)

    def update_difference(
        self, ops: Ops, k: Tree, state: Tree, sums: Tree, known: Tree
    ) -> dict[str, Array]:
        """Return the difference after the step, its level lowered where it has grown."""
        rate = {"W": "x", "v": "y"} if self.offset == "none" else {"W": "y", "v": "y"}
        new = {}
        for name, gradient in (("W", "gW"), ("v", "gv")):
            change = state[rate[name]]
            whole = ops.add(known[f"rate_{name}"], ops.mul(known["sigma"], change))
            way = ops.add(ops.mul(whole, sums[name]), ops.mul(change, known[gradient]))
            new[name] = ops.sub(state[name], way)
        if self.offset == "drift":
            new["W"] = ops.add(new["W"], state["x"])
        return lowered(ops, k, new | {name: state[name] for name in ("level", "x", "y")})

    def error(self, ops: Ops, net: Tree, samples: Tree) -> dict[str, Array]:
        """Return what a block of samples makes of the differences, up to the error's."""
        k, x = net["k"], samples["x"]
        z = ops.mul(x[0], net["W"][0][:, None])
        for i in range(1, net["W"].shape[0]):
            z = ops.mad(x[i], net["W"][i][:, None], z)
        Du = guard(ops, k, ops.mul(z, k["scale"]), "slope")
        out = changes(ops, k, self.activation, Du, net, samples)
        Dv = net["v"][:, None]
        v = ops.add(net["v_ref"][:, None], ops.mul(net["sigma"], Dv))
        terms = ops.add(ops.mul(samples["h"], Dv), ops.mul(out["Dh"], v))
        De = guard(ops, k, ops.mul(fold(ops, terms), k["inverse_width"]), "state")
        e = guard(ops, k, ops.add(samples["e"], ops.mul(net["sigma"], De)), "state")
        return out | {"De": De, "e": e, "v": v, "Dv": Dv}

    def loss_block(self, ops: Ops, sums: Tree, samples: Tree, net: Tree) -> dict[str, Array]:
        """Add a block's squared errors, sample by sample."""
        e = self.error(ops, net, samples)["e"]
        return {"L": add_products(ops, sums["L"], e, e)}

    def full_block(self, ops: Ops, sums: Tree, samples: Tree, net: Tree) -> dict[str, Array]:
        """Add a block's squared errors and changes of gradients, sample by sample."""
        k, new = net["k"], self.error(ops, net, samples)
        Dd = guard(ops, k, ops.mul(new["De"], k["slope"]), "slope")
        d, v_ref = samples["d"], net["v_ref"][:, None]
        Dv_q = ops.mul(new["Dv"], new["q"])
        if self.activation != "identity":
            Dv_q = ops.add(Dv_q, ops.mul(v_ref, new["Dq"]))
        back = ops.add(ops.mul(Dd, ops.mul(new["v"], new["q"])), ops.mul(d, Dv_q))
        back = guard(ops, k, ops.mul(back, k["scale"]), "slope")
        x, gW = samples["x"], sums["W"]
        for s in range(Dd.shape[0]):
            gW = ops.mad(x[:, s][:, None], back[:, s], gW)
        whole = guard(ops, k, ops.add(d, ops.mul(net["sigma"], Dd)), "slope")
        terms = ops.add(ops.mul(Dd, samples["h"]), ops.mul(whole, new["Dh"]))
        gv = sums["v"]
        for s in range(Dd.shape[0]):
            gv = ops.add(gv, terms[:, s])
        return {"W": gW, "v": gv, "L": add_products(ops, sums["L"], new["e"], new["e"])}
