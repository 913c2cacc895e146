"""Every Backend's Probes compute what they say, and leave no setting changed."""

import importlib
import re

import numpy as np
import pytest

from fractbench.arithmetic.formats import FLOAT32, FLOAT64
from fractbench.backend import PROBES, Device
from fractbench.bench.roofline import probing, registers
from helpers import BOTH
from helpers import backend as framework

ALL = ("numpy", "mlx", "jax", "torch", "native")


def backend(name):
    """Return one of our Backends; a missing framework is a skip."""
    return (
        importlib.import_module("fractbench_native").backend
        if name == "native"
        else (framework(name))
    )


@pytest.fixture
def results(monkeypatch):
    """What Probes checked to be finite, in order; what they copy is small."""
    monkeypatch.setattr(probing, "COPIED", 1 << 16)
    monkeypatch.setattr(probing, "last_cache", lambda: 0)
    seen, check = [], probing.finite

    def finite(value):
        check(value)
        seen.append(float(value))

    monkeypatch.setattr(probing, "finite", finite)
    return seen


def run(name, kind, fmt, *counts):
    found = backend(name)
    probe = found.probe(kind, found.device("cpu"), fmt)
    assert probe.work > 0
    for count in counts:
        probe.run(count)
    return probe


def expected(name, fmt, count):
    """Return the sum over a chain's numbers after so many passes, from NumPy."""
    if name == "numpy":
        from fractbench_numpy.probes import IN_CACHE, ROUNDS

        size, rounds, chains, depth = IN_CACHE // fmt.dtype.itemsize, ROUNDS, 1, 1
    elif name == "jax":
        from fractbench_jax.probes import CHAINS, DEPTH

        size, rounds, chains, depth = 4096, 32, CHAINS, DEPTH
    else:
        probes = importlib.import_module(f"fractbench_{name}.probes")
        sizes = (probes.SIZE, probes.CHAINS, probes.DEPTH)
        size, chains, depth = (n if isinstance(n, int) else n["cpu"] for n in sizes)
        rounds = 1
    x = probing.start(size, fmt.name)[:: size // 256]
    given = probing.given(chains, fmt.name)
    for _ in range(count * rounds):
        x = probing.chain(x, *given, chains, depth)
    return size * np.mean(x)


def chained(name, kind, fmt, results):
    """Every pass is seen in the result, until it no longer moves."""
    for count in (1, 2, 12):
        results.clear()
        run(name, kind, fmt, count)
        wanted = expected(name, fmt, count)
        # The 256 numbers that stand for all lie a little low.
        assert results == pytest.approx([wanted] * len(results), rel=5e-3)


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("kind", ["multiply_add", "multiply_then_add"])
def test_products_and_sums_of_torch_too(kind, fmt, results):
    chained("torch", kind, fmt, results)


@BOTH
@pytest.mark.parametrize("name", [name for name in ALL if name != "native"])
def test_a_matrix_product_is_the_product(name, fmt, results):
    probe = run(name, "gemm", fmt, 1)
    side = round((probe.work / 2) ** (1 / 3))
    assert probe.work == 2 * side**3
    left, right = probing.matrices(side, fmt.name)
    # Full precision: TF32 would be wrong in the third digit.
    exact = np.sum(left.astype(np.float64) @ right.astype(np.float64))
    scale = np.sqrt(side) * side
    assert abs(results[-1] - exact) < scale * 2.0 ** (3 - fmt.precision)


@BOTH
@pytest.mark.parametrize("kind", ["fused", "unfused"])
def test_the_native_loop_makes_every_round(kind, fmt):
    from fractbench_native.probe import lanes, loop

    run = loop(kind, fmt.name)
    for rounds in (1, 1000, 30_000):
        operations, found = run(rounds)
        count = operations / (2 * rounds)
        chains = np.arange(count // lanes(fmt.name))
        left = 0.999999**rounds
        assert found == pytest.approx(lanes(fmt.name) * np.sum(1 + chains * left), rel=2e-3)


def test_native_probes_use_every_thread(monkeypatch, results):
    monkeypatch.setenv("FRACTBENCH_THREADS", "3")
    three = run("native", "multiply_add", FLOAT32, 1)
    assert len(results) == 3
    monkeypatch.setenv("FRACTBENCH_THREADS", "1")
    assert three.work == 3 * run("native", "multiply_then_add", FLOAT32, 1).work


def test_there_is_no_matrix_product_in_cpp():
    found = backend("native")
    assert found.probe("gemm", found.device(None), FLOAT32) is None


@BOTH
@pytest.mark.parametrize("name", ALL)
def test_a_copy_brings_the_last_number_along(name, fmt, results):
    probe = run(name, "copy", fmt, 1, 3)
    assert probe.work == 2 * probing.COPIED
    assert results == [2.0, 2.0]


@pytest.mark.parametrize("name", [name for name in ALL if name != "native"])
def test_launches_are_as_many_as_asked_for(name, results):
    probe = run(name, "launch", FLOAT32, 2, 9)
    assert probe.work == 1
    assert results[1] - results[0] == 7


def test_native_launches_call_once_each(monkeypatch):
    from fractbench_native import probes

    calls = []
    monkeypatch.setattr(probes, "loop", lambda kind, dtype: lambda n: calls.append(n) or (1.0, 1.0))
    probes.launch("float32").run(7)
    assert calls == [1] * 7


@pytest.mark.parametrize("name", ALL)
def test_each_kind_is_known(name, results):
    found = backend(name)
    cheap = [kind for kind in PROBES if kind in ("gemm", "copy", "launch")]
    assert [found.probe(kind, found.device("cpu"), FLOAT32) is not None for kind in cheap] == [
        name != "native", True, True
    ]  # fmt: skip


def test_a_result_that_is_not_finite_is_an_error():
    for wrong in (np.nan, np.inf):
        with pytest.raises(ArithmeticError, match="the probe's result is"):
            probing.finite(np.float32(wrong))


def test_fused_products_are_told_from_rounded_ones():
    """In float32 a fused step is one made in float64 and rounded once."""

    def fused(x, factor, term):
        exact = x.astype(np.float64) * np.float64(factor) + np.float64(term)
        return exact.astype(np.float32)

    x, given = probing.start(64, "float32"), probing.given(4, "float32")
    apart = probing.chain(x, *given, 4, 4)
    probing.rounded_apart(apart.copy(), apart)
    with pytest.raises(ArithmeticError, match="not rounded as they should be"):
        # A term that rarely matters would hide the difference.
        probing.rounded_apart(probing.chain(x, *given, 4, 4, fused), apart)


@pytest.mark.parametrize(("chains", "depth"), [(1, 1), (1, 32), (4, 3), (12, 32)])
def test_operations_are_counted_right(chains, depth):
    count = 0

    def counted(x, factor, term):
        nonlocal count
        count += 2
        return x * factor + term

    probing.chain(np.ones(1), *probing.given(chains, "float64"), chains, depth, counted)
    assert probing.operations(chains, depth) == count


def test_copies_are_larger_than_caches_and_smaller_than_memory(monkeypatch):
    monkeypatch.setattr(probing, "last_cache", lambda: 1 << 27)
    assert probing.copied("float32", room=1 << 40) == (4 << 27) // 4
    monkeypatch.setattr(probing, "last_cache", lambda: 0)
    assert probing.copied("float64", room=1 << 40) == probing.COPIED // 8
    assert probing.copied("float32", room=1 << 20) == (1 << 17) // 4
    assert probing.copied("float32", room=0) == 1


def test_last_caches_are_summed_over_their_owners(tmp_path):
    caches = {(0, 0): (1, "32K", "0"), (0, 1): (3, "16384K", "0-1"), (1, 0): (3, "16384K", "0-1"),
              (2, 0): (3, "16384K", "2-3")}  # fmt: skip
    for (cpu, index), told in caches.items():
        folder = tmp_path / f"cpu{cpu}" / "cache" / f"index{index}"
        folder.mkdir(parents=True)
        for name, value in zip(("level", "size", "shared_cpu_list"), told, strict=True):
            (folder / name).write_text(f"{value}\n")
    assert probing.last_cache(tmp_path) == 2 * (16384 << 10)
    assert probing.last_cache(tmp_path / "none") == 0


def test_the_text_for_gpus_has_every_chain_and_no_literal_factor():
    for mad in (registers.METAL_FUSED, registers.METAL_APART, registers.CUDA_FUSED,
                registers.CUDA_APART):  # fmt: skip
        text = registers.text("index", mad)
        loop = text[text.index("for (") : text.index("}")]
        assert "{x}" not in text
        assert text.count("{") == text.count("}") == 1
        for chain in range(registers.CHAINS):
            assert f"    x{chain} = " in loop
        assert not re.search(r"\d\.\d*[1-9]", text.replace("0f", ""))


def test_what_gpus_should_find_is_the_texts_fixed_point():
    found = registers.expected(probing.start(8, "float32"))
    assert found.dtype == np.float32
    left = registers.GIVEN[0] ** registers.ROUNDS
    begun = np.sum(probing.start(1, "float32") + np.arange(registers.CHAINS))
    assert found[0] == pytest.approx(8 + left * (begun - 8), rel=1e-3)


@pytest.mark.parametrize("name", ALL)
def test_settings_are_short_and_hold_no_path(name):
    found = backend(name)
    told = found.precision(found.device("cpu"))
    assert told
    for key, value in told.items():
        assert isinstance(value, str)
        assert "/" not in key + value
        assert len(value) < 200
    assert found.threads(found.device("cpu")) is None or found.threads(found.device("cpu")) >= 1
    assert found.threads(Device(name, "cuda:0")) is None or name in ("numpy", "native")


@pytest.mark.parametrize("name", ["numpy", "native", "torch", "jax"])
def test_hosts_count_no_peak_of_memory(name):
    found = backend(name)
    assert found.peak_memory(found.device("cpu")) is None


def test_mlx_counts_its_peak_of_memory():
    import mlx.core as mx

    found = backend("mlx")
    before = found.peak_memory(found.device("cpu"))
    with mx.stream(mx.cpu):
        held = mx.zeros((before // 4 + 1024,))
        mx.eval(held)
    assert found.peak_memory(found.device("cpu")) >= 4 * held.size


def test_native_tells_no_path_of_its_compiler(monkeypatch):
    from fractbench_native import settings
    from fractbench_native.compiler import Compiler, compiler

    used = compiler()
    told = Compiler((*used.command, "-I/home/bob", "-O2", "-Lbob", "--sysroot=bob"), used.machine)
    monkeypatch.setattr(settings, "compiler", lambda: told)
    flags = settings.settings()["flags"]
    assert flags.startswith("-O2 -std=c++17")
    assert "bob" not in flags


def test_jax_tells_its_flags_but_no_folder(monkeypatch):
    backend("jax")
    from fractbench_jax.settings import settings

    monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=bob --xla_cpu_max_isa=AVX --xla_cpu_ftz")
    told = settings()
    assert told["xla_cpu_max_isa"] == "AVX"
    assert told["xla_cpu_ftz"] == "true"
    assert "bob" not in str(told)
    assert told["free kernels: jax_default_matmul_precision"] == "float32"


def test_probes_leave_jax_as_it_was(results):
    backend("jax")
    import jax

    before = jax.config.jax_enable_x64, jax.config.jax_default_matmul_precision
    for kind in ("gemm", "launch", "multiply_add"):
        run("jax", kind, FLOAT64, 1)
    assert (jax.config.jax_enable_x64, jax.config.jax_default_matmul_precision) == before


@pytest.mark.slow
def test_probes_leave_torch_as_it_was(results):
    backend("torch")
    import torch

    def states():
        return (
            torch.get_num_threads(),
            torch.is_grad_enabled(),
            (torch.get_float32_matmul_precision()),
        )

    before = states()
    for kind in PROBES:
        run("torch", kind, FLOAT32, 1)
    assert states() == before


def test_mlx_has_no_float32_product_where_tf32_is_on(monkeypatch):
    backend("mlx")
    from types import SimpleNamespace

    import mlx.core as mx

    from fractbench_mlx.probes import gemm

    monkeypatch.setenv("MLX_ENABLE_TF32", "1")
    assert gemm(SimpleNamespace(type=mx.gpu), "float32") is None
