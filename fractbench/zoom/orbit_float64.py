"""The reference orbit under `strict` float64, on the host: enough while pixels are 2e-9 apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.exact import power_of_ten
from fractbench.arithmetic.formats import FLOAT64
from fractbench.arithmetic.host import HostOps
from fractbench.problems.mlp import Mlp
from fractbench.problems.network import drawn
from fractbench.tree import row
from fractbench.zoom.orbit import Orbit, Recorder, converged
from fractbench.zoom.place import Place

BITS = FLOAT64.precision


def orbit_float64(problem: Mlp, place: Place) -> Orbit:
    """Train one pixel with the problem's own kernel text and keep every step."""
    ops, inputs, program = HostOps(FLOAT64), problem.inputs(FLOAT64), problem.program
    k, shared = inputs["constants"], inputs["shared"]
    at = {n: np.array([power_of_ten(getattr(place, n), FLOAT64)]) for n in ("x", "y")}
    data, record = {"x": shared["X"], "y": shared["Y"]}, Recorder(problem.steps)
    losses = np.zeros(problem.steps)
    with np.errstate(all="ignore"):
        state = program.start(ops, inputs, at)
        for step in range(problem.steps):
            net = {"W": state["W"], "v": state["v"], "k": k}
            u, h, e = program.forward(ops, net, data)
            order = row(inputs["frames"], step).get("order")
            sums = gradients(program, ops, data if order is None else drawn(data, order), net)
            record.add(step, u=u, h=h, q=slope(problem.activation, u, h), e=e, d=e * k["slope"],
                       v=state["v"], gW=sums["gW"], gv=sums["gv"])  # fmt: skip
            losses[step] = np.mean(e * e)
            state = state | program.update(ops, k, net, sums, at)
    rates = float(at["x" if problem.offset == "none" else "y"][0]), float(at["y"][0])
    good = converged(losses, problem.steps)
    return Orbit(place, rates, record.frames, BITS, good)


def gradients(program: Any, ops: HostOps, batch: Any, net: Any) -> dict[str, NDArray[np.float64]]:
    """Return the gradient's sums over a batch."""
    start = {"gW": np.zeros_like(net["W"]), "gv": np.zeros_like(net["v"]), "L": np.zeros(1)}
    found: dict[str, NDArray[np.float64]] = program.full_block(ops, start, batch, net)
    return found


def slope(
    activation: str, u: NDArray[np.float64], h: NDArray[np.float64]
) -> NDArray[np.float64]:  # fmt: skip
    """Return the slope of the activation."""
    if activation == "identity":
        return np.ones_like(u)
    return np.asarray(u > 0, np.float64) if activation == "relu" else 1 - h * h
