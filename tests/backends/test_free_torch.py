"""PyTorch's free kernels: the strict host's numbers up to rounding, and no lasting side effects.

Most tests run the steps eagerly, because compiling one takes seconds; the compiled ones say so.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest

from fractbench.arithmetic.contract import Arithmetic, arithmetic
from fractbench.arithmetic.formats import FORMATS
from fractbench.errors import BackendUnavailableError, UsageError
from fractbench.free import training
from fractbench.problems.catalogue import problem
from free_cases import (
    KERNELS,
    LOSSES,
    MLP,
    SUMS,
    chosen,
    kernel,
    part,
    relative_errors,
    share_of_other_classes,
    smooth,
    strict_losses,
    tile,
    ulps_off,
)
from helpers import backend

NAME = "torch"
BACKEND = backend(NAME)
CPU = BACKEND.device("cpu")
ULPS = 100


@pytest.fixture
def eager(monkeypatch):
    monkeypatch.setattr("torch.compile", lambda step, **options: step)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", MLP)
def test_the_first_losses(spec, which, dtype):
    assert ulps_off(NAME, chosen(spec, 4), which, dtype) < ULPS


@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", ["tanh", "minibatch"])
def test_the_first_losses_compiled(spec, which):
    assert ulps_off(NAME, chosen(spec, 4, samples=20), which) < ULPS


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", [*MLP, "tanh:width=16", "tanh:width=40"])
def test_all_first_losses_compiled(spec, which, dtype):
    name, _, width = spec.partition(":width=")
    assert ulps_off(NAME, chosen(name, 4, width=int(width or 8)), which, dtype) < ULPS


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("draws", ["weights", "order", "both"])
def test_draws_per_pixel(draws, which):
    assert ulps_off(NAME, chosen("minibatch", 4, draws), which) < ULPS


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", ["weight-drift", "init-offset"])
def test_weights_per_pixel_with_an_offset(spec, which):
    assert ulps_off(NAME, chosen(spec, 4, "weights"), which) < ULPS


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("sizes", [(1, 33), (5, 67), (64, 19)])
def test_widths_and_samples(sizes, which):
    width, samples = sizes
    assert ulps_off(NAME, chosen("tanh", 4, width=width, samples=samples), which) < ULPS


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", MLP)
def test_the_classes_of_a_map(spec, which):
    assert share_of_other_classes(NAME, spec, which) <= 0.02


@pytest.mark.usefixtures("eager")
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


@pytest.mark.usefixtures("eager")
def test_blocks_keep_their_order():
    subject = chosen("minibatch", 4, "both")
    made = kernel(NAME, subject, "tuned")
    made.block, made.threads = 3, 2
    found = made.trajectory(tile(subject, 5, 4, window=smooth(subject)))
    np.testing.assert_allclose(found, strict_losses(subject), rtol=1e-5)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(("dtype", "bits"), [("bfloat16", 8), ("float16", 11)])
@pytest.mark.parametrize("which", KERNELS)
@pytest.mark.parametrize("spec", ["tanh", "minibatch", "weight-drift"])
def test_narrow_errors_are_those_of_the_format(spec, which, dtype, bits):
    typical = np.median(relative_errors(NAME, chosen(spec, 4), which, dtype))
    assert 2.0 ** -(bits + 6) < typical < 2.0 ** -(bits - 4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_accumulators(dtype):
    import torch

    from fractbench_torch import sums

    net = replace(training(problem("tanh", width=2).with_steps(3), FORMATS[dtype]), late=2)
    held = sums.start(torch.zeros(LOSSES.shape[1], dtype=getattr(torch, dtype)))
    for step, loss in enumerate(LOSSES.astype(dtype)):
        held = sums.observe(held, torch.tensor(loss), torch.tensor(step), net)
    found = sums.result(held, LOSSES.shape[1])
    for name, expected in SUMS.items():
        assert found[name].dtype == dtype
        np.testing.assert_allclose(found[name], expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_tanh_is_right_and_saturates(dtype):
    import torch

    from fractbench_torch.activation import rational_tanh

    x = np.concatenate([np.linspace(-25, 25, 10001), [1e-30, 1e30, np.inf, -np.inf, np.nan]])
    found = rational_tanh(torch.tensor(x.astype(dtype)), dtype).numpy()
    exact = np.tanh(x.astype(dtype).astype(np.float64))
    assert np.nanmax(np.abs(found - exact) / np.spacing(np.abs(exact).astype(dtype))) < 10
    assert np.all(np.abs(found[np.abs(x) > 18.1]) == 1)
    assert np.isnan(found[-1])


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
def test_the_fastest_kernel_comes_first(dtype):
    asked = arithmetic("free", dtype)
    assert BACKEND.offers(problem("tanh"), CPU, asked) == KERNELS
    assert BACKEND.prepare(problem("tanh"), CPU, asked).name == "tuned"


def test_tf32_is_refused_on_a_cpu():
    with pytest.raises(UsageError, match=r"no kernel for tanh under .*tf32; type"):
        BACKEND.prepare(problem("tanh"), CPU, arithmetic("free", "tf32"))


@pytest.mark.parametrize("which", KERNELS)
def test_a_free_kernel_needs_the_free_contract(which):
    with pytest.raises(UsageError, match=f"no kernel '{which}' for tanh under .*strict.*free"):
        BACKEND.prepare(problem("tanh"), CPU, Arithmetic(), which)


def test_only_networks_have_free_kernels():
    assert not BACKEND.offers(problem("mandelbrot"), CPU, arithmetic("free"))


@pytest.mark.parametrize("which", KERNELS)
def test_without_a_compiler_the_remedy_is_named(which):
    from torch._inductor import config

    with (
        config.patch({"cpp.cxx": ("no-such-compiler",)}),
        pytest.raises(BackendUnavailableError, match=r"finds none that works; install g\+\+"),
    ):
        BACKEND.prepare(problem("tanh"), CPU, arithmetic("free"), which)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("which", KERNELS)
def test_the_users_options_stay(which):
    import torch

    subject = chosen("tanh", 4)
    torch.set_num_threads(2)
    try:
        with torch.inference_mode():
            kernel(NAME, subject, which).run(tile(subject, 5, 4))
        assert torch.get_num_threads() == 2
        assert torch.is_grad_enabled()
    finally:
        torch.set_num_threads(1)


def test_kernels_in_two_threads_share_the_thread_count():
    import torch

    from fractbench_torch.scope import one_thread

    def count():
        with ThreadPoolExecutor(1) as new:
            return new.submit(torch.get_num_threads).result()

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with ThreadPoolExecutor(1) as other, ExitStack() as mine, ExitStack() as theirs:
            mine.enter_context(one_thread())
            other.submit(theirs.enter_context, one_thread()).result()
            assert count() == 1
            mine.close()
            assert count() == 1
            other.submit(theirs.close).result()
            assert other.submit(torch.get_num_threads).result() == 2
        assert (torch.get_num_threads(), count()) == (2, 2)
    finally:
        torch.set_num_threads(before)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("which", KERNELS)
def test_the_compilers_limit_is_raised_for_a_run_only(which, monkeypatch):
    from torch._dynamo import config

    from fractbench_torch import sums
    from fractbench_torch.loop import SHAPES

    seen, real = [], sums.observe

    def observe(*args):
        seen.append(config.recompile_limit)
        return real(*args)

    monkeypatch.setattr(sums, "observe", observe)
    before = config.recompile_limit
    subject = chosen("tanh", 4)
    made = kernel(NAME, subject, which)
    if which == "tuned":
        made.block, made.threads = 3, 2
    made.run(tile(subject, 5, 4))
    assert set(seen) == {SHAPES}
    assert config.recompile_limit == before
