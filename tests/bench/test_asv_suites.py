"""The suites of benchmarks/ without asv: they are well-formed, prove outputs, and skip the absent.

asv itself runs all of them in `make asv`.
"""

import dataclasses
import importlib
import inspect
import json
import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import install_for_asv
from fakes import HostBackend, register

ROOT = Path(__file__).parents[2]
KIND = re.compile("time_|timeraw_|peakmem_|track_|mem_")


@pytest.fixture(scope="module", autouse=True)
def on_path():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        yield


@pytest.fixture(autouse=True)
def nothing_kept():
    yield
    for name in ("warm_golden", "warm_square"):
        getattr(module("_maps"), name).cache_clear()


def module(name):
    return importlib.import_module(f"benchmarks.{name}")


def modules():
    return [module(path.stem) for path in sorted((ROOT / "benchmarks").glob("[!_]*.py"))]


def suites():
    """Return (class, methods that asv takes for benchmarks), as asv finds them."""
    found = {}
    for each in modules():
        for _, kind in inspect.getmembers(each, inspect.isclass):
            if methods := [name for name in dir(kind) if KIND.match(name)]:
                found[kind] = methods
    return found


def spoiled(monkeypatch, name, run):
    """Make a backend of the host's kernels the only one; `run(kernel's run, tile)` replaces it."""

    def spoil(kernel):
        right = kernel.run
        kernel.run = lambda tile: run(right, tile)

    made = HostBackend(spoil=spoil)
    register(monkeypatch, (name, made))
    return made


def zeros(right, tile):
    return {name: np.zeros_like(array) for name, array in right(tile).items()}


def test_the_suites_cover_what_is_tracked():
    names = sorted(f"{kind.__module__}.{kind.__name__}.{m}" for kind, ms in suites().items()
                   for m in ms)  # fmt: skip
    assert names == [
        "benchmarks.cold.ColdStart.timeraw_first_map",
        "benchmarks.overhead.Execute.time_tile",
        "benchmarks.scaling.Memory.peakmem_map",
        "benchmarks.scaling.Sizes.time_million_pixel_steps",
        "benchmarks.scaling.Tiles.time_million_pixel_steps",
        "benchmarks.throughput.Controls.time_million_pixel_steps",
        "benchmarks.throughput.Networks.time_million_pixel_steps",
    ]


def test_helpers_hold_nothing_that_asv_would_run():
    for path in (ROOT / "benchmarks").glob("_*.py"):
        held = module(path.stem) if path.stem != "__init__" else importlib.import_module(
            "benchmarks")  # fmt: skip
        for name, thing in vars(held).items():
            assert not KIND.match(name)
            if inspect.isclass(thing):
                assert not [m for m in dir(thing) if KIND.match(m)]


def test_every_suite_names_its_parameters_its_version_and_takes_them():
    for kind, methods in suites().items():
        assert isinstance(vars(kind)["version"], str), kind
        assert len(kind.params) == len(kind.param_names) > 0
        suite = kind()
        cached = [{}] if hasattr(suite, "setup_cache") else []
        for combination in product(*kind.params):
            for name in ("setup", *methods):
                inspect.signature(getattr(suite, name)).bind(*cached, *combination)
            if hasattr(suite, "teardown"):
                inspect.signature(suite.teardown).bind(*cached, *combination)


def test_parameters_do_not_depend_on_what_is_installed(monkeypatch):
    everything = {kind.__name__: kind.params for kind in suites()}
    register(monkeypatch)
    for each in modules():
        importlib.reload(each)
    assert {kind.__name__: kind.params for kind in suites()} == everything
    backends = module("_here").BACKENDS
    assert {"numpy", "mlx", "jax", "torch", "native", "opencl"} == set(backends)
    assert everything["Networks"] == (backends, ("tanh", "minibatch"), ("strict", "fma", "free"))


@pytest.mark.parametrize("problem", ["mandelbrot", "quadratic-additive"])
def test_a_control_is_proven_and_timed_per_million_pixel_steps(problem):
    suite = module("throughput").Controls()
    suite.setup("numpy", problem)
    suite.case.passes = 3
    suite.time_million_pixel_steps("numpy", problem)
    assert len(suite.case.made) == 3
    pixels, steps = suite.case.plan.grid.pixels, suite.case.plan.problem.steps
    assert suite.case.work == pytest.approx(3 * pixels * steps / 1e6)
    suite.teardown("numpy", problem)
    assert suite.case.made == []


def test_the_timer_counts_seconds_per_million_pixel_steps(monkeypatch):
    suite = module("throughput").Controls()
    suite.setup("numpy", "mandelbrot")
    monkeypatch.setattr(module("_case"), "perf_counter", lambda: 7.0)
    assert suite.timer() == pytest.approx(7.0 / suite.case.work)


def test_sizes_are_held_to_the_hosts_maps(monkeypatch):
    scaling = module("scaling")
    monkeypatch.setattr(scaling, "SIZES", (16,))
    digests = scaling.Sizes().setup_cache()
    assert list(digests) == [16]
    suite = scaling.Sizes()
    suite.setup(digests, "numpy", 16)
    suite.time_million_pixel_steps(digests, "numpy", 16)
    suite.teardown(digests, "numpy", 16)
    module("_maps").warm_square.cache_clear()
    with pytest.raises(module("_case").WrongMapError, match="the digest is strict"):
        scaling.Sizes().setup({16: "strict-float32-1:sha256:0"}, "numpy", 16)


def test_tiles_are_as_asked():
    made = module("_maps").golden_case("numpy", "mandelbrot", "boundary", tile=100)
    assert [tile.count for tile in made.tiles] == [100, 100, 56]
    made.run()
    made.check()


def test_free_is_held_to_the_strict_hosts_classes():
    from fractbench.reference import reference_map

    maps = module("_maps")
    plan = maps.square("tanh:width=8", 16, 12)
    right = reference_map(plan)
    judge = maps.same_classes(plan)
    assert len(set(right.classes.ravel())) == 2
    assert judge(right) == ""
    wrong = {name: np.zeros_like(array) for name, array in right.accumulators.items()}
    assert "of the classes are not" in judge(dataclasses.replace(right, accumulators=wrong))


def test_a_wrong_kernel_makes_setup_raise(monkeypatch):
    spoiled(monkeypatch, "numpy", zeros)
    with pytest.raises(module("_case").WrongMapError, match="the digest is"):
        module("throughput").Controls().setup("numpy", "mandelbrot")


def test_a_kernel_that_goes_wrong_later_makes_teardown_raise(monkeypatch):
    calls = []

    def later(right, tile):
        calls.append(tile)
        return right(tile) if len(calls) <= before else zeros(right, tile)

    spoiled(monkeypatch, "numpy", later)
    suite, before = module("throughput").Controls(), 10**9
    suite.setup("numpy", "mandelbrot")
    before = len(calls)
    suite.time_million_pixel_steps("numpy", "mandelbrot")
    with pytest.raises(module("_case").WrongMapError):
        suite.teardown("numpy", "mandelbrot")


def test_an_absent_backend_is_skipped_everywhere(monkeypatch):
    register(monkeypatch)
    for kind in suites():
        if "backend" not in kind.param_names:
            continue
        suite, first = kind(), [values[0] for values in kind.params]
        cached = [dict.fromkeys((16, 32, 64, 128), "")] if hasattr(suite, "setup_cache") else []
        with pytest.raises(NotImplementedError, match="cannot be used"):
            suite.setup(*cached, *first)
        if hasattr(suite, "teardown"):
            suite.teardown(*cached, *first)


@pytest.mark.parametrize("contract", ["fma", "free"])
def test_what_a_backend_does_not_cover_is_skipped(monkeypatch, contract):
    register(monkeypatch, ("mlx", HostBackend()))
    with pytest.raises(NotImplementedError, match="no kernel for tanh"):
        module("throughput").Networks().setup("mlx", "tanh", contract)


def test_emulated_arithmetic_is_not_timed():
    with pytest.raises(NotImplementedError, match="numpy emulates fma"):
        module("throughput").Networks().setup("numpy", "tanh", "fma")


def test_a_kernel_that_is_offered_and_not_made_is_an_error_and_no_skip(monkeypatch):
    made = spoiled(monkeypatch, "numpy", zeros)

    def prepare(*_):
        raise NotImplementedError("later")

    monkeypatch.setattr(made, "prepare", prepare)
    with pytest.raises(RuntimeError, match="does not make it"):
        module("throughput").Controls().setup("numpy", "mandelbrot")


def test_a_fractbench_without_goldens_is_skipped(monkeypatch):
    monkeypatch.setitem(sys.modules, "fractbench.goldens", None)
    with pytest.raises(NotImplementedError, match=r"fractbench\.goldens"):
        module("throughput").Controls().setup("numpy", "mandelbrot")


def test_a_cold_start_proves_itself_in_a_process_of_its_own():
    suite = module("cold").ColdStart()
    text, before = suite.timeraw_first_map("numpy")
    fresh = "assert not [m for m in sys.modules if m.startswith('fractbench')]"
    script = "\n".join([before, fresh, text, "print('made')"])
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(sys.prefix), check=False,
                          capture_output=True, text=True)  # fmt: skip
    assert (done.stdout, done.stderr) == ("made\n", "")


def test_a_wrong_first_map_has_no_cold_start(monkeypatch):
    spoiled(monkeypatch, "numpy", zeros)
    with pytest.raises(module("_case").WrongMapError):
        module("cold").first_map("numpy")


@pytest.mark.parametrize("tile", [16, 4096])
def test_the_harness_puts_every_pixel_where_it_belongs(tile):
    wrong = module("_case").WrongMapError
    suite = module("overhead").Execute()
    suite.setup(tile)
    suite.time_tile(tile)
    suite.teardown(tile)
    suite.time_tile(tile)
    next(iter(suite.made.accumulators.values()))[3, 5] = -1
    with pytest.raises(wrong, match="not where they belong"):
        suite.teardown(tile)


def saved(folder, values, columns=("result", "params", "version")):
    """Write what asv would have: two backends and one benchmark; return the checker's answer."""
    params = [["'numpy'", "'native'"], ["1", "2"]]
    (folder / "machine").mkdir()
    (folder / "benchmarks.json").write_text(
        json.dumps({"a.time_b": {"param_names": ["backend", "n"]}, "version": 2})
    )
    results = {} if values is None else {"a.time_b": [values, params, "1"]}
    (folder / "machine" / "12345678-existing-py.json").write_text(
        json.dumps({"result_columns": columns, "results": results})
    )
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "check_asv_results.py", folder, "--backends",
         "numpy,native"], check=False, capture_output=True, text=True,
    )  # fmt: skip


NAN = float("nan")


def test_results_with_a_number_for_every_backend_pass(tmp_path):
    done = saved(tmp_path, [1.5, NAN, 2.0, 3.0])
    assert (done.returncode, done.stdout) == (0, "1 benchmarks, 3 of 4 combinations measured\n")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (None, "a.time_b: nothing was measured"),
        ([NAN] * 4, "a.time_b: nothing was measured"),
        ([1.0, 2.0, NAN, NAN], "a.time_b: nothing was measured on native"),
        ([1.0, None, 2.0, 3.0], "a.time_b: failed for 'numpy', 2"),
    ],
)
def test_results_that_measured_too_little_fail(tmp_path, values, said):
    done = saved(tmp_path, values)
    assert done.returncode == 1
    assert said in done.stderr


def test_no_results_fail(tmp_path):
    done = subprocess.run([sys.executable, ROOT / "tools" / "check_asv_results.py", tmp_path],
                          check=False, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 1
    assert "no benchmark was discovered" in done.stderr


def test_asv_installs_a_wheel_under_the_constraints(monkeypatch):
    first, second = install_for_asv.command("f.whl", "c.txt", "jax")
    assert first[-3:] == ["--force-reinstall", "--no-deps", "f.whl"]
    assert second[-3:] == ["--constraint", "c.txt", "f.whl[jax]"]
    assert install_for_asv.command("f.whl", "c.txt", "none")[1][-1] == "f.whl"


def test_the_configuration_pins_the_runner_as_the_constraints_do():
    text = (ROOT / "asv.conf.json").read_text()
    conf = json.loads("\n".join(li for li in text.splitlines() if not li.strip().startswith("//")))
    [pin] = conf["matrix"]["req"]["pip+asv_runner"]
    assert f"asv_runner{pin}" in (ROOT / "constraints.txt").read_text().split()
    assert conf["launch_method"] == "spawn"
    extras = set(conf["matrix"]["env"]["FRACTBENCH_EXTRA"])
    assert extras == {"none", "mlx", "jax", "torch", "opencl"}
