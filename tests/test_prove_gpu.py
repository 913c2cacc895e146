"""The GPU script without a GPU: its dry run, its refusals, and what its tables compute."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import gpu_devices
import gpu_speeds
import gpu_sweep
import gpu_table
import prove_gpu
from fractbench.backend import Device
from fractbench.bench.records.facts import BackendFacts
from fractbench.errors import KernelUnavailableError, UsageError
from fractbench.goldens import goldens
from fractbench.reference import reference_kernel
from fractbench.registry import status
from fractbench.request import Request
from fractbench.simt.chips import PRODUCTS
from fractbench.simt.variant import Shape
from helpers import absent
from records import HARDWARE, ROOFLINE, record

ROOT = Path(__file__).parents[1]
CARD = "NVIDIA H100 80GB HBM3"
PEAK = 62.5e12
"""Operations per second of the fastest multiply-add in the scripted run."""
OPERATIONS = 313_344
"""Published operations of a pixel-step of `tanh`."""
GPU = Device("torch", "cuda:0", CARD)
GOOD, BAD, LAST = Shape(4, 32, 2), Shape(8, 16, 2), Shape(16, 8, 1)


@pytest.fixture
def here(monkeypatch):
    """Let the script find devices and kernels as told, without asking."""

    def tell(**fused):
        names = {name.replace("_", ":"): kernels for name, kernels in fused.items()}
        found = gpu_devices.Here(names)
        monkeypatch.setattr(gpu_devices.Here, "look", classmethod(lambda _: found))
        return found

    return tell


def made(device, kernel, contract, rate, multiply_add=PEAK, early=False, **changes):
    """Return a record of 1,000 x 1,000 pixels and 100 steps at a rate."""
    backend, _, name = device.partition(":")
    free = contract == "free"
    one = record(
        [1e8 / rate] * 5, device=device, kernel=kernel, contract=contract, size=1000,
        status="agrees" if free else "exact",
        backend=BackendFacts(name=backend, device=name, chip=CARD, version="1.0", precision={},
                             environment={}, threads=None),
        hardware=HARDWARE.model_copy(update={"gpu": CARD}),
        roofline=ROOFLINE.model_copy(update={"multiply_add": multiply_add}), **changes,
    )  # fmt: skip
    return one.model_copy(update={"kernel": one.kernel.model_copy(update={"early_exit": early})})


def script(*words):
    return subprocess.run([sys.executable, str(ROOT / "tools" / "prove_gpu.py"), *words],
                          cwd=ROOT, check=False, capture_output=True, text=True)  # fmt: skip


def test_the_dry_run_does_everything(tmp_path):
    if "opencl:cpu" not in [str(device) for device in status("opencl").devices]:
        absent("opencl has no CPU device", "linux")
    output = tmp_path / "gpu.md"
    done = script("--dry-run", "--devices", "opencl:cpu", "-o", str(output))
    assert done.returncode == 0, done.stderr
    text = output.read_text()
    assert text in done.stdout
    assert str(tmp_path) not in text
    assert "| opencl:cpu | 2" in text
    singles = sum(g.problem == "single" and not g.long for g in goldens())
    assert f"| {singles} of {singles} |" in text
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| opencl:cpu")]
    speeds = {(row[1], row[2]): float(row[5].replace(",", "")) for row in rows if len(row) == 10}
    assert set(speeds) == {(k, c) for k in ("whole", "fused") for c in ("strict", "fma")}
    assert min(speeds.values()) > 0
    assert not (ROOT / "docs" / "gpu.md").exists() or text != (ROOT / "docs/gpu.md").read_text()


def test_without_a_gpu_nothing_is_written(here, tmp_path, capsys):
    here(torch_cpu=(), numpy_cpu=(), opencl_cpu=("whole", "fused"))
    assert prove_gpu.main([]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("no GPU is here")
    assert len(out.splitlines()) == 1
    assert not err
    assert prove_gpu.main(["-o", str(tmp_path / "gpu.md")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--devices", "torch:cuda:0"], "'torch:cuda:0' is not here; type some of torch:cpu"),
        (["--devices", "opencl:cpu"], "has a CPU in it; type --dry-run"),
        (["--dry-run", "-o", str(ROOT / "docs" / "gpu.md")], "is for real runs"),
        (["--dry-run", "--sweep", "--devices", "torch:cpu"], "no launcher"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(here, capsys, words, said):
    here(torch_cpu=(), opencl_cpu=("whole", "fused"))
    assert prove_gpu.main(words) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1


def test_every_gpu_has_its_cases_even_where_its_kernel_is_not_offered():
    here = gpu_devices.Here({"torch:cuda:0": (), "torch:cpu": (), "mlx:cuda:0": ("whole",),
                               "jax:cuda:0": (), "opencl:gpu:0": (),
                               "native:cpu": ("whole",)})  # fmt: skip
    devices = here.chosen("", on_cpu=False)
    assert devices == ["torch:cuda:0", "mlx:cuda:0", "jax:cuda:0", "opencl:gpu:0"]
    found = [(c.target, c.kernel, c.request.contract, c.request.size)
             for c in prove_gpu.cases(devices, here, prove_gpu.Sizes())]  # fmt: skip
    fused = {(t, k, c) for t, k, c, _ in found if c != "free"}
    assert fused == {(t, k, c) for t in devices if t != "jax:cuda:0"
                     for k in ("whole", "fused") for c in ("strict", "fma")}  # fmt: skip
    assert [(t, k) for t, k, c, _ in found if c == "free"] == [
        ("torch:cuda:0", "tuned"), ("jax:cuda:0", "tuned"), ("jax:cuda:0", "published"),
        ("jax:cuda:0", "published"),
    ]  # fmt: skip
    sizes = prove_gpu.Sizes()
    for size, steps in (sizes.fused, sizes.tuned, *sizes.published, sizes.shapes):
        width, height = map(int, size.split("x"))
        assert width * height * steps <= 40e6  # half a second fused, a few of the published method


def test_shares_are_of_the_cards_best_peak_limit_and_batch(monkeypatch):
    asked = []
    monkeypatch.setattr(gpu_speeds, "limit", lambda *of: asked.append(of) or 90e6)
    records = [
        made("torch:cuda:0", "whole", "strict", 50e6, 20e12),
        made("mlx:cuda:0", "whole", "strict", 45e6),
        made("torch:cuda:0", "fused", "strict", 200e6, early=True),
        made("mlx:cuda:0", "whole", "fma", 80e6),
        made("jax:cuda:0", "published", "free", 1e6),
        made("jax:cuda:0", "published", "free", 2e6),
    ]
    speeds = gpu_speeds.Speeds(records)
    strict, slower, early, fma, *_ = records
    assert speeds.best(CARD, "strict") is strict
    assert speeds.share(strict) == pytest.approx(50e6 * OPERATIONS / PEAK)
    assert speeds.share(fma) == pytest.approx(80e6 * OPERATIONS / PEAK)
    assert speeds.share(early) is None
    assert speeds.of_limit(early) is None
    assert speeds.of_limit(fma) == pytest.approx(80 / 90)
    assert asked == [("mlx", "cuda:0", CARD, "fma")]
    assert speeds.times(slower) == pytest.approx(22.5)
    found = {(claim, aim): value for _, claim, aim, value in gpu_table.claims(records)}
    assert found == {
        ("strict, torch:cuda:0 / measured multiply-add peak", ">= 24%"): "25.1%",
        ("strict, torch:cuda:0 / limit of the cost model", ">= 75%"): "55.6%",
        ("strict, torch:cuda:0 / published method in float32 at its best batch", ">= 10"): "25.00",
        ("fma, mlx:cuda:0 / measured multiply-add peak", ">= 38%"): "40.1%",
        ("fma, mlx:cuda:0 / limit of the cost model", ">= 75%"): "88.9%",
        ("fma, mlx:cuda:0 / published method in float32 at its best batch", ">= 10"): "40.00",
    }


def test_another_card_has_a_peak_of_its_own():
    other = made("torch:cuda:1", "whole", "strict", 10e6, 10e12)
    other = other.model_copy(update={"hardware": HARDWARE.model_copy(update={"gpu": "NVIDIA L4"})})
    records = [made("torch:cuda:0", "whole", "strict", 50e6), other]
    speeds = gpu_speeds.Speeds(records)
    assert speeds.share(other) == pytest.approx(10e6 * OPERATIONS / 10e12)
    assert gpu_speeds.cards(records) == [CARD, "NVIDIA L4"]


def test_what_failed_is_a_row_of_the_page():
    broken = record(device="torch:cuda:0", kernel="whole", status="error")
    wrong = gpu_devices.Verified("torch:cuda:0", "2.9", 185, 186, "tanh odd strict: a digest")
    good = made("mlx:cuda:0", "whole", "strict", 50e6)
    text = gpu_table.page([wrong], [broken, good], "python tools/prove_gpu.py")
    rows = [line[2:-2].split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert ["torch:cuda:0", "2.9", "185 of 186", "tanh odd strict: a digest"] in rows
    assert ["torch:cuda:0", "whole", "strict", "4,096", "100", "-",
            "error: it did not work out", "-", "-", "-"] in rows  # fmt: skip
    assert [CARD, "fma, no kernel / measured multiply-add peak", ">= 38%", "-"] in rows


def test_nothing_is_written_if_nothing_was_timed(here, monkeypatch, tmp_path, capsys):
    here(**{"torch_cuda:0": ("whole", "fused")})
    proven = partial(gpu_devices.Verified, trouble="exit 1: it fell over")
    monkeypatch.setattr(prove_gpu, "verified", lambda device, problems, limit: proven(device))
    broken = record(device="torch:cuda:0", kernel="whole", status="error")
    monkeypatch.setattr(prove_gpu, "bench", lambda cases, settings, notice: [broken])
    assert prove_gpu.main(["-o", str(tmp_path / "gpu.md")]) == 1
    assert "no kernel could be timed" in capsys.readouterr().err
    good = made("torch:cuda:0", "whole", "strict", 50e6)
    monkeypatch.setattr(prove_gpu, "bench", lambda cases, settings, notice: [broken, good])
    assert prove_gpu.main(["-o", str(tmp_path / "gpu.md")]) == 1
    assert "it fell over" in (tmp_path / "gpu.md").read_text()


def test_a_report_becomes_a_row():
    entry = {"version": "2.9", "matched": 1, "total": 2, "refusal": "", "mismatches": [
        {"problem": "tanh", "case": "odd", "contract": "fma", "dtype": "float32", "found": "x"},
    ]}  # fmt: skip
    assert gpu_devices.outcome("a", entry).trouble == "tanh odd fma float32: x"
    refused = {**entry, "refusal": "it fuses", "mismatches": []}
    assert gpu_devices.outcome("a", refused).trouble == "it fuses"
    nothing = {**entry, "matched": 0, "mismatches": []}
    assert gpu_devices.outcome("a", nothing).trouble == "no golden was compared"


def test_a_device_that_cannot_be_verified_is_a_row():
    found = gpu_devices.verified("torch:cuda:7", ("single",), 60)
    assert found.matched == 0
    assert found.trouble.startswith("exit 2: ")
    assert "cuda:7" in found.trouble
    assert gpu_devices.verified("torch:cpu", (), 0).trouble == "not done after 0 s"


def test_the_limit_is_known_for_cuda_on_known_chips_only():
    assert gpu_speeds.limit("opencl", "gpu:0", CARD, "fma") is None
    assert gpu_speeds.limit("torch", "mps", "Apple M4", "fma") is None
    assert gpu_speeds.limit("torch", "cuda:0", "NVIDIA L4", "fma") is None
    assert gpu_speeds._product(CARD) in PRODUCTS
    assert gpu_speeds._product("NVIDIA H200").architecture == "sm_90"
    assert gpu_speeds._product("NVIDIA H100 NVL") is None  # its clock is not told


class Clock:
    """Every look costs a millisecond; a map has one when it is ready and one when it is here."""

    name = "scripted"

    def __init__(self):
        self.now = 0

    def ns(self):
        self.now += 1_000_000
        return self.now


@pytest.fixture
def sweep(monkeypatch):
    """Try three shapes under `strict`, which the host's kernel makes fast, and a small map."""
    monkeypatch.setattr(gpu_sweep, "CONTRACTS", ("strict",))
    monkeypatch.setattr(gpu_sweep, "shapes", lambda device: [GOOD, BAD, LAST])
    return lambda prepare: list(gpu_sweep.sweep(GPU, "5x3", 4, prepare, Clock()))


def test_the_shapes():
    found = list(gpu_sweep.shapes(GPU))
    assert len(set(found)) == len(found) == 3 * 3 * 3
    assert {one.lanes for one in found} == {4, 8, 16}
    assert {one.together for one in found} == {1, 2, 3}
    assert {one.lanes * one.pixels for one in found} == {64, 128, 256}
    assert len(set(gpu_sweep.shapes(Device("opencl", "gpu:0")))) == 9
    assert gpu_sweep.CONTRACTS == ("strict", "fma")


def test_the_best_shape_of_each_contract():
    rates = {("strict", GOOD): 1.0, ("strict", BAD): None, ("strict", LAST): 3.0,
             ("fma", GOOD): 5.0, ("fma", LAST): 4.0}  # fmt: skip
    tried = [gpu_sweep.Tried("a", c, shape, rate) for (c, shape), rate in rates.items()]
    assert [(one.contract, one.shape) for one in gpu_sweep.best(tried)] == [
        ("strict", LAST), ("fma", GOOD),
    ]  # fmt: skip


def test_a_rate_is_that_of_the_best_pass(sweep):
    tried = sweep(lambda plan, shape: reference_kernel(plan))
    assert [one.shape for one in tried] == [GOOD, BAD, LAST]
    pixel_steps, seconds = 15 * 4, 2 * 1e-3
    assert [one.rate for one in tried] == [pytest.approx(pixel_steps / seconds)] * 3


class Wrong:
    """One bit of one pixel of a map is wrong: in every map, or in those of a size only."""

    def __init__(self, plan, spoiled):
        self._inner, self.name = reference_kernel(plan), "whole"
        self.tile, self._spoiled = self._inner.tile, spoiled

    def run(self, tile):
        out = self._inner.run(tile)
        if self._spoiled(tile):
            out["last"] = np.nextafter(out["last"], np.inf)
        return out


@pytest.mark.parametrize(
    ("spoiled", "trouble"),
    [
        (lambda tile: True, "wrong digest of tanh odd"),
        (lambda tile: tile.count == 15, "pixels are not the host's"),
    ],
)
def test_a_shape_whose_maps_are_wrong_is_refused_before_it_is_timed(sweep, spoiled, trouble):
    def prepare(plan, shape):
        return Wrong(plan, spoiled) if shape == BAD else reference_kernel(plan)

    good, refused, last = sweep(prepare)
    assert refused.shape == BAD
    assert refused.rate is None
    assert trouble in refused.trouble
    assert good.rate
    assert last.rate


def test_a_shape_that_goes_wrong_while_it_is_timed_has_no_rate(sweep):
    maps = []

    def third(tile):
        maps.extend([tile] if tile.count == 15 else [])
        return len(maps) == 3

    bad, *_ = sweep(lambda plan, shape: Wrong(plan, third))
    assert bad.rate is None
    assert bad.trouble


def test_a_shape_that_cannot_be_compiled_is_a_row(sweep):
    def prepare(plan, shape):
        if shape == BAD:
            raise KernelUnavailableError("NVRTC cannot | compile it")
        return reference_kernel(plan)

    good, failed, last = sweep(prepare)
    assert failed.row()[-1] == "NVRTC cannot / compile it"
    assert failed.rate is None
    assert good.rate
    assert last.rate


def test_the_sweep_wants_a_launcher():
    with pytest.raises(UsageError, match="no launcher"):
        gpu_sweep.maker(Device("jax", "cuda:0"))


def test_the_real_text_is_swept():
    found = status("opencl")
    if not found.available:
        absent(f"opencl: {found.reason}", "linux")
    device = found.devices[0]
    prepare = partial(gpu_sweep.every_step, make=gpu_sweep.maker(device), device=device)
    plan = Request("tanh", size="5x3", steps=4).plan()
    assert gpu_sweep.timed(plan, Shape(4, 4), prepare, Clock()) > 0
