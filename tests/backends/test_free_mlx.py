"""MLX's free kernels: the strict host's numbers up to rounding, and no lasting side effects."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from fractbench.arithmetic.contract import Arithmetic, arithmetic
from fractbench.arithmetic.formats import FORMATS
from fractbench.errors import UsageError
from fractbench.free import training
from fractbench.problems.catalogue import problem
from free_cases import (
    KERNELS,
    LOSSES,
    MLP,
    SUMS,
    chosen,
    kernel,
    most_losses_alive,
    part,
    relative_errors,
    share_of_other_classes,
    smooth,
    strict_losses,
    tile,
    ulps_off,
)
from helpers import backend

NAME = "mlx"
BACKEND = backend(NAME)
CPU = BACKEND.device("cpu")
ULPS = 100
DTYPES = ("float32", "float64", "bfloat16", "float16")
REFUSED = ("tf32",)
mx = pytest.importorskip("mlx.core")


@pytest.fixture(autouse=True)
def uncompiled():
    """Keep g++ away, which takes seconds for every idiomatic step; test_compiled has it."""
    mx.disable_compile()
    yield
    mx.enable_compile()


def added(net, dtype):
    """Return the accumulators of LOSSES."""
    from fractbench_mlx import sums

    with mx.stream(mx.cpu):
        made = sums.start(LOSSES.shape[1], getattr(mx, dtype))
        for step, row in enumerate(LOSSES):
            late = mx.array(step >= net.steps - net.late)
            loss = mx.array(row, dtype=getattr(mx, dtype))
            made = sums.observe(made, loss, mx.array(step == 0), late)
        return sums.result(made)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", MLP)
def test_the_first_losses(spec, which, dtype):
    assert ulps_off(NAME, chosen(spec, 4), which, dtype) < ULPS


@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("draws", ["weights", "order", "both"])
def test_draws_per_pixel(draws, which):
    assert ulps_off(NAME, chosen("minibatch", 4, draws), which) < ULPS


def test_weights_per_pixel_with_an_offset():
    assert ulps_off(NAME, chosen("weight-drift", 4, "weights"), "tuned") < ULPS


@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("sizes", [(1, 33), (5, 67), (64, 19)])
def test_widths_and_samples(sizes, which):
    width, samples = sizes
    assert ulps_off(NAME, chosen("tanh", 4, width=width, samples=samples), which) < ULPS


@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", MLP)
def test_the_classes_of_a_map(spec, which):
    assert share_of_other_classes(NAME, spec, which) <= 0.02


@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("size", [1, 7, 20])
def test_any_tile_size(size, which):
    subject = chosen("minibatch", 4, "both")
    whole, made = tile(subject, 5, 4, window=smooth(subject)), kernel(NAME, subject, which)
    parts = [made.run(part(whole, at, min(size, 20 - at))) for at in range(0, 20, size)]
    losses = strict_losses(subject)
    expected = {"sum_v": losses / losses[0], "sum_inverse": losses[0] / losses}
    for name in subject.accumulators:
        found = np.concatenate([sums[name] for sums in parts])
        assert found.dtype == np.float32
        assert found.shape == (20,)
        if name in expected:
            np.testing.assert_allclose(found, expected[name].sum(axis=0), rtol=1e-5)


def test_blocks_keep_their_order():
    subject = chosen("tanh", 4)
    made = kernel(NAME, subject, "tuned")
    made.block = 3
    found = made.trajectory(tile(subject, 5, 4, window=smooth(subject)))
    np.testing.assert_allclose(found, strict_losses(subject), rtol=1e-5)


@pytest.mark.parametrize(("which", "step"), [("tuned", "_step"), ("idiomatic", "_compiled")])
def test_losses_are_kept_for_trajectories_only(which, step):
    subject = chosen("tanh", 40)
    made, given = kernel(NAME, subject, which), tile(subject, 1, 1)
    assert 0 < most_losses_alive(made, step, given) < 10


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_accumulators(dtype):
    subject = replace(problem("tanh", width=2), steps=3)
    found = added(replace(training(subject, FORMATS[dtype]), late=2), dtype)
    for name, expected in SUMS.items():
        assert found[name].dtype == dtype
        np.testing.assert_allclose(found[name], expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_fastest_kernel_comes_first(dtype):
    asked = arithmetic("free", dtype)
    assert BACKEND.offers(problem("tanh"), CPU, asked) == KERNELS
    assert BACKEND.prepare(problem("tanh", width=2), CPU, asked).name == "tuned"


@pytest.mark.parametrize("dtype", REFUSED)
def test_types_that_are_refused(dtype):
    with pytest.raises(UsageError, match=f"has no kernel for tanh under .* --dtype {dtype}; type"):
        BACKEND.prepare(problem("tanh"), CPU, arithmetic("free", dtype))


def test_a_free_kernel_needs_the_free_contract():
    with pytest.raises(UsageError, match=r"no kernel 'tuned' for tanh under .*strict.*free"):
        BACKEND.prepare(problem("tanh"), CPU, Arithmetic(), "tuned")


def test_only_networks_have_free_kernels():
    assert not BACKEND.offers(problem("mandelbrot"), CPU, arithmetic("free"))


@pytest.mark.parametrize(("dtype", "least", "most"), [("bfloat16", 1e-4, 1e-2),
                                                      ("float16", 1e-5, 1e-3)])  # fmt: skip
@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", ["tanh", "relu", "minibatch"])
def test_narrow_types_are_as_exact_as_they_can_be_and_no_more(spec, which, dtype, least, most):
    errors = relative_errors(NAME, chosen(spec, 4), which, dtype)
    assert least < np.median(errors) < most
    assert np.max(errors) < 10 * most
    assert np.median(relative_errors(NAME, chosen(spec, 4), which, "float32")) < least / 10


def test_tanh_saturates():
    from fractbench_mlx.activation import activation

    x = np.array([-np.inf, -1e30, -25.0, -1.0, -1e-20, 0.0, 0.25, 5.0, 25.0, np.inf, np.nan])
    with mx.stream(mx.cpu):
        for dtype in (mx.float32, mx.float64):
            act = activation("tanh", dtype, mx.Device(mx.cpu))
            found = np.array(act(mx.array(x, dtype=dtype)))
            rounding = np.finfo(found.dtype).eps
            np.testing.assert_allclose(found, np.tanh(x), rtol=8 * rounding)
            assert found[[0, 1, 2, 8, 9]].tolist() == [-1, -1, -1, 1, 1]


def test_the_users_device_and_stream_stay():
    before = mx.default_device(), mx.default_stream(mx.cpu)
    subject = chosen("tanh", 2)
    for which in KERNELS:
        kernel(NAME, subject, which).run(tile(subject, 5, 4))
    assert (mx.default_device(), mx.default_stream(mx.cpu)) == before


@pytest.mark.parametrize("which", KERNELS)
def test_a_kernel_runs_in_another_thread(which):
    subject = chosen("tanh", 4)
    made, given = kernel(NAME, subject, which), tile(subject, 5, 4, window=smooth(subject))
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(made.trajectory, given).result()
    np.testing.assert_allclose(found, strict_losses(subject), rtol=1e-5)


@pytest.mark.parametrize("which", KERNELS)
def test_compiled(which):
    mx.enable_compile()
    assert ulps_off(NAME, chosen("tanh", 4), which) < ULPS
    if which == "tuned":
        assert share_of_other_classes(NAME, "tanh", which) <= 0.02
        assert ulps_off(NAME, chosen("tanh", 4), which, "float64") < ULPS


def test_the_graph_that_a_gpu_gets():
    mx.enable_compile()
    subject = chosen("tanh", 4)
    made = kernel(NAME, subject, "tuned")
    made._step = mx.compile(made._descent.step)
    found = made.trajectory(tile(subject, 5, 4, window=smooth(subject)))
    np.testing.assert_allclose(found, strict_losses(subject), rtol=1e-5)


WITHOUT = """
from free_cases import chosen, ulps_off
print(ulps_off("mlx", chosen("tanh", 4), "tuned"), ulps_off("mlx", chosen("tanh", 4), "idiomatic"))
"""


def test_without_a_compiler(tmp_path):
    path = os.pathsep.join(entry for entry in sys.path if entry)
    given = {**os.environ, "PATH": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], env=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(float(ulps) < ULPS for ulps in done.stdout.split())
    assert not list(tmp_path.rglob("*.so"))
