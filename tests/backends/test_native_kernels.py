"""The fused C++ kernels: the host's bits, whatever the vector, the threads and the exits."""

from time import sleep

import numpy as np
import pytest

from fractbench.arithmetic.bits import same_bits
from fractbench.backend import Tile
from fractbench.errors import UsageError
from fractbench.execute import execute
from fractbench.goldens import goldens
from fractbench.reference import reference_kernel, reference_map
from fractbench.registry import status
from fractbench.request import Request
from fractbench.testing import check_backend
from fractbench_native import backend
from fractbench_native.compiler import Compiler, compiler
from fractbench_native.controls import ControlKernel
from fractbench_native.network import NetworkKernel
from fractbench_native.threads import chunks, share
from helpers import absent
from instruction_sets import COMPILERS, MACHINES

pytestmark = pytest.mark.usefixtures("compiled")

SMALL = "tanh:samples=19,seed=7,width=5"
LONG = [
    (SMALL, "0:3,0:3", 200),
    ("relu:samples=19,seed=7,width=5", "-30:12,-30:12", 200),
    ("single:width=5", "0:3,0:3", 300),
    ("linear:width=5", "-30:12,-30:12", 300),
    ("weight-drift:samples=7,seed=7,width=5", "-27:3,-30:6", 120),
    ("init-offset:samples=7,seed=7,width=5", "-27:3,-30:6", 120),
    ("minibatch:samples=19,seed=7,width=5", "-3:6,-3:6", 120),
    (SMALL + " fma float32", "0:3,0:3", 120),
    (SMALL + " strict float64", "0:3,0:3", 120),
    ("minibatch:samples=19,width=5 strict float32 per-pixel=both", "-3:6,-3:6", 60),
    ("mandelbrot", "-2.25:0.75,-1.5:1.5", 150),
    ("newton", "-2:2,-2:2", 60),
    ("quadratic-2d", "0:1.5,0:1.5", 100),
    ("quadratic-two-cosine", "0:1.5", 150),
]
"""Long enough that pixels leave early: some no number, some standing still."""


@pytest.fixture(scope="module")
def compiled():
    """Skip where no compiler works, but fail in CI."""
    found = status("native")
    if not found.available:
        absent(f"native: {found.reason}")


def fused(plan, **options):
    kind = NetworkKernel if "free" in plan.problem.contracts else ControlKernel
    return kind(plan.problem, plan.arithmetic, **options)


def agree(found, expected):
    assert found.keys() == expected.keys()
    assert all(same_bits(found[name], expected[name]) for name in expected)


def plan_of(spec, window, steps, size=None, **options):
    """Return a plan; words after the problem are contract, dtype and draws."""
    spec, *words = spec.split()
    options = {**dict(zip(("contract", "dtype", "draws"), words, strict=False)), **options}
    wide = "11x9" if window.count(":") == 2 else 37
    return Request(problem=spec, window=window, steps=steps, size=size or wide, **options).plan()


def test_every_golden_and_every_rule_of_backends():
    short = sum(not g.long for g in goldens())
    assert check_backend(backend).matched == short


@pytest.mark.parametrize(("spec", "window", "steps"), LONG)
def test_early_exits_change_no_bit(spec, window, steps):
    plan = plan_of(spec, window, steps)
    tile = plan.tile(0, plan.grid.pixels)
    reference = reference_kernel(plan)
    expected, losses = reference.run(tile), reference.trajectory(tile)
    for early in (True, False):
        kernel = fused(plan, early_exit=early)
        agree(kernel.run(tile), expected)
        assert same_bits(kernel.trajectory(tile), losses)


def test_pixels_do_leave_early():
    """Or the test above would prove nothing of lanes that are taken over."""
    plan = plan_of(SMALL, "0:3,0:3", 200)
    losses = reference_kernel(plan).trajectory(plan.tile(0, plan.grid.pixels))
    gone = np.isnan(losses[100])
    assert 0.2 < gone.mean() < 0.9
    flat = plan_of("linear:width=5", "-30:12,-30:12", 300)
    losses = reference_kernel(flat).trajectory(flat.tile(0, flat.grid.pixels))
    assert (losses[200] == losses[299]).any()


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 33, 99])
def test_any_number_of_pixels(count):
    plan = plan_of(SMALL, "0:3,0:3", 40)
    tile = plan.tile(0, count)
    agree(fused(plan).run(tile), reference_kernel(plan).run(tile))


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("command", COMPILERS)
@pytest.mark.parametrize("arithmetic", [("strict", "float32"), ("fma", "float32"),
                                        ("strict", "float64")])  # fmt: skip
def test_compiler_and_instruction_set_change_no_bit(command, machine, arithmetic):
    contract, dtype = arithmetic
    plan = plan_of(SMALL, "0:3,0:3", 30, "5x5", contract=contract, dtype=dtype)
    using = Compiler((command,), (machine,))
    kernel = fused(plan, using=using)
    tile = plan.tile(0, plan.grid.pixels)
    agree(kernel.run(tile), reference_kernel(plan).run(tile))


@pytest.mark.parametrize("size", [16, 32, 64])
@pytest.mark.parametrize("batch", ["fixed", "per-pixel=both"])
def test_vector_width_changes_no_bit(size, batch):
    plan = plan_of("minibatch:samples=19,width=5", "0:3,0:3", 12, "5x4", draws=batch)
    tile = plan.tile(0, plan.grid.pixels)
    kernel = fused(plan, defines={"BYTES": size})
    agree(kernel.run(tile), reference_kernel(plan).run(tile))


@pytest.mark.parametrize("block", [(1, 1), (2, 8), (3, 3)])
def test_blocks_in_registers_change_no_bit(block):
    plan = plan_of(SMALL, "0:3,0:3", 20)
    tile = plan.tile(0, plan.grid.pixels)
    kernel = fused(plan, defines={"BLOCK": block[0], "UNITS": block[1]})
    agree(kernel.run(tile), reference_kernel(plan).run(tile))


@pytest.mark.parametrize("width", [1, 2, 3, 64])
def test_widths(width):
    plan = plan_of(f"tanh:samples=5,seed=7,width={width}", "0:3,0:3", 5, "3x2")
    tile = plan.tile(0, plan.grid.pixels)
    agree(fused(plan).run(tile), reference_kernel(plan).run(tile))


def test_threads_change_no_bit(monkeypatch):
    plan = plan_of(SMALL, "0:3,0:3", 60, "40x20")
    digests = set()
    for count in ("1", "2", "5"):
        monkeypatch.setenv("FRACTBENCH_THREADS", count)
        digests.add(execute(plan, fused(plan), tile=333).digest)
    assert digests == {reference_map(plan).digest}


@pytest.mark.parametrize("told", ["0", "-1", "two", "1.5"])
def test_a_wrong_number_of_threads_is_refused(monkeypatch, told):
    monkeypatch.setenv("FRACTBENCH_THREADS", told)
    with pytest.raises(UsageError, match=r"FRACTBENCH_THREADS is .*set it to 1 or more"):
        fused(plan_of(SMALL, "0:3,0:3", 2))


def test_chunks_cover_a_tile_and_keep_all_workers_busy():
    cuts = chunks(5000, 2, 16, 512)
    assert [start for start, _ in cuts] == list(np.cumsum([0, *(n for _, n in cuts[:-1])]))
    assert sum(n for _, n in cuts) == 5000
    assert len(cuts) >= 8
    assert all(n % 16 == 0 for _, n in cuts[:-1])


def test_what_has_not_begun_is_dropped_after_a_failure():
    seen = []

    def work(first, count):
        seen.append(first)
        sleep(0.01)
        if first == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        share(work, [(n, 1) for n in range(100)], 2)
    assert len(seen) < 100


def test_the_kernel_is_strict_or_fma_and_nothing_else():
    device = backend.device("cpu")
    plan = Request(problem="tanh", contract="free").plan()
    with pytest.raises(UsageError, match="no kernel for tanh under --contract free"):
        backend.prepare(plan.problem, device, plan.arithmetic)
    plan = Request(problem="newton", contract="fma").plan()
    with pytest.raises(UsageError, match="no kernel for newton under --contract fma"):
        backend.prepare(plan.problem, device, plan.arithmetic)


def test_arrays_of_a_tile_need_not_be_contiguous():
    plan = plan_of(SMALL, "0:3,0:3", 10)
    tile = plan.tile(0, 20)
    strided = {name: np.repeat(array, 2)[::2] for name, array in tile.pixels.items()}
    agree(fused(plan).run(Tile(0, 20, strided)), reference_kernel(plan).run(tile))


def test_the_default_compiler_is_the_first_that_is_there():
    assert compiler().command[0].endswith(("c++", "clang++", "g++"))
