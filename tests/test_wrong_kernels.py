"""Wrong kernels: each is caught, and the test says whether the canary or a golden caught it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from fakes import HostBackend
from fractbench.goldens import goldens
from fractbench.problems import network
from fractbench.problems.network import NetworkProgram
from fractbench.tree import map_tree
from fractbench.verify import choose, verify
from wrong_ops import FusingOps


@dataclass(frozen=True)
class ForgivingRelu(NetworkProgram):
    """select(z > 0, z, 0) turns NaN into 0, and a diverged pixel into a converged one."""

    def forward(self, ops, net, samples):
        k = net["k"]
        u, _, _ = super().forward(ops, net, samples)
        h = network.guard(ops, k, ops.select(ops.less(k["zero"], u), u, k["zero"]), "unit")
        o = network.fold(ops, ops.mul(h, net["v"][:, None]))
        e = ops.sub(ops.mul(o, k["inverse_width"]), samples["y"])
        return u, h, network.guard(ops, k, e, "state")


@dataclass(frozen=True)
class LeakyTanh(NetworkProgram):
    """Saturates at 0.99999994, so that 1 - h*h never reaches 0."""

    def forward(self, ops, net, samples):
        below = np.float32(1) - np.float32(2.0**-24)
        real = network.tanh
        network.tanh = lambda o, k, x: np.clip(real(o, k, x), -below, below)
        try:
            return super().forward(ops, net, samples)
        finally:
            network.tanh = real


@dataclass(frozen=True)
class OtherOrder(NetworkProgram):
    """Sums the output's terms from left to right instead of folding them."""

    def forward(self, ops, net, samples):
        real = network.fold
        network.fold = lambda o, terms: network.fold_left(o, list(terms))
        try:
            return super().forward(ops, net, samples)
        finally:
            network.fold = real


def with_program(kind):
    def spoil(kernel):
        p = kernel._program
        if isinstance(p, NetworkProgram):
            kernel._program = kind(p.activation, p.minibatch, p.offset)
            kernel._run = kernel._compiled(watch=False)

    return spoil


def with_inputs(change):
    def spoil(kernel):
        change(kernel._fixed)
        kernel._run = kernel._compiled(watch=False)

    return spoil


def drop_a_sample(fixed):
    if "X" in fixed["shared"]:
        fixed["shared"]["X"][:, -1] = 0
        fixed["shared"]["Y"][-1] = 0


def last_19(fixed):
    late = fixed["frames"].get("late")
    if late is not None and late.sum() == 20:
        late[np.argmax(late)] = False


def steps_off(by):
    def spoil(kernel):
        steps = kernel._problem.steps + by
        kernel._fixed["frames"] = map_tree(
            lambda a: a[np.minimum(np.arange(steps), len(a) - 1)], kernel._fixed["frames"]
        )
        object.__setattr__(kernel, "_problem", kernel._problem.with_steps(steps))
        kernel._run = kernel._compiled(watch=False)

    return spoil


def swap_axes(kernel):
    run = kernel._run
    kernel._run = lambda p: run({**p, "x": p["y"], "y": p["x"]} if "y" in p else p)


WRONG = {
    "a fused multiply-add": ("canary: contraction", {"ops": FusingOps}, "tanh"),
    "a sample dropped": ("golden", {"spoil": with_inputs(drop_a_sample)}, "tanh"),
    "another order": ("golden", {"spoil": with_program(OtherOrder)}, "tanh"),
    "axes swapped": ("golden", {"spoil": swap_axes}, "tanh"),
    "last 20 as 19": ("golden", {"spoil": with_inputs(last_19)}, "single"),
    "one step less": ("golden", {"spoil": steps_off(-1)}, "single"),
    "one step more": ("golden", {"spoil": steps_off(1)}, "single"),
    "relu that drops NaN": ("golden", {"spoil": with_program(ForgivingRelu)}, "relu"),
    "saturation at 0.99999994": ("golden", {"spoil": with_program(LeakyTanh)}, "tanh"),
}


def test_the_right_kernel_passes():
    backend = HostBackend()
    outcome = verify(backend, backend.device(None), choose(goldens(), ["single"], long=False))
    assert outcome.good


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_kernel_is_caught(name):
    catcher, how, problem = WRONG[name]
    backend = HostBackend(**how)
    chosen = choose(goldens(), [problem], long=False)
    outcome = verify(backend, backend.device(None), chosen)
    assert not outcome.good
    if catcher == "golden":
        assert not outcome.refusal
        assert outcome.mismatches
        assert outcome.mismatches[0].pixel is not None
    else:
        assert catcher in outcome.refusal


def test_a_mismatch_is_located_to_the_pixel_and_the_step():
    """One pixel of the relu map goes wrong at the step at which its loss overflows."""
    backend = HostBackend(spoil=with_program(ForgivingRelu))
    chosen = [g for g in goldens() if (g.problem, g.case) == ("relu", "corner")]
    [mismatch] = verify(backend, backend.device(None), chosen).mismatches
    assert mismatch.pixel is not None
    assert mismatch.step is not None
    assert mismatch.step > 0
    assert f"first {mismatch.pixel} from step {mismatch.step}" in str(mismatch)


def test_a_literal_fence_is_caught_by_the_canary():
    """XLA simplifies a literal -0.0 away and contracts again; only a run-time one holds."""
    ops = pytest.importorskip("fractbench_jax.ops", exc_type=ImportError)
    import jax
    import jax.numpy as jnp

    from fractbench.arithmetic.canary import check
    from fractbench.arithmetic.formats import FLOAT32
    from fractbench.errors import CanaryError

    class LiteralFence(ops.JaxOps):
        def mul(self, a, b):
            return a * b + jnp.float32(-0.0)

        def compile(self, program, fixed):
            fixed = map_tree(self.upload, fixed)
            traced = jax.jit(lambda held, pixels: program(self, held, pixels))
            return lambda pixels: map_tree(np.asarray, traced(fixed, pixels))

    with pytest.raises(CanaryError, match=r"canary: (contraction|accumulation)"):
        check(LiteralFence(jax.devices("cpu")[0], FLOAT32), FLOAT32, "jax:cpu")
