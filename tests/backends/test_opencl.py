"""opencl: the host's bits on whatever device there is, short names, and refusals in one line."""

import os
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractbench.arithmetic.bits import same_bits
from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import FLOAT32, FLOAT64, FORMATS
from fractbench.arithmetic.host import HostOps
from fractbench.backend import Tile
from fractbench.bench.roofline import probing, registers
from fractbench.draws import Draws
from fractbench.errors import BackendUnavailableError, UsageError
from fractbench.goldens import goldens
from fractbench.problems.catalogue import names, problem
from fractbench.testing import check_backend
from fractbench.verify import choose, offered, verify
from fractbench_opencl import backend
from fractbench_opencl.arrays import Array
from fractbench_opencl.layout import Layout, indexed, merged, packed, spread
from helpers import absent, assert_same, tile_of, trained
from scenarios import SCENARIOS

MLP = ("tanh", "relu", "linear", "single", "minibatch", "weight-drift", "init-offset")


@pytest.fixture(scope="module")
def device():
    """The preferred device; skip where there is none, but fail in CI."""
    try:
        return backend.devices()[0]
    except BackendUnavailableError as error:
        absent(f"opencl: {error}", "linux")


@pytest.fixture(scope="module", params=["as on CPUs", "as on GPUs"])
def loops(request, device):
    """What computes with arrays, with either way to split loops among work-items."""
    from fractbench_opencl.elementwise import Elementwise
    from fractbench_opencl.launches import CPU, WIDE
    from fractbench_opencl.queue import queue_of

    return Elementwise(queue_of(device.name), CPU if request.param == "as on CPUs" else WIDE)


@pytest.fixture
def afresh(device):
    """Let the next use look for devices and open them anew, and the one after the test too."""
    from fractbench_opencl.devices import found
    from fractbench_opencl.ops import loops_of
    from fractbench_opencl.queue import queue_of

    caches = (found, queue_of, loops_of)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def formats(device):
    return [FORMATS[name] for name in backend.formats(device)]


def agrees(device, spec, steps, size=(5, 3), draws=None, **options):
    """Assert that the device gives the host's accumulators in each of its dtypes."""
    chosen = problem(spec, **options).with_steps(steps)
    chosen = chosen.with_draws(Draws.parse(draws, 7)) if draws else chosen
    width, height = size if len(chosen.axes) == 2 else (size[0], 1)
    for fmt in formats(device):
        tile = tile_of(chosen, None, width, height, fmt)
        kernel = backend.prepare(chosen, device, Arithmetic(format=fmt), "ops")
        assert_same(kernel.run(tile), trained(chosen, HostOps(fmt), tile.pixels))


def test_every_golden(device):
    short = choose(goldens(), (), long=False)
    wanted = sum(offered(backend, device, golden.plan(), "ops") for golden in short)
    assert wanted >= 60
    outcome = verify(backend, device, short, kernel="ops")
    assert (outcome.matched, outcome.mismatches) == (wanted, [])


def test_every_rule_of_backends(device):
    assert check_backend(backend, device.name, ("newton", "quadratic-2d")).matched > 0


@pytest.mark.parametrize("spec", names())
def test_every_problem(device, spec):
    agrees(device, spec, 3 if spec in MLP else 12, **({"width": 6} if spec in MLP else {}))


@pytest.mark.parametrize("size", [(1, 1), (33, 2), (2049, 1)])
def test_any_number_of_pixels(device, size):
    agrees(device, "tanh", 2, size, width=3, samples=7)
    agrees(device, "newton", 3, size)


@pytest.mark.parametrize("options", [{"width": 1}, {"width": 5, "samples": 97}, {"width": 24}])
def test_widths_and_samples_that_leave_short_blocks(device, options):
    agrees(device, "tanh", 1, (3, 1), **{"samples": 19, **options})


@pytest.mark.parametrize("kind", ["weights", "order", "both"])
def test_draws_per_pixel(device, kind):
    agrees(device, "minibatch", 3, draws=f"per-pixel={kind}", width=5, samples=9)


@pytest.mark.parametrize(
    "scenario",
    ["tanh: magnitudes mixed, targets 0", "relu: W 1e-14, inputs 1e-6, targets 0",
     "weight-drift: everything at its band, targets 0", "newton on -1e-12:1e-12,0:1000"],
)  # fmt: skip
def test_adversarial_scales(device, scenario):
    chosen = SCENARIOS[scenario]
    tile = tile_of(chosen.problem, chosen.window, chosen.width, chosen.height)
    with chosen.scaled():
        found = trained(chosen.problem, backend.ops(device, FLOAT32), tile.pixels)
        assert_same(found, trained(chosen.problem, HostOps(FLOAT32), tile.pixels))


def test_tiles_and_trajectories(device):
    chosen = problem("mandelbrot").with_steps(9)
    whole = tile_of(chosen, None, 5, 3)
    kernel = backend.prepare(chosen, device, Arithmetic(), "ops")
    expected = backend_of_host(chosen).trajectory(whole)
    assert same_bits(kernel.trajectory(whole), expected)
    parts = []
    for start in range(0, 15, 4):
        pixels = {name: a[start : start + 4] for name, a in whole.pixels.items()}
        parts.append(kernel.trajectory(Tile(start, len(pixels["x"]), pixels)))
    assert same_bits(np.concatenate(parts, axis=1), expected)


def backend_of_host(chosen):
    from fractbench.kernel import OpsKernel

    return OpsKernel(chosen, HostOps(FLOAT32), Arithmetic(), 15, "host")


def test_memory_does_not_grow_with_the_steps(device):
    from fractbench_opencl.queue import queue_of

    held = []
    for steps in (30, 300):
        chosen = problem("tanh", width=4, samples=5).with_steps(steps)
        backend.prepare(chosen, device, Arithmetic(), "ops").run(tile_of(chosen, None, 8, 8))
        held.append(queue_of(device.name).held)
    assert held[1] - held[0] < 1 << 14


def operands(dtype):
    """Return pairs of arrays whose loops have every number of axes and every kind of step."""
    drawn = np.random.Generator(np.random.PCG64(7)).integers(-9, 9, (7, 6, 5, 70))
    full = (drawn + (0.125 if dtype.kind == "f" else 0)).astype(dtype)
    if dtype.kind == "f":
        full[0, 0, 0, :4] = [np.nan, np.inf, -np.inf, -0.0]
    return [
        (full, full[::-1]),
        (full, full[0, 0, 0, 0, None]),
        (full[0, 0, 0, 1, None], full),
        (full[0, 0, 0, 2, None], full[0, 0, 0, 3, None]),
        (full[:, :1], full[:, :, 2:3]),
        (full[1:3, 2], full[3, :2, :, :1]),
        (full.swapaxes(0, 3), full[:1].swapaxes(0, 3)),
        (full[..., ::2], full[..., 1::2]),
        (full[:, 0, 0, 0][:, None], full[0, 0, 0][None]),
        (full[2, 1, :, :1], full[2, 1, 0][None]),
    ]


OPERATIONS = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "less": np.less,
    "equal": np.equal,
}


CASES = [
    *(("subtract", dtype, 10) for dtype in ("float32", "int32")),
    *(("multiply", dtype, 4) for dtype in ("float32", "float64")),
    *(("less", dtype, 2) for dtype in ("float32", "float64", "int32", "int64")),
    ("add", "float32", 2),
    ("equal", "float32", 2),
    ("subtract", "int64", 2),
]
"""The rest is text that they share; every kind of loop costs a compilation."""


@pytest.mark.parametrize(("operation", "dtype", "pairs"), CASES)
def test_operations_broadcast_and_keep_dtypes(loops, device, operation, dtype, pairs):
    if dtype == "float64" and FLOAT64 not in formats(device):
        return
    for a, b in operands(np.dtype(dtype))[:pairs]:
        with np.errstate(all="ignore"):
            expected = np.asarray(OPERATIONS[operation](a, b))
        found = loops.download(loops.apply(operation, view(loops, a), view(loops, b)))
        assert found.shape == expected.shape
        assert found.dtype == expected.dtype
        assert np.array_equal(found, expected, equal_nan=expected.dtype.kind == "f")
        assert expected.dtype.kind != "f" or same_bits(found, np.ascontiguousarray(expected))


def view(loops, host):
    """Return a device array with the steps of a host array, which may be a view."""
    base = host if host.base is None else host.base
    held = loops.upload(base)
    start = host.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    steps = tuple(stride // host.itemsize for stride in host.strides)
    layout = Layout(host.dtype.name, host.shape, steps)
    return Array(loops, held.buffer, start // host.itemsize, layout)


def test_selections_and_masks(loops):
    a, b = operands(np.dtype("float32"))[0]
    mask, other = a < b, a == a[0]
    put = loops.upload
    both = put(mask) | put(other)
    assert np.array_equal(loops.download(both), mask | other)
    for m, x, y in [(mask, a, b), (mask, a, b[0, 0, 0, 0]), (mask[0, 0, 0, 5], a, b),
                    (mask[..., :1], a[0], b)]:  # fmt: skip
        picked = loops.apply("select", put(m), put(x), put(y))
        assert same_bits(loops.download(picked), np.where(m, x, y))


def test_single_operands(loops):
    values = np.array([0.5, 1.5, 2.5, -0.5, -1.5, -0.0, -np.inf, -np.nan, 3e9], np.float32)
    for operation, host in {"nearest": np.rint, "absolute": np.abs, "copy": np.copy}.items():
        found = loops.download(loops.apply(operation, loops.upload(values)))
        assert same_bits(found, host(values))
        assert np.array_equal(np.signbit(found), np.signbit(host(values)))


def test_differences_of_integers_wrap(loops):
    low, one = np.array([-(1 << 31)], np.int32), np.array([1], np.int32)
    found = loops.download(loops.upload(low) - loops.upload(one))
    assert found.tolist() == [(1 << 31) - 1]


def test_nothing_is_promoted(loops):
    single, integer = (loops.upload(np.ones(2, dtype)) for dtype in (np.float32, np.int32))
    with pytest.raises(TypeError, match="add of float32 and int32"):
        single + integer
    with pytest.raises(TypeError, match="select by int32"):
        loops.apply("select", integer, single, single)


KEYS = [
    2,
    (1, -1),
    (slice(None), 3),
    (slice(1, 4), None, 0),
    (Ellipsis, slice(2, 5), slice(None)),
    (Ellipsis, 0),
    (slice(None, None, 2), Ellipsis, slice(5, None, -2)),
    None,
    (slice(None), None, 1, None),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_views_are_numpy_s(loops, key):
    host = np.arange(5 * 6 * 7, dtype=np.float32).reshape(5, 6, 7)
    for a, b in ((loops.upload(host), host), (loops.upload(host).swapaxes(0, 2), host.T)):
        found, expected = a[key], b[key]
        assert found.shape == expected.shape
        assert found.buffer is a.buffer
        assert same_bits(loops.download(found), np.ascontiguousarray(expected))
        flat = found.reshape((expected.size, 1))
        assert same_bits(loops.download(flat), expected.reshape(-1, 1))


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_gathers_are_numpy_s(loops, dtype):
    host = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)
    device = loops.upload(host)
    one, two = np.array([3, 0, 0, 2], dtype), np.array([[1, 2, 3], [0, 0, 1]], dtype)
    for key in (one, two, two.T):
        held = loops.upload(key)
        for found, expected in [
            (device[held], host[key]),
            (device[:, held], host[:, key]),
            (device[..., 0][:, held], host[..., 0][:, key]),
            (device.swapaxes(0, 2)[:, held], host.T[:, key]),
        ]:
            assert same_bits(loops.download(found), np.ascontiguousarray(expected))


@pytest.mark.parametrize("key", [5, -6, (0, 6)])
def test_places_beyond_an_array_are_refused(loops, key):
    array = loops.upload(np.zeros((5, 6), np.float32))
    with pytest.raises(IndexError, match="is beyond an axis of"):
        array[key]


@given(st.data())
def test_merged_loops_visit_the_same_elements(data):
    """For any arrays that are broadcast to one shape."""
    shape = tuple(data.draw(st.lists(st.integers(1, 3), max_size=5)))
    views = []
    for _ in range(2):
        given = tuple(1 if data.draw(st.booleans()) else length for length in shape)
        views.append(spread(packed("int64", given), shape).strides)
    lengths, strides = merged(shape, views)
    assert len(lengths) != 2
    for before, after in zip(views, strides, strict=True):
        assert places(lengths, after) == places(shape, before)


@pytest.mark.parametrize(
    ("shapes", "axes"),
    [([(4, 5, 6), (4, 5, 6)], 1), ([(4, 5, 6), ()], 1), ([(4, 5, 6), (5, 6)], 3),
     ([(4, 5, 6), (4, 1, 6)], 3), ([(4, 1, 6, 7), (1, 5, 1, 7)], 4), ([(1, 1), (1, 1)], 1)],
)  # fmt: skip
def test_loops_have_as_few_axes_as_they_can(shapes, axes):
    shape = np.broadcast_shapes(*shapes)
    lengths, _ = merged(shape, [spread(packed("int32", s), shape).strides for s in shapes])
    assert len(lengths) == axes


def places(shape, strides):
    """Return where a loop reads, in order."""
    total = np.zeros((), int)
    for length, stride in zip(shape, strides, strict=True):
        total = total[..., None] + np.arange(length) * stride
    return total.ravel().tolist()


def test_indexing_is_numpy_s_arithmetic_of_strides():
    view, offset = indexed(packed("float32", (5, 6)), (slice(4, 0, -2), None, 3))
    assert (view.shape, view.strides, offset) == ((2, 1), (-12, 0), 27)


def test_uploads_keep_dtype_and_bits(device):
    sent = {
        "floats": np.array([1 / 3, -0.0, np.inf, np.nan, 1e-310]),
        "bits": np.array([1 << 62, -3], np.int64),
        "indices": np.array([2, 0], np.int32),
        "mask": np.array([True, False]),
        "scalar": np.array(2.5, np.float32),
        "gaps": np.arange(6, dtype=np.int32).reshape(2, 3).T,
    }
    ops = backend.ops(device, FLOAT32)
    back = ops.compile(lambda o, fixed, pixels: {**fixed, "pixels": pixels}, {"held": sent})(sent)
    for kept in (back["held"], back["pixels"]):
        for key, array in sent.items():
            assert (kept[key].dtype, kept[key].shape) == (array.dtype, array.shape)
            assert kept[key].tobytes() == array.tobytes()


def of(kind, name="A  chip ", extensions="cl_khr_fp64", **changes):
    """Return what a driver says of a device."""
    import pyopencl as cl

    facts = {"available": True, "compiler_available": True, "endian_little": True, **changes}
    return SimpleNamespace(
        type=getattr(cl.device_type, kind), name=name, extensions=extensions, **facts
    )


def driver(name, *devices):
    return SimpleNamespace(name=name, get_devices=lambda: list(devices))


@pytest.mark.usefixtures("afresh")
def test_names_are_short_and_the_best_come_first(monkeypatch):
    import pyopencl as cl

    def fails():
        return cl.Context(devices=[])

    drivers = [
        driver("Z", of("CPU", "other"), of("GPU", "second", "cl_khr_fp16")),
        driver("Portable", of("CPU"), of("CPU", "big", endian_little=False)),
        driver("A", of("GPU", "first"), of("GPU", "gone", available=False),
               of("ACCELERATOR"), of("CUSTOM"), of("CPU", compiler_available=False)),
        SimpleNamespace(name="broken", get_devices=fails),
    ]  # fmt: skip
    monkeypatch.setattr(cl, "get_platforms", lambda: drivers)
    named = [(str(d), d.chip) for d in backend.devices()]
    assert named == [
        ("opencl:gpu:0", "first"),
        ("opencl:gpu:1", "second"),
        ("opencl:accelerator:0", "A chip"),
        ("opencl:cpu", "A chip"),
        ("opencl:cpu:1", "other"),
    ]
    assert backend.device("gpu").name == "gpu:0"
    assert backend.formats(backend.device("gpu:0")) == ("float32", "float64")
    assert backend.formats(backend.device("gpu:1")) == ("float32",)
    assert backend.tile(problem("tanh"), backend.device("gpu")) > 1024
    assert backend.threads(backend.device("gpu")) is None


@pytest.mark.usefixtures("afresh")
def test_drivers_without_a_device_are_one_line(monkeypatch):
    import pyopencl as cl

    monkeypatch.setattr(cl, "get_platforms", lambda: [driver("A", of("GPU", available=False))])
    with pytest.raises(BackendUnavailableError, match=r"^no OpenCL driver offers a device; inst"):
        backend.devices()


def test_no_driver_is_one_line_that_says_what_to_install(tmp_path, device):
    text = "from fractbench_opencl import backend\ntry: backend.devices()\n"
    text += "except Exception as error: print(type(error).__name__, error)"
    done = python(text, OCL_ICD_VENDORS=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "BackendUnavailableError no OpenCL driver found; install the GPU's OpenCL driver, or for "
        "CPUs PoCL (on Debian and Ubuntu: apt install pocl-opencl-icd)\n"
    )
    assert not done.stderr


def python(text, **environment):
    return subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_a_broken_install_is_one_line(tmp_path, monkeypatch):
    package = tmp_path / "pyopencl"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('libOpenCL.so.1: cannot open\\nmore')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "pyopencl", raising=False)
    with pytest.raises(BackendUnavailableError, match=r"^half installed: libOpenCL.so.1: cannot o"):
        backend.version()
    monkeypatch.setitem(sys.modules, "pyopencl", None)
    with pytest.raises(BackendUnavailableError, match=r"^not installed$") as refused:
        backend.devices()
    assert refused.value.installable


def test_importing_it_imports_no_pyopencl():
    done = python("import sys, fractbench_opencl; print('pyopencl' in sys.modules)")
    assert done.stdout == "False\n", done.stderr


@pytest.mark.usefixtures("afresh")
def test_a_driver_that_cannot_compile_is_refused_in_one_line(monkeypatch):
    """As PoCL 3.0 on processors that it does not know; and a user's options are not hidden."""
    monkeypatch.setenv("PYOPENCL_BUILD_OPTIONS", "-no-such-option")
    first = backend.devices()[0]
    with pytest.raises(BackendUnavailableError) as refused:
        backend.prepare(problem("mandelbrot"), first, Arithmetic())
    said = str(refused.value)
    assert said.startswith(f"the driver of {first} cannot compile: ")
    assert "\n" not in said
    assert said.count("clBuildProgram") <= 1
    assert backend.precision(first)["build options"] == "from PYOPENCL_BUILD_OPTIONS"


def test_a_compiler_s_first_error_is_told_without_its_file(loops):
    with pytest.raises(BackendUnavailableError) as refused:
        loops.queue.build("__kernel void f(__global float *a) { a[0] = nothing; }")
    assert re.fullmatch(r"the driver of opencl:\S+ cannot compile: .*nothing.*", str(refused.value))
    assert "/" not in str(refused.value)


def test_more_memory_than_there_is_is_refused(loops):
    with pytest.raises(UsageError, match=r"has no room for \d+ MiB more; type --tile with fewer"):
        loops.queue.allocate(1 << 50)


def test_what_decides_how_it_rounds(device):
    told = backend.precision(device)
    assert told["build options"] == "none"
    assert {told[f"subnormals {name}"] for name in backend.formats(device)} <= {"kept", "flushed"}
    subnormals = {f"subnormals {name}" for name in backend.formats(device)}
    assert set(told) == {"build options", "driver", *subnormals}
    assert re.search(r"\S \d", told["driver"])


def test_other_contracts_are_refused_with_what_to_type(device):
    with pytest.raises(UsageError, match=r"no kernel for newton under .*free.*; type .*strict"):
        backend.prepare(problem("newton"), device, Arithmetic("free"))


def test_an_interrupt_leaves_no_noise(device):
    text = f"""
import os, signal, threading
from fractbench.arithmetic.contract import Arithmetic
from fractbench.problems.catalogue import problem
from fractbench.plan import Plan
from fractbench.grid import Grid
from fractbench_opencl import backend
chosen = problem("tanh", width=4).with_steps(100_000)
plan = Plan(chosen, Grid(chosen.views["start"], 16, 16), Arithmetic())
kernel = backend.prepare(chosen, backend.device({device.name!r}), Arithmetic(), "ops")
threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    kernel.run(plan.tile(0, 256))
except KeyboardInterrupt:
    print("stopped")
"""
    done = python(text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")


@pytest.fixture
def finite(monkeypatch):
    """What Probes checked to be finite, in order; what they copy and compute is small."""
    monkeypatch.setattr(probing, "COPIED", 1 << 16)
    monkeypatch.setattr(probing, "last_cache", lambda: 0)
    monkeypatch.setattr(registers, "THREADS", 256)
    seen = []
    monkeypatch.setattr(probing, "finite", lambda value: seen.append(float(value)))
    return seen


@pytest.mark.parametrize("kind", ["multiply_add", "multiply_then_add"])
def test_probes_make_every_product_and_sum(device, finite, kind):
    for fmt in formats(device):
        finite.clear()
        backend.probe(kind, device, fmt).run(2)
        start = probing.start(256, fmt.name)
        wanted = registers.expected(registers.expected(start)).sum()
        assert finite[-1] == pytest.approx(wanted, rel=1e-5)


def test_a_probe_that_fuses_is_told_from_one_that_rounds(device, finite, monkeypatch):
    from fractbench_opencl import probes

    monkeypatch.setattr(probes, "APART", "fma({x}, a, b)")
    with pytest.raises(ArithmeticError, match="not rounded as they should be"):
        backend.probe("multiply_then_add", device, FLOAT32)


def test_probes_copy_and_launch_as_often_as_asked(device, finite):
    copied = backend.probe("copy", device, FLOAT32)
    copied.run(2)
    launched = backend.probe("launch", device, FLOAT32)
    launched.run(3)
    launched.run(9)
    assert (copied.work, launched.work) == (2 * probing.COPIED, 1)
    assert finite == [2.0, 3.0, 12.0]
    assert backend.probe("gemm", device, FLOAT32) is None
