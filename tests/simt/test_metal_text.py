"""The Metal text, as MLX and PyTorch would compile it, gives the goldens' digests here.

It is compiled as it stands, with address spaces, and run with its lanes in lockstep
(metal_shim.py). Subnormals are flushed unless a test says otherwise, because Metal flushes them.
"""

from dataclasses import replace

import numpy as np
import pytest

import metal_shim
from fractbench.execute import execute
from fractbench.reference import reference_kernel
from fractbench.simt import text
from fractbench.simt.variant import Shape, Variant
from metal_launcher import MLP, Every, ShimLauncher, digest, golden, kernel
from metal_units import mlx_unit, torch_unit

metal_shim.require()

ODD = [g for g in MLP if g.size == "9x7" and g.case != "late"]
BASE = Variant(16, 272, "tanh", "full", "none", "strict", 16, 2)
VARIANTS = [
    BASE,
    replace(BASE, contract="fma", lanes=4, pixels=8),
    replace(BASE, activation="relu", lanes=8, pixels=4),
    replace(BASE, activation="identity", samples=16, lanes=2, pixels=3),
    replace(BASE, samples=1, lanes=1, pixels=8),
    replace(BASE, batch="shared", contract="fma"),
    replace(BASE, batch="own", offset="drift", pixels=3),
    replace(BASE, width=5, samples=19, offset="once", lanes=8),
    replace(BASE, width=32, samples=1056, lanes=32, pixels=4, activation="relu"),
]


def titled(one):
    return f"{one.problem}-{one.case}-{one.contract}"


@pytest.mark.parametrize("unit", [torch_unit, mlx_unit], ids=["torch", "mlx"])
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_the_text_is_cpp_with_address_spaces(variant, unit):
    for entry in text.ENTRIES if unit is mlx_unit else ("train",):
        metal_shim.check(*unit(variant, entry))


def test_units_are_what_the_frameworks_make():
    unit, names = mlx_unit(BASE)
    [name] = names.values()
    assert name.startswith("custom_kernel_fractbench_train_")
    assert name.endswith("_float" * 6 + "_int32_t" + "_float" * 2 + "_int32_t" * 3 + "_float" * 4)
    assert f"[[kernel]] void {name}(\n  const device float* X [[buffer(0)]],\n" in unit
    assert "  device float* losses [[buffer(15)]],\n  uint3 thread_position_in" in unit
    assert text.header(BASE, "metal") in unit
    assert text.header(BASE, "metal") in torch_unit(BASE)[0]


def test_mlx_passes_small_arrays_in_another_address_space():
    """So the text takes none of fewer than 8 elements, and the shim sees it if one does."""
    unit, names = mlx_unit(BASE, sizes={"scales": 4})
    assert "  const constant float* scales [[buffer(12)]],\n" in unit
    with pytest.raises(metal_shim.CompileError, match="address space"):
        metal_shim.check(unit, names)
    assert "  const constant float& scales " in mlx_unit(BASE, sizes={"scales": 0})[0]


def test_threadgroup_memory_is_what_the_variant_says_and_fits():
    for variant in (BASE, VARIANTS[7], VARIANTS[8]):
        took = ShimLauncher(variant).library("train").shim_shared_bytes()
        assert took <= variant.shared_bytes + 32
        assert took <= 32 << 10


@pytest.mark.parametrize("one", ODD, ids=titled)
def test_goldens(one):
    """MLX's unit under strict, PyTorch's under fma: their bodies are the same."""
    unit = "mlx" if one.contract == "strict" else "torch"
    assert digest(one, unit=unit) == one.digest


@pytest.mark.parametrize("problem", ["relu", "minibatch", "weight-drift"])
def test_one_pixel_fills_no_group(problem):
    assert digest(golden(problem, "pixel")) == golden(problem, "pixel").digest


@pytest.mark.parametrize("contract", ["strict", "fma"])
@pytest.mark.parametrize("problem", ["tanh:width=8", "relu:samples=40,seed=0,width=24"])
def test_subnormals_change_nothing(problem, contract):
    one = golden(problem, "boundary", contract)
    assert digest(one, flush=False) == digest(one, flush=True) == one.digest


SHAPES = [Shape(1, 8), Shape(2, 5), Shape(4, 1), Shape(8, 3), Shape(8, 12), Shape(32, 3)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes(shape):
    """Groups that are no multiple of a SIMD group, and more lanes than units."""
    one = golden("tanh:samples=19,seed=7,width=5", "boundary")
    assert digest(one, shape) == one.digest


def test_a_lane_for_every_unit():
    one = golden("tanh", "pixel")
    assert digest(one, Shape(16, 2)) == one.digest


@pytest.mark.parametrize("problem", ["tanh:width=8", "minibatch:width=8"])
def test_the_order_of_lanes_changes_nothing(problem):
    one = golden(problem, "draws")
    assert digest(one, Shape(8, 12), backwards=True) == one.digest


@pytest.mark.parametrize("case", ["boundary", "draws"])
@pytest.mark.parametrize("problem", ["tanh:width=8", "minibatch:width=8"])
def test_slices_park_and_resume(problem, case):
    one = golden(problem, case)
    plan = one.plan()
    sliced = kernel(plan, slices=Every)
    assert execute(plan, sliced, tile=40).digest == one.digest
    assert [entry for entry, _ in sliced._launcher.launches] == ["canary"] + 2 * 4 * ["train"]


@pytest.mark.parametrize("early_exit", [True, False])
@pytest.mark.parametrize("name", ["linear late", "single late", "single outside", "linear corner"])
def test_early_exit_changes_nothing(name, early_exit):
    """Pixels leave over 12 and 24 steps, in the same slice as others and in slices of their own."""
    one = golden(*name.split())
    assert digest(one, early_exit=early_exit, slices=Every) == one.digest


def test_finished_pixels_leave():
    """Two thirds of the groups of a slice at the end are not launched any more."""
    plan = golden("single", "late").plan()
    found = kernel(plan, slices=Every)
    execute(plan, found)
    groups = [count for entry, count in found._launcher.launches if entry == "train"]
    assert groups[-1] < groups[0]


@pytest.mark.parametrize("problem", ["tanh:width=8", "minibatch:width=8"])
def test_the_trajectory_is_the_reference_s(problem):
    plan = golden(problem, "draws").plan()
    tile = plan.tile(3, 11)
    found = kernel(plan, slices=Every).trajectory(tile)
    expected = reference_kernel(plan).trajectory(tile)
    np.testing.assert_array_equal(found.view(np.int32), expected.view(np.int32))


CHECKS = ("-O1", "-fsanitize-minimal-runtime",
          "-fsanitize=bounds,signed-integer-overflow,shift,integer-divide-by-zero")  # fmt: skip


@pytest.mark.parametrize("problem", ["tanh:samples=19,seed=7,width=5", "minibatch:width=8"])
def test_nothing_is_left_undefined(problem):
    """No index beyond an array, no overflow of an integer: Metal would do anything there."""
    one = golden(problem, "boundary")
    assert digest(one, options=CHECKS, slices=Every) == one.digest


@pytest.mark.slow
@pytest.mark.parametrize("one", [g for g in MLP if not g.long], ids=titled)
def test_every_golden(one):
    for unit in ("mlx", "torch"):
        for flush in (False, True):
            assert digest(one, unit=unit, flush=flush) == one.digest


@pytest.mark.slow
@pytest.mark.parametrize("one", [g for g in MLP if g.long], ids=titled)
def test_every_long_golden(one):
    assert digest(one) == one.digest
