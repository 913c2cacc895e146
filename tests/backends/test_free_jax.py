"""JAX's free kernels: the strict host's numbers up to rounding, and no lasting side effects."""

from dataclasses import replace

import numpy as np
import pytest

from fractbench.arithmetic.contract import Arithmetic, arithmetic
from fractbench.arithmetic.formats import FORMATS
from fractbench.errors import UsageError
from fractbench.free import fitting, training
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

NAME = "jax"
BACKEND = backend(NAME)
CPU = BACKEND.device("cpu")
ALL = (*KERNELS, "published")
ULPS = 100


@pytest.mark.parametrize("which", ALL)
@pytest.mark.parametrize("spec", MLP)
def test_the_first_losses(spec, which):
    assert ulps_off(NAME, chosen(spec, 4), which) < ULPS


@pytest.mark.parametrize("which", ALL)
@pytest.mark.parametrize("spec", ["tanh", "minibatch"])
def test_the_first_losses_in_float64(spec, which):
    assert ulps_off(NAME, chosen(spec, 4), which, "float64") < ULPS


@pytest.mark.parametrize("which", ALL)
@pytest.mark.parametrize("draws", ["weights", "order", "both"])
def test_draws_per_pixel(draws, which):
    assert ulps_off(NAME, chosen("minibatch", 4, draws), which) < ULPS


@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", ["weight-drift", "init-offset"])
def test_weights_per_pixel_with_an_offset(spec, which):
    assert ulps_off(NAME, chosen(spec, 4, "weights"), which) < ULPS


@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("sizes", [(1, 33), (5, 67), (64, 19)])
def test_widths_and_samples(sizes, which):
    width, samples = sizes
    assert ulps_off(NAME, chosen("tanh", 4, width=width, samples=samples), which) < ULPS


@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", MLP)
def test_the_classes_of_a_map(spec, which):
    assert share_of_other_classes(NAME, spec, which) <= 0.02


@pytest.mark.parametrize("which", ALL)
@pytest.mark.parametrize("size", [7, 20])
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
    subject = chosen("minibatch", 4, "both")
    made = kernel(NAME, subject, "tuned")
    made.block, made.threads = 3, 2
    found = made.trajectory(tile(subject, 5, 4, window=smooth(subject)))
    np.testing.assert_allclose(found, strict_losses(subject), rtol=1e-5)


@pytest.mark.parametrize(("dtype", "bits"), [("bfloat16", 8), ("float16", 11)])
@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", ["minibatch", "weight-drift"])
def test_narrow_errors_are_those_of_the_format(spec, which, dtype, bits):
    typical = np.median(relative_errors(NAME, chosen(spec, 4), which, dtype))
    assert 2.0 ** -(bits + 6) < typical < 2.0 ** -(bits - 4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_accumulators(dtype):
    import jax.numpy as jnp

    from fractbench_jax import sums
    from fractbench_jax.scope import scoped

    net = replace(training(problem("tanh", width=2).with_steps(3), FORMATS[dtype]), late=2)
    with scoped(dtype):
        held = sums.start(jnp.zeros(LOSSES.shape[1], dtype))
        for step, loss in enumerate(LOSSES.astype(dtype)):
            held = sums.observe(held, jnp.asarray(loss), step, net)
        found = sums.result(held, LOSSES.shape[1])
    for name, expected in SUMS.items():
        assert found[name].dtype == dtype
        np.testing.assert_allclose(found[name], expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_tanh_is_right_and_saturates(dtype):
    import jax

    from fractbench_jax.activation import rational_tanh
    from fractbench_jax.scope import scoped

    x = np.concatenate([np.linspace(-25, 25, 10001), [1e-30, 1e30, np.inf, -np.inf, np.nan]])
    with scoped(dtype):
        found = np.asarray(jax.jit(rational_tanh)(x.astype(dtype)))
    exact = np.tanh(x.astype(dtype).astype(np.float64))
    assert np.nanmax(np.abs(found - exact) / np.spacing(np.abs(exact).astype(dtype))) < 10
    assert np.all(np.abs(found[np.abs(x) > 18.1]) == 1)
    assert np.isnan(found[-1])


def test_the_fastest_kernel_comes_first():
    assert BACKEND.offers(problem("tanh"), CPU, arithmetic("free")) == ALL
    assert BACKEND.offers(problem("tanh"), CPU, arithmetic("free", "float64")) == ALL
    narrow = arithmetic("free", "bfloat16")
    assert BACKEND.offers(problem("tanh"), CPU, narrow) == KERNELS[::-1]
    assert BACKEND.prepare(problem("tanh"), CPU, narrow).name == "idiomatic"
    assert BACKEND.prepare(problem("tanh"), CPU, arithmetic("free")).name == "tuned"
    assert BACKEND.prepare(problem("tanh"), CPU, arithmetic("free"), "published").tile == 50_000


@pytest.mark.parametrize(("width", "dtype", "pixels"), [(16, "float32", 50_000),
                                                        (16, "float64", 50_000),
                                                        (64, "float32", 2016),
                                                        (2, "float32", 50_000)])  # fmt: skip
def test_wider_networks_get_smaller_published_batches(width, dtype, pixels):
    asked = arithmetic("free", dtype)
    assert BACKEND.prepare(problem("tanh", width=width), CPU, asked, "published").tile == pixels


def test_published_keeps_losses_for_trajectories_only():
    subject = chosen("tanh", 12)
    made = kernel(NAME, subject, "published")
    assert 0 < most_losses_alive(made, "_step", tile(subject, 5, 4)) <= 2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_accelerators_block_shrinks_with_the_problem(dtype):
    from fractbench_jax.choose import MANY, ROOM

    assert fitting(training(problem("tanh"), FORMATS[dtype]), ROOM, MANY) == 16384
    wide = training(problem("tanh", width=64), FORMATS[dtype])
    assert fitting(wide, ROOM, MANY) == (512 if dtype == "float32" else 256)


def test_tf32_is_refused_on_a_cpu():
    with pytest.raises(UsageError, match=r"no kernel for tanh under .*tf32; type"):
        BACKEND.prepare(problem("tanh"), CPU, arithmetic("free", "tf32"))


@pytest.mark.parametrize("which", ALL)
def test_a_free_kernel_needs_the_free_contract(which):
    with pytest.raises(UsageError, match=f"no kernel '{which}' for tanh under .*strict.*free"):
        BACKEND.prepare(problem("tanh"), CPU, Arithmetic(), which)


def test_only_networks_have_free_kernels():
    assert not BACKEND.offers(problem("mandelbrot"), CPU, arithmetic("free"))


@pytest.mark.parametrize("which", ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_users_options_stay_and_do_no_harm(which, dtype):
    import jax

    subject = chosen("tanh", 4)
    with jax.debug_nans(True), jax.numpy_rank_promotion("raise"):
        assert ulps_off(NAME, subject, which, dtype) < ULPS
        kernel(NAME, subject, which, dtype).run(tile(subject, 5, 4, dtype))
        assert jax.config.jax_debug_nans
        assert not jax.config.jax_enable_x64
    assert jax.config.jax_default_matmul_precision is None
