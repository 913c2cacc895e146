"""The launchers of the kernel text in MLX and PyTorch, on GPUs that need not be there.

A fake GPU answers the canary as the host does, and to ``train`` it answers each pixel's own number;
the real compilers (NVRTC) and the real signatures (MLX's) are used where they need no device.
"""

import ctypes
import importlib.util
import os
import platform
import re
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from fakes import HostBackend, register
from fractbench.arithmetic.compiled import answers
from fractbench.arithmetic.contract import Arithmetic, arithmetic
from fractbench.arithmetic.formats import FLOAT64
from fractbench.backend import Device
from fractbench.cli import run_app
from fractbench.errors import CanaryError, FractbenchError, KernelUnavailableError, UsageError
from fractbench.measure import ACCUMULATORS
from fractbench.problems.catalogue import problem
from fractbench.simt import canary, text
from fractbench.simt.choose import fused_names, simt_kernel
from fractbench.simt.failure import LONGEST, unavailable
from fractbench.simt.layouts import CUDA
from fractbench.simt.variant import Layout, Shape, variant
from helpers import backend, tile_of

STRICT, FMA = Arithmetic(), arithmetic("fma")
TANH = problem("tanh").with_steps(20)
WIDE = problem("tanh", width=33)
GPUS = ("mlx:metal", "mlx:cuda:0", "torch:mps", "torch:cuda:0")
REMEDY = "cuda-core is not installed; type pip install 'fractbench[torch-cuda]'"


class Gpu:
    """What any of the fakes runs: host arrays in, host arrays out, everything remembered."""

    def __init__(self, how=STRICT, lanes=16):
        self.how, self.lanes, self.launches, self.waits, self.wrong = how, lanes, [], 0, False

    def run(self, name, inputs, outputs, groups, threads):
        """Return what an entry point writes; an output is its length and dtype."""
        entry = name.split("_")[1]
        it = text.ENTRIES[entry]
        assert [t for _, t in it.inputs] == ["int" if a.dtype == np.int32 else "real"
                                             for a in inputs]  # fmt: skip
        assert [t for _, t in it.outputs] == ["int" if d == "int32" else "real" for _, d in outputs]
        assert all(a.ndim == 1 and a.size >= 8 for a in inputs)
        assert all(n >= 8 for n, _ in outputs)
        given = dict(zip((n for n, _ in it.inputs), inputs, strict=True))
        self.launches.append(SimpleNamespace(entry=entry, name=name, given=given, groups=groups,
                                             threads=threads, outputs=outputs))  # fmt: skip
        made = [np.zeros(n, np.dtype(d)) for n, d in outputs]
        if entry == "canary" and given["counts"][0] > 1:
            asked, found = answers(self.how, canary.ROWS)
            assert np.array_equal(given["given"], asked.ravel(), equal_nan=True)
            rows = [*found, canary._exchanged(asked[0], self.lanes)]
            made[0][:] = (
                np.concatenate(rows) + np.float32(1) if self.wrong else np.concatenate(rows)
            )
        if entry == "train" and given["counts"][2] == 0:
            rows = made[1].reshape(-1, 8)
            rows[:, 0], rows[:, 6] = given["pixel"][: len(rows)], 1
        return made

    @property
    def trained(self):
        """The launches of ``train`` with steps to run."""
        return [it for it in self.launches if it.entry == "train" and it.given["counts"][2] == 0]


@pytest.fixture
def mlx(monkeypatch):
    """MLX whose custom kernels run on the fake GPU; its arrays are real, on the CPU."""
    found = backend("mlx")
    import mlx.core as mx

    gpu = Gpu()
    gpu.made, gpu.started = [], 0

    def factory(kind):
        def make(*, name, input_names, output_names, source, header, **options):
            it = text.ENTRIES[name.split("_")[1]]
            assert (input_names, output_names) == ([n for n, _ in it.inputs],
                                                   [n for n, _ in it.outputs])  # fmt: skip
            gpu.made.append(SimpleNamespace(kind=kind, name=name, source=source, header=header,
                                            options=options))  # fmt: skip

            def call(*, inputs, output_shapes, output_dtypes, grid, threadgroup, stream):
                assert stream == mx.Device(mx.cpu, 0)
                assert grid[1:] == threadgroup[1:] == (1, 1)
                groups, rest = divmod(grid[0], threadgroup[0])
                assert not rest
                dtypes = [{mx.float32: "float32", mx.int32: "int32"}[d] for d in output_dtypes]
                outputs = [(n, d) for (n,), d in zip(output_shapes, dtypes, strict=True)]
                arrays = [np.array(a) for a in inputs]
                return [mx.array(a) for a in gpu.run(name, arrays, outputs, groups, threadgroup[0])]

            return call

        return make

    start, sync = mx.async_eval, mx.synchronize

    def started(*arrays):
        gpu.started += 1
        start(*arrays)

    def waited(stream):
        gpu.waits += 1
        sync(stream)

    monkeypatch.setattr(mx.fast, "metal_kernel", factory("metal"))
    monkeypatch.setattr(mx.fast, "cuda_kernel", factory("cuda"))
    monkeypatch.setattr(mx, "async_eval", started)
    monkeypatch.setattr(mx, "synchronize", waited)
    monkeypatch.setattr("fractbench_mlx._place", lambda _: mx.Device(mx.cpu, 0))
    gpu.backend = found
    return gpu


@pytest.fixture
def mps(monkeypatch):
    """PyTorch's MPS on the fake GPU; tensors are on the CPU."""
    found = backend("torch")
    import torch

    from fractbench_torch import launcher_mps

    gpu = Gpu()
    gpu.most, gpu.sources = 1024, []

    def kernel(name):
        def call(*tensors, threads, group_size):
            it = text.ENTRIES[name.split("_")[1]]
            assert all(t.is_contiguous() for t in tensors)
            groups, rest = divmod(threads, group_size)
            assert not rest
            inputs, made = tensors[: len(it.inputs)], tensors[len(it.inputs) :]
            outputs = [(t.numel(), str(t.dtype).removeprefix("torch.")) for t in made]
            arrays = [t.numpy() for t in inputs]
            wrote = gpu.run(name, arrays, outputs, groups, group_size)
            for tensor, array in zip(made, wrote, strict=True):
                tensor.copy_(torch.tensor(array))

        call.max_threads_per_threadgroup = gpu.most
        return call

    def compile_shader(source):
        gpu.sources.append(source)
        names = re.findall(r"kernel void (\w+)\(", source)
        return SimpleNamespace(**{name: kernel(name) for name in names})

    def synchronize():
        gpu.waits += 1

    monkeypatch.setattr(torch.mps, "compile_shader", compile_shader)
    monkeypatch.setattr(torch.mps, "synchronize", synchronize)
    monkeypatch.setattr("fractbench_torch.launcher.kind_of", lambda device: "mps")
    monkeypatch.setattr(launcher_mps.MpsLauncher.__init__, "__defaults__", ("cpu",))
    gpu.backend = found
    return gpu


ARRAY = {"float32": ctypes.c_float, "int32": ctypes.c_int32}


@pytest.fixture
def cuda(monkeypatch):
    """cuda.core on the fake GPU, which reads and writes by address; tensors are on the CPU."""
    found = backend("torch")
    import torch

    from fractbench_torch import nvrtc

    gpu = Gpu(lanes=4)
    gpu.programs, gpu.current, gpu.inside, gpu.capability, gpu.sizes = [], [], [], (9, 0), {}

    class Program:
        def __init__(self, source, kind, options):
            gpu.programs.append(SimpleNamespace(source=source, kind=kind, options=options))

        def compile(self, target):
            assert target == "cubin"
            return self

        def get_kernel(self, name):
            assert f"{name}(" in gpu.programs[-1].source
            return name

    @contextmanager
    def guard(device):
        gpu.inside.append(str(device))
        yield
        gpu.inside.pop()

    def launch(stream, config, name, *pointers):
        assert (stream, gpu.current[-1], gpu.inside) == (4711, 0, ["cpu"])
        gpu.current.clear()
        it = text.ENTRIES[name.split("_")[1]]
        arrays = []
        for (_, kind), pointer in zip((*it.inputs, *it.outputs), pointers, strict=True):
            ctype = ARRAY["int32" if kind == "int" else "float32"]
            arrays.append(np.ctypeslib.as_array((ctype * gpu.sizes[pointer]).from_address(pointer)))
        inputs, made = arrays[: len(it.inputs)], arrays[len(it.inputs) :]
        outputs = [(a.size, a.dtype.name) for a in made]
        wrote = gpu.run(name, [a.copy() for a in inputs], outputs, config["grid"], config["block"])
        for array, answer in zip(made, wrote, strict=True):
            array[:] = answer

    pointer_of = torch.Tensor.data_ptr

    def data_ptr(tensor):
        pointer = pointer_of(tensor)
        gpu.sizes[pointer] = tensor.numel()
        return pointer

    def synchronize(device):
        gpu.waits += 1

    core = SimpleNamespace(
        Program=Program, ProgramOptions=dict, LaunchConfig=dict, launch=launch,
        Device=lambda index: SimpleNamespace(set_current=lambda: gpu.current.append(index)),
        Stream=SimpleNamespace(from_handle=lambda handle: handle),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "cuda.core", core)
    monkeypatch.setattr(torch.Tensor, "data_ptr", data_ptr)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: gpu.capability)
    monkeypatch.setattr(torch.cuda, "device", guard)
    monkeypatch.setattr(
        torch.cuda, "current_stream", lambda device: SimpleNamespace(cuda_stream=4711)
    )
    monkeypatch.setattr(torch.cuda, "synchronize", synchronize)
    monkeypatch.setattr("fractbench_torch.launcher.require", lambda module: None)
    monkeypatch.setattr(
        "fractbench_torch.launcher.maker",
        lambda device: (
            lambda it: importlib.import_module("fractbench_torch.launcher_cuda").CudaLauncher(
                it, "cpu"
            )
        ),
    )
    nvrtc.compiled.cache_clear()
    gpu.backend = found
    yield gpu
    nvrtc.compiled.cache_clear()


def prepared(gpu, device, how=STRICT, kernel="auto", subject=TANH):
    gpu.how = how
    name, _, place = device.partition(":")
    return gpu.backend.prepare(subject, Device(name, place), how, kernel)


def trains(gpu, made, lanes, pixels):
    """Run 37 pixels; every one answers its own number, from groups of the right size."""
    given = tile_of(TANH, None, 37)
    out = made.run(given)
    assert list(out) == list(ACCUMULATORS)
    assert out[ACCUMULATORS[0]].tolist() == list(range(37))
    [ran] = gpu.trained
    assert ran.threads == lanes * pixels
    assert ran.groups == -(-37 // pixels)
    assert ran.given["counts"][:3].tolist() == [37, 37, 0]
    assert ran.given["X"].size == TANH.count * TANH.width
    assert np.array_equal(ran.given["x"][:37], given.pixels["x"])
    assert np.array_equal(ran.given["y"][:37], given.pixels["y"])
    assert [n for n, _ in ran.outputs][:2] == [37 * TANH.width * (TANH.width + 1), 37 * 8]
    assert gpu.waits


def test_mlx_on_metal(mlx):
    made = prepared(mlx, "mlx:metal")
    assert (made.name, made.early_exit) == ("fused", True)
    it = variant(TANH, STRICT, Shape(16, 8))
    for entry, kernel in zip(text.ENTRIES, mlx.made, strict=True):
        assert kernel.kind == "metal"
        assert kernel.name == text.name(entry, it, "metal")
        assert kernel.source == text.body(entry, "metal")
        assert kernel.header == text.header(it, "metal")
        assert kernel.options == {"ensure_row_contiguous": True,
                                  "compile_options": {"math_mode": "safe"}}  # fmt: skip
    trains(mlx, made, 16, 8)
    assert mlx.started == len(mlx.launches)


def test_mlx_on_cuda(mlx):
    mlx.lanes = 4
    made = prepared(mlx, "mlx:cuda:0", FMA, "whole")
    assert (made.name, made.early_exit) == ("whole", False)
    it = variant(TANH, FMA, Shape(4, 32, 2))
    for entry, kernel in zip(text.ENTRIES, mlx.made, strict=True):
        assert kernel.kind == "cuda"
        assert kernel.name == text.name(entry, it, "cuda")
        assert kernel.options == {"ensure_row_contiguous": True}
    trains(mlx, made, 4, 32)


def test_mlx_compiles_while_it_prepares(mlx):
    """MLX compiles what it runs first, so both entry points run once: on one pixel, for no step."""
    prepared(mlx, "mlx:metal")
    tried = [it for it in mlx.launches if set(it.given["counts"].tolist()) == {1}]
    assert [it.entry for it in tried] == ["train", "canary"]
    for it in tried:
        assert it.groups == 1
        assert all(not a.any() for n, a in it.given.items() if n != "counts")
    train = tried[0].given
    assert train["X"].size >= TANH.count * TANH.width
    assert train["state_in"].size >= TANH.width * (TANH.width + 1)
    assert tried[0].outputs[0][0] >= TANH.width * (TANH.width + 1)


def test_torch_on_mps(mps):
    made = prepared(mps, "torch:mps")
    assert (made.name, made.early_exit) == ("fused", True)
    assert mps.sources == [text.source(variant(TANH, STRICT, Shape(16, 8)), "metal")]
    trains(mps, made, 16, 8)


def test_torch_on_cuda(cuda):
    made = prepared(cuda, "torch:cuda:0")
    assert made.name == "fused"
    [program] = cuda.programs
    assert program.source == text.source(variant(TANH, STRICT, Shape(4, 32, 2)), "cuda")
    assert program.kind == "c++"
    assert program.options == {"arch": "sm_90", "fma": False, "ftz": False, "prec_div": True,
                               "prec_sqrt": True, "std": "c++17"}  # fmt: skip
    trains(cuda, made, 4, 32)


def test_cuda_compiles_for_the_gpu_itself_and_once(cuda):
    cuda.capability = (12, 1)
    prepared(cuda, "torch:cuda:0")
    prepared(cuda, "torch:cuda:0", kernel="whole")
    assert [p.options["arch"] for p in cuda.programs] == ["sm_121"]


def test_bits_survive_the_way_to_the_device_and_back(mlx, mps, cuda):
    import mlx.core as mx

    from fractbench_mlx.launcher import MlxLauncher
    from fractbench_torch.launcher_cuda import CudaLauncher
    from fractbench_torch.launcher_mps import MpsLauncher

    it = variant(TANH, STRICT, Shape(16, 8))
    bits = np.array(
        [0x7FC00001, 0xFFC12345, 1, 0x80000001, 0x80000000, 0x7F800000, 0, 5], np.uint32
    )
    for launcher in (
        MlxLauncher(it, mx.Device(mx.cpu, 0), "metal"),
        MpsLauncher(it),
        CudaLauncher(it, "cpu"),
    ):
        for array in (bits.view(np.float32), bits.view(np.int32)):
            back = launcher.download(launcher.upload(array))
            assert back.dtype == array.dtype
            assert back.tobytes() == array.tobytes()


@pytest.mark.parametrize("device", GPUS)
def test_kernels_are_offered_in_order(device, monkeypatch):
    monkeypatch.setattr("fractbench_torch.launcher.missing", lambda device: "")
    name, _, place = device.partition(":")
    found, there = backend(name), Device(name, place)
    assert found.offers(TANH, there, STRICT) == ("fused", "whole", "ops")
    assert found.offers(TANH, there, FMA) == ("fused", "whole")
    for subject in (WIDE, problem("newton"), problem("mandelbrot")):
        assert found.offers(subject, there, STRICT) == ("ops",)
    assert found.offers(WIDE, there, FMA) == ()
    assert not set(found.offers(TANH, there, arithmetic("free"))) & {"fused", "whole", "ops"}
    assert found.offers(TANH, Device(name, "cpu"), STRICT) == ("ops",)
    double = ("fused", "whole") if "float64" in found.formats(there) else ()
    assert found.offers(TANH, there, Arithmetic("fma", FLOAT64)) == double


@pytest.fixture
def lacking(monkeypatch):
    """PyTorch with a CUDA device and without cuda-core; Ops run on the CPU."""
    found = backend("torch")
    for module in ("cuda.core", "cuda.bindings"):
        monkeypatch.setitem(sys.modules, module, None)
    there = (Device("torch", "cuda:0"), Device("torch", "cpu"))
    monkeypatch.setattr(type(found), "devices", lambda self: there)
    import torch

    from fractbench_torch.ops import TorchOps

    monkeypatch.setattr(type(found), "ops", lambda self, device, fmt: TorchOps("cpu", fmt))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    return found


def test_without_cuda_core_the_ops_kernel_runs_and_says_why(lacking):
    made = lacking.prepare(TANH, Device("torch", "cuda:0"), STRICT)
    assert made.name == "ops"
    assert made.note == (f"torch:cuda:0: no fused kernel ({REMEDY}), so the slower ops kernel runs")
    assert lacking.offers(TANH, Device("torch", "cuda:0"), STRICT) == ("ops",)
    assert lacking.offers(TANH, Device("torch", "cuda:0"), FMA) == ()
    assert lacking.note() == REMEDY.partition("; ")[2] + " for the fused kernels of CUDA devices"


@pytest.mark.parametrize(
    ("how", "kernel", "name", "instead"),
    [(STRICT, "fused", "fused", "--kernel ops"), (STRICT, "whole", "whole", "--kernel ops"),
     (FMA, "auto", "fused", "--contract strict"), (FMA, "whole", "whole", "--contract strict")],
)  # fmt: skip
def test_without_cuda_core_what_was_named_is_refused(lacking, how, kernel, name, instead):
    wanted = (
        f"torch:cuda:0 has no {name} kernel: {REMEDY}; or take the slower ops kernel by {instead}"
    )
    for ask in (lacking.prepare, lacking.check_kernel):
        with pytest.raises(KernelUnavailableError) as refused:
            ask(TANH, Device("torch", "cuda:0"), how, kernel)
        assert str(refused.value) == wanted
        assert refused.value.exit_status == UsageError.exit_status


def test_without_cuda_core_the_remedy_is_named_only_where_it_helps(lacking):
    with pytest.raises(UsageError) as refused:
        lacking.prepare(WIDE, Device("torch", "cuda:0"), STRICT, "fused")
    assert "cuda-core" not in str(refused.value)
    assert lacking.prepare(TANH, Device("torch", "cpu"), STRICT).name == "ops"
    assert not hasattr(lacking.prepare(TANH, Device("torch", "cuda:0"), STRICT, "ops"), "note")


def fallen(subject, how, kernel, error):
    def make(it):
        raise error

    return simt_kernel(subject, "x:gpu", how, kernel, make, Layout(64, 128),
                       lambda: SimpleNamespace(name="ops"))  # fmt: skip


def test_only_auto_under_strict_falls_back():
    error = KernelUnavailableError("no compiler")
    made = fallen(TANH, STRICT, "auto", error)
    assert made.name == "ops"
    assert made.note == "x:gpu: no fused kernel (no compiler), so the slower ops kernel runs"
    for how, kernel in ((STRICT, "fused"), (STRICT, "whole"), (FMA, "auto"), (FMA, "fused")):
        with pytest.raises(KernelUnavailableError, match=r"x:gpu has no \w+ kernel: no compiler; "):
            fallen(TANH, how, kernel, error)


@pytest.mark.parametrize("device", GPUS)
@pytest.mark.parametrize("how", [STRICT, FMA], ids=str)
def test_a_gpu_that_computes_otherwise_is_refused_and_never_replaced(device, how, request):
    gpu = request.getfixturevalue({"torch:mps": "mps", "torch:cuda:0": "cuda"}.get(device, "mlx"))
    gpu.wrong, gpu.lanes = True, 4 if "cuda" in device else 16
    with pytest.raises(CanaryError, match=f"{device} computes a product in a sum otherwise than"):
        prepared(gpu, device, how)


def test_what_a_compiler_says_becomes_one_line():
    for said, line in (
        ("nvrtc log:\n\na.cu(3): error: no such thing\n more", "a.cu(3): error: no such thing"),
        ("nothing known\nmore", "nothing known"),
        ("", "RuntimeError"),
        ("x" * 999, "x" * LONGEST),
    ):
        with pytest.raises(KernelUnavailableError) as found, unavailable("it fails"):
            raise RuntimeError(said)
        assert str(found.value) == f"it fails: {line}"
    with pytest.raises(CanaryError), unavailable("it fails"):
        raise CanaryError("wrong")
    assert issubclass(KernelUnavailableError, FractbenchError)


def test_a_shader_that_does_not_compile_or_fit_falls_back(mps, monkeypatch):
    import torch

    from fractbench_torch.ops import TorchOps

    monkeypatch.setattr(type(mps.backend), "ops", lambda self, d, fmt: TorchOps("cpu", fmt))
    mps.most = 64
    assert "(its groups have 128 threads and this GPU runs 64 of them)" in (
        prepared(mps, "torch:mps").note
    )

    def broken(source):
        raise SyntaxError("program_source:3:7: error: unknown type name 'What'\nWhat\n^")

    monkeypatch.setattr(torch.mps, "compile_shader", broken)
    assert (
        "(PyTorch cannot compile it for MPS: program_source:3:7: error: unknown type name 'What')"
    ) in prepared(mps, "torch:mps").note
    monkeypatch.delattr(torch.mps, "compile_shader")
    assert "has no torch.mps.compile_shader; type pip install" in prepared(mps, "torch:mps").note


@pytest.mark.parametrize("dialect", ["metal", "cuda"])
def test_the_real_mlx_takes_our_kernels(dialect):
    """Its own signature; without the device it refuses, at the construction or at the call."""
    backend("mlx")
    import mlx.core as mx

    from fractbench_mlx.launcher import MlxLauncher

    it = variant(problem("tanh", width=4), STRICT, Shape(16, 8))
    if getattr(mx, dialect).is_available():
        assert MlxLauncher(it, mx.Device(mx.gpu, 0), dialect)
        return
    with pytest.raises(KernelUnavailableError) as refused:
        MlxLauncher(it, mx.Device(mx.cpu, 0), dialect)
    wanted = {
        "metal": "[metal_kernel] No Metal back-end.",
        "cuda": "[cuda_kernel] No CUDA back-end.",
    }
    assert str(refused.value) == f"MLX cannot run it on {dialect}: {wanted[dialect]}"


@pytest.mark.parametrize("dialect", ["metal", "cuda"])
def test_mlx_adds_no_argument_that_the_launchers_do_not_know_of(dialect):
    """MLX appends arrays' shapes and Metal's attributes where a body names them."""
    for entry, it in text.ENTRIES.items():
        written = text.body(entry, dialect)
        for name, _ in it.inputs:
            assert not re.search(f"{name}_(shape|strides|ndim)", written)
    named = set(
        re.findall(r"\w+_(?:in|per)_(?:grid|threadgroup|simdgroup)", text.body("train", "metal"))
    )
    assert named == set(text.ATTRIBUTES)


def needs_nvrtc():
    """Skip without cuda-core; it is a dependency of the tests on Linux on x86-64, so fail there."""
    try:
        found = all(importlib.util.find_spec(name) for name in ("cuda.core", "cuda.bindings"))
    except ImportError:
        found = False
    if not found:
        expected = sys.platform == "linux" and platform.machine() == "x86_64"
        ends = pytest.fail if os.environ.get("CI") and expected else pytest.skip
        ends("cuda-core is not installed")
    backend("torch")


NAMES = [("tanh", "strict"), ("relu:width=4", "fma"), ("minibatch:width=4", "strict"),
         ("weight-drift:width=4", "fma")]  # fmt: skip


def on_cuda(spec, contract):
    """Return the Variant that a network has on CUDA, through MLX and PyTorch alike."""
    subject, how = problem(spec), arithmetic(contract)
    return variant(subject, how, CUDA.shape(subject.width, how.format))


@pytest.mark.parametrize("arch", ["sm_80", "sm_90"])
@pytest.mark.parametrize(("spec", "contract"), NAMES)
def test_nvrtc_compiles_what_the_cuda_launcher_gives_it(spec, contract, arch):
    needs_nvrtc()
    from fractbench_torch.nvrtc import compiled

    it = on_cuda(spec, contract)
    code = compiled(it, arch).code
    assert code.startswith(b"\x7fELF")
    for entry in text.ENTRIES:
        assert text.name(entry, it, "cuda").encode() in code


def test_an_architecture_that_nvrtc_does_not_know_is_one_line():
    needs_nvrtc()
    from fractbench_torch.nvrtc import compiled

    it = variant(problem("tanh", width=2), STRICT, Shape(2, 16))
    with pytest.raises(
        KernelUnavailableError, match=r"NVRTC cannot compile it for sm_40: .*invalid"
    ):
        compiled(it, "sm_40")


def unit_of_mlx(entry, it):
    """Return a kernel as MLX puts it together for CUDA; only its own headers are left out."""
    types, arrays = {"real": "float", "int": "int32_t"}, text.ENTRIES[entry]
    slots = [f"    const {types[t]}* {n}" for n, t in arrays.inputs]
    slots += [f"    {types[t]}* {n}" for n, t in arrays.outputs]
    return (
        "using int32_t = int;\n#define inf __int_as_float(0x7f800000)\n"
        f"{text.header(it, 'cuda')}namespace mlx::core::cu {{\n\n"
        f"__global__ void custom_kernel_{text.name(entry, it, 'cuda')}(\n"
        + ",\n".join(slots)
        + f") {{\n{text.body(entry, 'cuda')}\n}}\n\n}} // namespace mlx::core::cu\n"
    )


@pytest.mark.parametrize("arch", ["sm_80", "sm_90"])
@pytest.mark.parametrize(("spec", "contract"), NAMES[1:])
def test_nvrtc_compiles_what_mlx_puts_together(spec, contract, arch):
    """With MLX's own options: nothing but the architecture and the default execution space."""
    needs_nvrtc()
    from cuda.core import Program, ProgramOptions

    it = on_cuda(spec, contract)
    options = ProgramOptions(arch=arch, device_as_default_execution_space=True)
    for entry in text.ENTRIES:
        whole = f"mlx::core::cu::custom_kernel_{text.name(entry, it, 'cuda')}"
        code = Program(unit_of_mlx(entry, it), "c++", options).compile("cubin", (whole,))
        assert text.name(entry, it, "cuda").encode() in code.code


@pytest.mark.parametrize("dialect", ["metal", "cuda"])
def test_the_text_does_not_use_what_mlx_defines(dialect):
    it = variant(TANH, STRICT, Shape(16, 8))
    for entry in text.ENTRIES:
        assert not re.search(r"\binf\b", text.header(it, dialect) + text.body(entry, dialect))


def test_fused_kernels_are_for_networks_that_fit():
    assert fused_names(TANH, STRICT) == fused_names(TANH, FMA) == ("fused", "whole")
    assert fused_names(TANH, Arithmetic("strict", FLOAT64)) == ("fused", "whole")
    for subject, how in (
        (WIDE, STRICT),
        (problem("newton"), STRICT),
        (TANH, arithmetic("free")),
    ):
        assert fused_names(subject, how) == ()


def test_run_prints_a_kernels_note_on_stderr(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fractbench.proof.memory", lambda: tmp_path / "proven.json")

    def noted(kernel):
        kernel.note = "host:cpu: no fused kernel (why), so the slower ops kernel runs"

    register(monkeypatch, ("host", HostBackend(noted)))
    assert run_app(["run", "newton", "--backend", "host", "--size", "8", "--steps", "2"]) == 0
    out, err = capsys.readouterr()
    assert err.count("no fused kernel (why)") == 1
    assert "no fused kernel" not in out
