"""The fused kernel of the deep zoom: the bits of its text on the host, whatever the differences."""

import numpy as np
import pytest

from deep_windows import at_the_gates, calm_place
from fractbench.arithmetic.bits import same_bits
from fractbench.arithmetic.contract import arithmetic
from fractbench.arithmetic.formats import FLOAT32
from fractbench.arithmetic.host import HostOps
from fractbench.backend import Tile
from fractbench.errors import UsageError
from fractbench.kernel import OpsKernel
from fractbench.problems.catalogue import problem
from fractbench.registry import status
from fractbench.zoom.levels import GATES
from fractbench.zoom.orbit_float64 import orbit_float64
from fractbench.zoom.perturbed import perturbed
from fractbench_native import backend
from fractbench_native.compiler import Compiler
from fractbench_native.perturbed import PerturbedKernel
from helpers import absent, assert_same
from instruction_sets import COMPILERS, MACHINES

pytestmark = pytest.mark.usefixtures("compiled")

STRICT = arithmetic("strict", "float32")
QUICK = [
    *(f"{name}:samples=7,seed=7,width=3" for name in ("tanh", "relu", "weight-drift")),
    "tanh:samples=9,seed=7,width=8", "init-offset:samples=9,seed=7,width=8",
    "minibatch:samples=19,seed=7,width=3", "linear:width=3", "tanh:samples=6,width=16",
]  # fmt: skip
SLOW = [
    "relu:samples=9,seed=7,width=8", "minibatch:samples=18,seed=7,width=8", "linear:width=8",
    "single:width=8", "single:width=1", "tanh:samples=5,seed=7,width=1", "linear:width=16",
    "relu:samples=3,seed=7,width=16",
]  # fmt: skip
"""Each is a compilation of its own."""
SPECS = QUICK + SLOW


@pytest.fixture(scope="module")
def compiled():
    """Skip where no compiler works, but fail in CI."""
    found = status("native")
    if not found.available:
        absent(f"native: {found.reason}")


def beside(spec, level, rng, steps, *, nudged=False):
    """Return a Problem beside a reference whose rates are anything that trains."""
    base = problem(spec).with_steps(steps)
    return perturbed(base, orbit_float64(base, calm_place(rng)), level, nudged=nudged)


def tile_of(rng, count, largest):
    """Return pixels whose scaled differences spread over six orders of magnitude."""

    def draw():
        values = rng.standard_normal(count) * largest * 10.0 ** rng.uniform(-6, 0, count)
        return values.astype(np.float32)

    return Tile(0, count, {"x": draw(), "y": draw()})


def expected(beside, tile):
    """Return accumulators and losses of the kernel text on the host."""
    kernel = OpsKernel(beside, HostOps(FLOAT32), STRICT, 256, "cpu")
    return kernel.run(tile), kernel.trajectory(tile)


def agree(beside, tile, **options):
    """Assert that the fused kernel gives the host's bits; return them."""
    sums, losses = expected(beside, tile)
    for early in (True, False):
        kernel = PerturbedKernel(beside, STRICT, early_exit=early, **options)
        assert_same(kernel.run(tile), sums)
        assert same_bits(kernel.trajectory(tile), losses)
    return sums, losses


@pytest.mark.parametrize("spec", [*QUICK, *(pytest.param(s, marks=pytest.mark.slow) for s in SLOW)])
def test_bits_are_those_of_the_text(spec):
    rng = np.random.default_rng(SPECS.index(spec))
    for level, largest in ((0, 1.0), (0, 1e4), (1, 1e3), (2, 1e9), (4, 1e6), (8, 1.0), (6, 1e15)):
        given = beside(spec, level, rng, int(rng.integers(8, 26)), nudged=bool(level % 2))
        agree(given, tile_of(rng, int(rng.integers(1, 38)), largest))


@pytest.mark.parametrize("spec", ["tanh:samples=7,seed=7,width=3", "relu:samples=7,seed=7,width=3",
                                  "minibatch:samples=19,seed=7,width=3"])  # fmt: skip
def test_early_exits_change_no_bit(spec):
    """Some pixels overflow, and their level has fallen before; others stay to the end."""
    rng = np.random.default_rng(4)
    level = 2
    sums, losses = agree(beside(spec, level, rng, 60), tile_of(rng, 99, 1e15))
    gone = np.isnan(losses[30])
    assert 0.2 < gone.mean() < 0.99
    assert (sums["level"][gone] < level).any()
    assert (sums["last"] < 20).any()


def test_levels_fall_to_all_that_there_are():
    """Or the tests above would prove little of sigma."""
    rng = np.random.default_rng(5)
    spec = "tanh:samples=7,seed=7,width=3"
    x = (10.0 ** np.linspace(-10, 34, 150)).astype(np.float32)
    sums, _ = agree(beside(spec, 6, rng, 9), Tile(0, 150, {"x": x, "y": -x}))
    assert set(sums["level"]) >= {0, 1, 2, 3, 4, 5, 6}


def test_relu_turns_its_gates_at_every_level():
    """At level 7 none does."""
    base = problem("relu:samples=7,seed=7,width=3").with_steps(20)
    for level in range(8):
        rng = np.random.default_rng(level)
        sums, _ = agree(at_the_gates(base, level, rng), tile_of(rng, 50, 1.0))
        assert (sums["level"] == 0).any() == (level < GATES)


@pytest.mark.parametrize("where", ["W", "v"])
def test_which_nan_hides_a_larger_difference_is_that_of_the_text(where):
    """Infinite rates make some weights NaN while others grow and their level falls."""
    rng = np.random.default_rng(6)
    x = np.float32([np.inf, 1e30, 1e36, 3e38, -np.inf, 1.0])
    y = np.roll(x, 1)
    pixels = {"x": x, "y": y} if where == "W" else {"x": y, "y": x}
    for spec in ("relu:samples=7,seed=7,width=3", "tanh:samples=7,seed=7,width=3"):
        agree(beside(spec, 3, rng, 30), Tile(0, 6, pixels))


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("command", COMPILERS)
def test_compiler_and_instruction_set_change_no_bit(command, machine):
    rng = np.random.default_rng(7)
    given = beside("tanh:samples=7,seed=7,width=3", 2, rng, 12)
    agree(given, tile_of(rng, 21, 1e9), using=Compiler((command,), (machine,)))


@pytest.mark.parametrize("command", COMPILERS)
@pytest.mark.parametrize(
    "spec", ["minibatch", *(pytest.param(s, marks=pytest.mark.slow) for s in ("relu", "linear"))]
)
def test_the_text_compiles_without_a_warning(command, spec):
    """A warning here is an error on someone's newer compiler tomorrow."""
    data = "" if spec == "linear" else "samples=3,"
    given = beside(f"{spec}:{data}width=3", 0, np.random.default_rng(0), 3)
    using = Compiler((command, "-Wall", "-Wextra", "-Werror"), (MACHINES[-1],))
    agree(given, tile_of(np.random.default_rng(1), 3, 1.0), using=using)


@pytest.mark.parametrize(("block", "units", "bent"), [(2, 8, 8), (3, 3, 3)])
def test_blocks_in_registers_change_no_bit(block, units, bent):
    rng = np.random.default_rng(8)
    given = beside("tanh:samples=7,seed=7,width=8", 1, rng, 9)
    defines = {"BLOCK": block, "UNITS": units, "BENT": bent}
    agree(given, tile_of(rng, 17, 1e5), defines=defines)


def test_the_backend_offers_it_for_strict_float32_alone():
    given = beside("single:width=3", 2, np.random.default_rng(9), 3)
    device = backend.device("cpu")
    kernel = backend.prepare(given, device, STRICT)
    assert isinstance(kernel, PerturbedKernel)
    assert kernel.early_exit
    with pytest.raises(UsageError, match="no kernel for single under --contract strict --dtype fl"):
        backend.prepare(given, device, arithmetic("strict", "float64"))
