"""The GPU kernel text, run on a CPU through OpenCL: the digests of native, whatever the shape."""

import os
import shutil
import subprocess
import sys
from functools import partial

import pytest

from fractbench.arithmetic.bits import same_bits
from fractbench.arithmetic.contract import arithmetic
from fractbench.errors import (
    BackendUnavailableError,
    CanaryError,
    FractbenchError,
    KernelUnavailableError,
)
from fractbench.execute import execute
from fractbench.goldens import goldens
from fractbench.measure import ACCUMULATORS
from fractbench.proof import prove, report
from fractbench.registry import status
from fractbench.request import Request
from fractbench.simt import bounds, text
from fractbench.simt.kernel import SimtKernel
from fractbench.simt.slices import Slices
from fractbench.simt.variant import Layout, Shape, fits, variant
from fractbench.verify import verify
from fractbench_native.network import NetworkKernel
from fractbench_opencl import backend
from helpers import absent

SMALL = "samples=19,seed=7,width=5"
LONG = [
    (f"tanh:{SMALL}", "0:3,0:3", 200),
    (f"relu:{SMALL}", "-30:12,-30:12", 200),
    ("single:width=5", "0:3,0:3", 300),
    ("linear:width=5", "-30:12,-30:12", 300),
    ("weight-drift:samples=7,seed=7,width=5", "-27:3,-30:6", 120),
    ("init-offset:samples=7,seed=7,width=5", "-27:3,-30:6", 120),
    (f"minibatch:{SMALL}", "-3:6,-3:6", 120),
    (f"minibatch:{SMALL} strict float32 per-pixel=both", "-3:6,-3:6", 60),
    (f"tanh:{SMALL} fma float32", "0:3,0:3", 120),
]
"""Long enough that pixels leave early: some no number, some standing still."""
SHAPES = [Shape(1, 1), Shape(1, 8), Shape(2, 3), Shape(4, 16), Shape(8, 4), Shape(16, 2)]


LANED = Shape(4, 8)


@pytest.fixture(scope="module", autouse=True)
def device():
    """The device and a C++ compiler; skip where one is absent, but fail in CI."""
    try:
        found = backend.devices()[0]
        if not status("native").available:
            raise BackendUnavailableError(f"native: {status('native').reason}")
    except BackendUnavailableError as error:
        absent(f"opencl: {error}", "linux")
    return found


def plan_of(spec, window, steps, size="11x9"):
    """Return a plan; words after the problem are contract, dtype and draws."""
    spec, *words = spec.split()
    options = dict(zip(("contract", "dtype", "draws"), words, strict=False))
    return Request(problem=spec, window=window, steps=steps, size=size, **options).plan()


def fused(plan, device, shape=LANED, **options):
    from fractbench_opencl.launcher import OpenclLauncher

    make = options.pop("make", partial(OpenclLauncher, device=device.name))
    return SimtKernel(plan.problem, plan.arithmetic, make, shape, device=str(device), **options)


def native(plan):
    return NetworkKernel(plan.problem, plan.arithmetic)


def agree(found, expected):
    assert tuple(found) == ACCUMULATORS
    assert all(same_bits(found[name], expected[name]) for name in expected)


class Impatient(Slices):
    """Slices of one or two steps."""

    def next(self, done, pixels):
        return min(self._steps, done + 1 + done % 2)


class Watched:
    """A Launcher that remembers how many groups each launch of `train` had."""

    def __init__(self, launcher, seen):
        self._launcher, self._seen = launcher, seen

    def __getattr__(self, name):
        return getattr(self._launcher, name)

    def launch(self, entry, inputs, outputs, groups):
        if entry == "train":
            self._seen.append(groups)
        return self._launcher.launch(entry, inputs, outputs, groups)


def test_every_golden_of_every_network(device):
    fused = ("strict", "fma")
    able = [g for g in goldens() if not g.long and g.contract in fused and fits(g.plan().problem)]
    outcome = verify(backend, device, able, kernel="fused")
    assert not outcome.mismatches
    assert outcome.matched == len(able) > 100
    assert {g.contract for g in able} == set(fused)


def test_goldens_in_a_layout_of_gpus(device):
    """More lanes than on CPUs, groups that are not full, lanes without a unit."""
    layout = Layout(16, 64)
    for golden in goldens():
        plan = golden.plan()
        if golden.case != "odd" or not fits(plan.problem) or golden.dtype != "float32":
            continue
        shape = layout.shape(plan.problem.width, plan.arithmetic.format)
        assert shape.lanes > 1
        assert execute(plan, fused(plan, device, shape)).digest == golden.digest, golden


@pytest.mark.parametrize(("spec", "window", "steps"), LONG)
def test_early_exits_and_slices_change_no_bit(spec, window, steps, device):
    plan = plan_of(spec, window, steps)
    tile = plan.tile(0, plan.grid.pixels)
    reference = native(plan)
    expected = reference.run(tile)
    seen = []
    for early, slices in ((True, Slices), (True, Impatient), (False, Slices)):
        kernel = fused(plan, device, early_exit=early, slices=slices)
        kernel._launcher = Watched(kernel._launcher, seen)
        agree(kernel.run(tile), expected)
        assert kernel.name == ("fused" if early else "whole")
        assert (min(seen) < max(seen)) == early
        seen.clear()
    assert same_bits(fused(plan, device).trajectory(tile), reference.trajectory(tile))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("spec", [f"tanh:{SMALL}", "tanh:samples=3,width=16", "relu:width=8 fma"])
def test_shapes_change_no_bit(spec, shape, device):
    plan = plan_of(spec, "0:3,0:3", 30, "7x5")
    tile = plan.tile(0, plan.grid.pixels)
    agree(fused(plan, device, shape).run(tile), native(plan).run(tile))


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 33])
def test_any_number_of_pixels(count, device):
    plan = plan_of(f"tanh:{SMALL}", "0:3,0:3", 40)
    tile = plan.tile(3, count)
    agree(fused(plan, device, Shape(2, 8)).run(tile), native(plan).run(tile))


@pytest.mark.parametrize("width", [1, 2, 3, 8, 31, 32])
@pytest.mark.parametrize("contract", ["strict", "fma"])
def test_widths(width, contract, device):
    plan = plan_of(f"tanh:samples=21,seed=7,width={width} {contract}", "0:3,0:3", 4, "3x2")
    tile = plan.tile(0, plan.grid.pixels)
    agree(fused(plan, device, Shape(8, 4)).run(tile), native(plan).run(tile))


def test_samples_that_do_not_fit_into_threadgroup_memory(device):
    plan = plan_of("tanh:samples=1700,seed=7,width=4", "0:3,0:3", 4, "3x2")
    tile = plan.tile(0, plan.grid.pixels)
    kernel = fused(plan, device)
    assert not kernel.variant.resident
    agree(kernel.run(tile), native(plan).run(tile))


@pytest.mark.parametrize("draws", ["", " strict float32 per-pixel=both"])
def test_tiles_longer_than_a_launch_are_cut(draws, device, monkeypatch):
    monkeypatch.setattr(bounds, "MOST", 10)
    plan = plan_of(f"minibatch:{SMALL}{draws}", "0:3,0:3", 20)
    tile, seen = plan.tile(0, plan.grid.pixels), []
    kernel = fused(plan, device, Shape(1, 1))
    kernel._launcher = Watched(kernel._launcher, seen)
    agree(kernel.run(tile), native(plan).run(tile))
    assert max(seen) == 10
    losses = kernel.trajectory(tile)
    assert same_bits(losses, native(plan).trajectory(tile))


WRONG = {
    "a product in a sum": ("#define SUB(a, b) ((a) - (b))",
                           "#define SUB(a, b) fma(-(b), (REAL)1.0000001, (a))"),
    "the listed multiply-and-add": ("ADD((c), MUL((a), (b)))", "FUSED_MAD((a), (b), (c))"),
    "a compensated sum": ("REAL s = ADD(a, b)", "REAL s = SUB(a, b)"),
    "its error": ("*error = ADD(", "*error = SUB("),
    "the reciprocal": ("r = large ? (REAL)0 : r;", ""),
    "tanh": ("return TANH_LIMIT <", "return (REAL)99 <"),
    "a sum over lanes": ("group.rank ^ mask", "group.rank"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_the_canary_refuses_wrong_texts(what, device, monkeypatch):
    old, new = WRONG[what]
    plan = plan_of(f"tanh:{SMALL}", "0:3,0:3", 2)
    right = text.source(variant(plan.problem, plan.arithmetic, Shape(4, 8)), "opencl")
    assert right.count(old) == 1
    monkeypatch.setattr(text, "source", lambda *_: right.replace(old, new))
    with pytest.raises(CanaryError, match=rf"opencl:\S+ computes {what} otherwise than strict"):
        fused(plan, device)


def test_a_driver_that_cannot_compile_gives_way_to_the_ops(device, monkeypatch):
    plan = plan_of(f"tanh:{SMALL}", "0:3,0:3", 2)
    monkeypatch.setattr(text, "source", lambda *_: "__kernel void broken(")
    fallen = backend.prepare(plan.problem, device, plan.arithmetic)
    assert fallen.name == "ops"
    assert fallen.note.startswith(f"{device}: no fused kernel (the driver of {device} cannot")
    assert "\n" not in fallen.note
    for kernel, contract in (("fused", "strict"), ("auto", "fma")):
        how = plan_of(f"tanh:{SMALL} {contract}", "0:3,0:3", 2).arithmetic
        with pytest.raises(KernelUnavailableError, match="cannot compile"):
            backend.prepare(plan.problem, device, how, kernel)


def test_a_driver_that_fails_midway_is_one_line(device, monkeypatch):
    plan = plan_of(f"tanh:{SMALL}", "0:3,0:3", 30)
    kernel, waits = fused(plan, device), iter([None])
    wait = kernel._launcher.wait

    def fails():
        if next(waits, "again") == "again":
            raise RuntimeError("clFinish failed: OUT_OF_RESOURCES\nand a long story")
        wait()

    monkeypatch.setattr(kernel._launcher, "wait", fails)
    with pytest.raises(FractbenchError, match=r"^opencl:\S+ failed while it trained; .*RESOURCES$"):
        kernel.run(plan.tile(0, 50))


def test_a_fallback_is_told_and_not_remembered_as_a_proof(device, monkeypatch, tmp_path):
    """Or the kernel that is there tomorrow would count as proven."""
    said, memory = [], tmp_path / "proven.json"
    with monkeypatch.context() as broken:
        broken.setattr(text, "source", lambda *_: "__kernel void broken(")
        assert prove(backend, device, said.append, memory) == "proven"
        assert not memory.exists()
        able = [g for g in goldens() if (g.problem, g.case, g.dtype) == ("tanh", "odd", "float32")]
        outcome = verify(backend, device, able)
        assert (outcome.matched, outcome.mismatches) == (1, [])
        assert [note.partition(" (")[0] for note in outcome.notes if "ops kernel runs" in note] == [
            f"{device}: no fused kernel"
        ]
        assert report([outcome])["results"][0]["kernels"] == {"ops": 1}
        with pytest.raises(KernelUnavailableError, match="has no fused kernel"):
            prove(backend, device, said.append, memory, arithmetic("fma"))
    prove(backend, device, said.append, memory)
    assert memory.exists()


UNROLLED = [("tanh", "strict"), ("relu:width=5", "fma"), ("minibatch", "fma"), ("single", "strict")]


@pytest.mark.parametrize(("spec", "contract"), UNROLLED)
@pytest.mark.parametrize("standard", ["CL1.2", "CL3.0"])
def test_the_text_of_gpus_is_plain_opencl(spec, contract, standard, tmp_path):
    """Without PoCL's leniency, and unrolled as only GPUs get it."""
    if shutil.which("clang") is None:
        absent("clang is not installed", "linux")
    plan = plan_of(f"{spec} {contract}", "0:3,0:3", 2)
    shape = Layout(16, 64).shape(plan.problem.width, plan.arithmetic.format)
    file = tmp_path / "text.cl"
    file.write_text(text.source(variant(plan.problem, plan.arithmetic, shape), "opencl"))
    subprocess.run(
        ["clang", "-x", "cl", f"-cl-std={standard}", "-Xclang", "-finclude-default-header",
         "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-pedantic",
         "-target", "spir64-unknown-unknown", "-DFB_UNROLLED", str(file)],
        check=True, timeout=120,
    )  # fmt: skip


def test_the_unrolled_text_gives_the_same_digests():
    """In a process of its own: PoCL 3.1's LLVM crashes over some unrolled texts, not over this."""
    done = subprocess.run(
        [sys.executable, "-m", "fractbench", "verify", "tanh:samples=19,seed=7,width=5",
         "--backend", "opencl", "--dtype", "float32", "--kernel", "fused"],
        env={**os.environ, "PYOPENCL_BUILD_OPTIONS": "-DFB_UNROLLED"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2 of 2" in done.stdout


def test_what_is_too_wide_runs_through_the_ops(device):
    wide = plan_of("tanh:samples=3,width=33", "0:3,0:3", 2, "2x2")
    assert backend.offers(wide.problem, device, wide.arithmetic) == ("ops",)
    tile = wide.tile(0, 4)
    kernel = backend.prepare(wide.problem, device, wide.arithmetic)
    agree(kernel.run(tile), native(wide).run(tile))
