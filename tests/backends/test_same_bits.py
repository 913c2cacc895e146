"""Every Backend gives the bits of HostOps, through its own Kernel and on its own CPU device."""

from dataclasses import replace

import numpy as np
import pytest

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import FLOAT32, FLOAT64
from fractbench.arithmetic.host import HostOps
from fractbench.backend import Tile
from fractbench.draws import Draws
from fractbench.problems.catalogue import names, problem
from helpers import BACKENDS, FMT, assert_same, backend, cpu_ops, tile_of, trained
from scenarios import SCENARIOS

MLP = ("tanh", "relu", "linear", "single", "minibatch", "weight-drift", "init-offset")
OTHERS = ("mlx", "jax", "torch")
every_backend = pytest.mark.parametrize("name", BACKENDS)


def kernel_of(name, chosen, fmt=FMT):
    """Return a Backend's ops Kernel; preparing it runs the canary on the device."""
    found = backend(name)
    return found.prepare(chosen, found.device("cpu"), Arithmetic(format=fmt), "ops")


def run(name, chosen, tile, fmt=FMT):
    return kernel_of(name, chosen, fmt).run(tile)


def expected(chosen, tile, fmt=FMT):
    return trained(chosen, HostOps(fmt), tile.pixels)


@every_backend
@pytest.mark.parametrize("spec", names())
def test_every_problem(name, spec):
    chosen = problem(spec, width=8) if spec in MLP else problem(spec)
    chosen = chosen.with_steps(3 if spec in MLP else 12)
    tile = tile_of(chosen, None, 5, 3 if len(chosen.axes) == 2 else 1)
    assert_same(run(name, chosen, tile), expected(chosen, tile))


@every_backend
def test_the_published_width(name):
    chosen = problem("tanh").with_steps(2)
    tile = tile_of(chosen, None, 4, 4)
    assert_same(run(name, chosen, tile), expected(chosen, tile))


@every_backend
@pytest.mark.parametrize("options", [{"width": 5}, {"width": 24, "samples": 19}])
def test_widths_that_are_no_powers_of_two(name, options):
    chosen = problem("tanh", **options).with_steps(3)
    tile = tile_of(chosen, None, 5, 3)
    assert_same(run(name, chosen, tile), expected(chosen, tile))


@pytest.mark.parametrize(
    ("name", "samples"),
    [(n, s) for n in BACKENDS for s in (1, 7, 67, 71, 97) if n != "jax" or s in (71, 97)],
)
def test_sample_counts_that_leave_short_blocks(name, samples):
    chosen = problem("tanh", width=3, samples=samples).with_steps(2)
    tile = tile_of(chosen, None, 5, 3)
    assert_same(run(name, chosen, tile), expected(chosen, tile))


@every_backend
@pytest.mark.parametrize("kind", ["weights", "order", "both"])
def test_draws_per_pixel(name, kind):
    draws = Draws.parse(f"per-pixel={kind}", 7)
    chosen = problem("minibatch", width=8).with_steps(3).with_draws(draws)
    tile = tile_of(chosen, None, 5, 3)
    assert_same(run(name, chosen, tile), expected(chosen, tile))


@every_backend
@pytest.mark.parametrize("size", [1, 7, 15])
def test_any_tile_size(name, size):
    draws = Draws.parse("per-pixel=both", 7)
    chosen = problem("minibatch", width=5, samples=9).with_steps(2).with_draws(draws)
    whole = tile_of(chosen, None, 5, 3)
    kernel = kernel_of(name, chosen)
    parts = [kernel.run(part(whole, start, size)) for start in range(0, whole.count, size)]
    joined = {key: np.concatenate([p[key] for p in parts]) for key in chosen.accumulators}
    assert_same(joined, expected(chosen, whole))


def part(tile, start, size):
    """Return a run of a Tile's pixels as a Tile."""
    cut = slice(start, start + size)
    frames = {name: a[..., cut] for name, a in tile.pixels.get("frames", {}).items()}
    pixels = {name: a[..., cut] for name, a in tile.pixels.items() if name != "frames"}
    return Tile(start, len(pixels["x"]), pixels | ({"frames": frames} if frames else {}))


@every_backend
def test_the_trajectory_ends_in_the_accumulators(name):
    chosen = problem("mandelbrot").with_steps(9)
    tile = tile_of(chosen, None, 3, 3)
    watched = kernel_of(name, chosen).trajectory(tile)
    reference = kernel_of("numpy", chosen).trajectory(tile)
    assert watched.shape == (9, 9)
    assert np.array_equal(watched, reference, equal_nan=True)


HARD = [
    *(f"{p}: W 1e-14, inputs 1e-6, targets 0" for p in MLP),
    *(f"{p}: magnitudes mixed, targets 0" for p in MLP),
    "tanh: magnitudes mixed",
    "tanh: targets 0",
    "tanh: everything at its band",
    "weight-drift: everything at its band, targets 0",
    "single: 400 steps, targets 0",
    "single: 400 steps, width 1",
    "linear: falls by 40 decades",
    "quadratic-additive: epsilon=1024,length=0.001",
    "quadratic-multiplicative: dimensions=3, tiny rates",
    "quadratic-2d:epsilon=0, tiny rates",
    "mandelbrot on -2e-19:2e-19,-2e-19:2e-19",
    "newton on -1e-12:1e-12,0:1000",
]


@pytest.mark.parametrize("scenario", HARD)
@pytest.mark.parametrize("name", OTHERS)
def test_adversarial_scales(name, scenario):
    chosen = SCENARIOS[scenario]
    subject = chosen.problem
    if subject.steps > 100 and name != "jax":
        subject = replace(subject, steps=100)
    tile = tile_of(subject, chosen.window, chosen.width, chosen.height)
    with chosen.scaled():
        found = trained(subject, cpu_ops(name), tile.pixels)
        assert_same(found, expected(subject, tile))


@every_backend
@pytest.mark.parametrize(
    "spec",
    ["tanh:width=8", "relu:width=5,samples=19", "minibatch:width=8", "weight-drift:width=8",
     "quadratic-multiplicative:dimensions=3", "quadratic-2d", "mandelbrot", "newton"],
)  # fmt: skip
def test_float64(name, spec):
    chosen = problem(spec)
    chosen = chosen.with_steps(12 if chosen.name not in MLP else 3)
    tile = tile_of(chosen, None, 5, 3 if len(chosen.axes) == 2 else 1, FLOAT64)
    found = run(name, chosen, tile, FLOAT64)
    assert {array.dtype for array in found.values()} == {np.dtype(np.float64)}
    assert_same(found, expected(chosen, tile, FLOAT64))


@every_backend
def test_float64_draws_per_pixel(name):
    chosen = problem("minibatch", width=5, samples=9).with_steps(2)
    chosen = chosen.with_draws(Draws.parse("per-pixel=both", 7))
    tile = tile_of(chosen, None, 5, 3, FLOAT64)
    assert_same(run(name, chosen, tile, FLOAT64), expected(chosen, tile, FLOAT64))


@pytest.mark.parametrize(
    "scenario",
    ["tanh: magnitudes mixed, targets 0", "relu: W 1e-14, inputs 1e-6, targets 0",
     "quadratic-multiplicative: dimensions=3, tiny rates", "newton on -1e-12:1e-12,0:1000"],
)  # fmt: skip
@pytest.mark.parametrize("name", OTHERS)
def test_adversarial_scales_in_float64(name, scenario):
    """XLA flushes subnormal numbers in float64 as well."""
    chosen = SCENARIOS[scenario]
    tile = tile_of(chosen.problem, chosen.window, chosen.width, chosen.height, FLOAT64)
    with chosen.scaled(power=8):
        found = trained(chosen.problem, cpu_ops(name, FLOAT64), tile.pixels)
        assert_same(found, expected(chosen.problem, tile, FLOAT64))


@every_backend
def test_uploads_keep_dtype_and_bits(name):
    sent = {
        "floats": np.array([1 / 3, -0.0, np.inf, np.nan, 1e-310]),
        "bits": np.array([1 << 62, -3], np.int64),
        "indices": np.array([2, 0], np.int32),
        "mask": np.array([True, False]),
    }
    ops = cpu_ops(name, FLOAT64)
    back = ops.compile(lambda o, fixed, pixels: {**fixed, "pixels": pixels}, {"held": sent})(sent)
    for kept in (back["held"], back["pixels"]):
        for key, array in sent.items():
            assert kept[key].dtype == array.dtype
            assert kept[key].tobytes() == array.tobytes()


def test_jax_keeps_the_mode_that_its_user_chose():
    jax = pytest.importorskip("jax")
    chosen = problem("newton").with_steps(3)
    for fmt in (FLOAT64, FLOAT32):
        tile = tile_of(chosen, None, 3, 3, fmt)
        assert_same(run("jax", chosen, tile, fmt), expected(chosen, tile, fmt))
        assert jax.numpy.ones(1).dtype == np.float32
        with jax.enable_x64(True):
            assert_same(run("jax", chosen, tile, fmt), expected(chosen, tile, fmt))
            assert jax.numpy.ones(1).dtype == np.float64
