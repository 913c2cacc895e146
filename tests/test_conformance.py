"""Every Backend that is here gives every short golden; JAX and NumPy give a long one."""

from __future__ import annotations

import re
import types
from pathlib import Path

import pytest

from fakes import HostBackend
from fractbench.arithmetic.contract import PERTURBED
from fractbench.goldens import goldens
from fractbench.registry import load, status
from fractbench.testing import ConformanceError, check_backend
from fractbench.verify import offered, verify
from helpers import absent


def usable(name):
    """Return a Backend; where CI runs, all of them must be there."""
    state = status(name)
    if not state.available:
        absent(f"{name}: {state.reason}")
    return load(name)


STRICT = [g for g in goldens() if not g.long and g.contract == "strict"]
DEEP = [g for g in goldens() if g.contract == PERTURBED]
"""Every backend that has `strict` has them, too."""


@pytest.mark.parametrize("name", ["mlx", "jax", "torch"])
def test_all_short_goldens(name):
    outcome = check_backend(usable(name), "cpu")
    assert outcome.good
    assert DEEP
    assert outcome.matched == len(STRICT) + len(DEEP)


def test_all_short_goldens_that_gpus_have_kernels_for():
    names = ("mlx", "jax", "torch", "opencl")
    devices = [device for name in names for device in status(name).devices]
    gpus = [device for device in devices if not device.name.startswith("cpu")]
    if not gpus:
        pytest.skip("no GPU is here")
    for gpu in gpus:
        backend = load(gpu.backend)
        able = [g for g in goldens() if not g.long and offered(backend, gpu, g.plan())]
        assert any(g.contract == "strict" for g in able)
        assert check_backend(backend, gpu.name).matched == len(able)


def test_all_short_goldens_of_the_reference():
    """Without those of `fma`, which its emulation would take a minute to make."""
    backend = usable("numpy")
    assert check_backend(backend, problems=["single"]).good
    assert verify(backend, backend.device("cpu"), STRICT + DEEP).matched == len(STRICT + DEEP)


@pytest.mark.parametrize(
    ("name", "problem"),
    [("jax", g.problem) for g in goldens() if g.case == "whole"]
    + [("numpy", name) for name in ("single", "linear", "newton", "mandelbrot")],
)
def test_a_whole_training(name, problem):
    backend = usable(name)
    chosen = [g for g in goldens() if (g.problem, g.case) == (problem, "whole")]
    assert verify(backend, backend.device("cpu"), chosen).matched == 1


def test_what_run_makes_by_default_is_golden():
    backend = usable("jax")
    chosen = [g for g in goldens() if (g.problem, g.case) == ("tanh", "quick")]
    assert verify(backend, backend.device("cpu"), chosen).matched == 1


def test_goldens_are_what_the_issue_of_them_promises():
    for golden in goldens():
        kind = r"((strict|fma)-float(32|64)|perturbed-float32)"
        assert re.fullmatch(rf"{kind}-1:sha256:[0-9a-f]{{64}}", golden.digest)
        assert golden.digest.startswith(f"{golden.contract}-{golden.dtype}-")
        plan = golden.plan()
        assert plan.key == golden.key
        if not golden.long and golden.case != "late":
            assert golden.steps <= 12
            assert plan.grid.pixels <= 256
    cases = {(g.problem, g.case) for g in goldens()}
    for problem in {g.problem for g in goldens() if g.case == "quick"}:
        for case in ("inside", "outside", "boundary", "pixel", "odd", "row", "whole"):
            assert (problem, case) in cases
    assert len({g.key for g in goldens()}) >= len(goldens()) - 2


def test_a_backend_that_breaks_a_rule_is_told_which():
    class Old(HostBackend):
        api = 2

    with pytest.raises(ConformanceError, match="declares api 2, not 1"):
        check_backend(Old())

    def forget_the_first_tile(kernel):
        run, seen = kernel._run, []

        def late(pixels):
            seen.append(pixels)
            return run(seen[max(0, len(seen) - 2)])

        kernel._run = late

    with pytest.raises(ConformanceError, match="host:cpu misses the golden of"):
        check_backend(HostBackend(forget_the_first_tile), problems=["single"])
    with pytest.raises(ConformanceError, match="no golden belongs to nothing"):
        check_backend(HostBackend(), problems=["nothing"])


def test_the_example_in_the_docs_is_short_and_conforms():
    text = (Path(__file__).parents[1] / "docs" / "backends.md").read_text()
    example = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert example is not None
    assert len(example[1].splitlines()) < 60
    module = types.ModuleType("tiny")
    exec(compile(example[1], "docs/backends.md", "exec"), module.__dict__)
    assert check_backend(module.backend, problems=["single", "mandelbrot", "quadratic-2d"]).good
