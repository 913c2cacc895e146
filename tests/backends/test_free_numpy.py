"""NumPy's free kernels: the strict host's numbers up to rounding, and no lasting side effects."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from fractbench.arithmetic.contract import Arithmetic, arithmetic
from fractbench.arithmetic.formats import FORMATS
from fractbench.errors import UsageError
from fractbench.free import training
from fractbench.problems.catalogue import problem
from fractbench_numpy.blas import one_blas_thread, switch
from fractbench_numpy.sums import Sums
from free_cases import (
    KERNELS,
    LOSSES,
    MLP,
    SUMS,
    chosen,
    kernel,
    part,
    share_of_other_classes,
    smooth,
    strict_losses,
    tile,
    ulps_off,
)
from helpers import backend

NAME = "numpy"
BACKEND = backend(NAME)
CPU = BACKEND.device("cpu")
ULPS = 100
DTYPES = ("float32", "float64")
REFUSED = ("bfloat16", "float16", "tf32")


def added(net, dtype):
    """Return the accumulators of LOSSES."""
    sums = Sums(net, LOSSES.shape[1])
    with np.errstate(all="ignore"):
        for loss in LOSSES.astype(dtype):
            sums.observe(loss)
    return sums.result()


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


@pytest.fixture
def threads():
    """OpenBLAS's own number of threads, 2 for the test."""
    if switch() is None:
        pytest.skip("NumPy has another BLAS here")
    get, put = switch()
    before = get()
    put(2)
    yield get
    put(before)


def test_openblas_gets_its_threads_back(threads):
    subject = chosen("tanh", 2)
    kernel(NAME, subject, "tuned").run(tile(subject, 5, 4))
    assert threads() == 2
    with one_blas_thread(), one_blas_thread():
        assert threads() == 1
    assert threads() == 2


def test_kernels_in_two_threads_share_openblas(threads):
    with one_blas_thread(), ThreadPoolExecutor(1) as pool:
        subject = chosen("tanh", 2)
        pool.submit(kernel(NAME, subject, "tuned").run, tile(subject, 5, 4)).result()
        assert threads() == 1
    assert threads() == 2


def test_another_blas_is_left_alone(monkeypatch):
    monkeypatch.setattr("fractbench_numpy.blas.switch", lambda: None)
    assert ulps_off(NAME, chosen("tanh", 4), "tuned") < ULPS
