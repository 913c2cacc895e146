"""The table of makers' figures holds together, and a name matches exactly or not at all."""

import re
import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from fractbench.backend import Device
from fractbench.bench.records.disclosure import revealing
from fractbench.bench.roofline.peaks import normal, peak, table
from records import HARDWARE


def of(name, chip="", backend="torch", **hardware):
    found = peak(Device(backend, name, chip), HARDWARE.model_copy(update=hardware))
    return None if found is None else found[0] / 1e12


def test_figures_are_cores_times_clock():
    checked = [p for p in table() if p.lanes and p.mhz]
    assert len(checked) > 40
    for p in checked:
        computed = p.lanes * p.mhz * 2 / 1e6
        # Apple tells two digits; a hundredth is what rounding takes elsewhere.
        allowed = 0.025 if p.names[0].startswith("Apple") else 0.01
        assert p.teraflops == pytest.approx(computed, rel=allowed), p.names
        assert not p.names[0].startswith("Apple") or p.lanes == 128 * p.gpu_cores


def test_no_product_is_told_twice():
    keys = Counter((normal(name), p.gpu_cores) for p in table() for name in p.names)
    assert set(keys.values()) == {1}
    cores = {}
    for name, count in keys:
        cores.setdefault(name, []).append(count)
    for name, counts in cores.items():
        assert len(counts) == 1 or None not in counts, name


def test_every_source_is_used_and_may_stand_in_a_record():
    read = tomllib.loads((files("fractbench") / "data" / "peaks.toml").read_text(encoding="utf-8"))
    assert {entry["source"] for entry in read["peak"]} == set(read["sources"])
    for source in read["sources"].values():
        plain = re.sub(r"https://[\w.-]+(?:/[\w./%+~-]*)?", "", source["text"])
        assert revealing(plain) is None
        assert source["published"] or "not Apple's" in source["text"] or " x " in source["text"]


@pytest.mark.parametrize(
    ("device", "chip", "teraflops"),
    [
        ("cuda:0", "NVIDIA H100 80GB HBM3", 67),
        ("cuda:1", "NVIDIA H100 PCIe", 51),
        ("cuda:0", "nvidia  A100-SXM4-80GB ", 19.5),
        ("cuda:0", "NVIDIA GeForce RTX 4090", 82.6),
        ("cuda:0", "NVIDIA GeForce RTX 4090 Laptop GPU", None),
        ("cuda:0", "NVIDIA H100", None),
        ("cuda:0", "NVIDIA H100 80GB HBM3 MIG 1g.10gb", None),
        ("cpu", "NVIDIA H100 80GB HBM3", None),
        ("cuda:0", "", None),
    ],
)
def test_names_match_exactly(device, chip, teraflops):
    assert of(device, chip, gpu=None, gpu_cores=None) == teraflops


@pytest.mark.parametrize(
    ("gpu", "cores", "teraflops"),
    [
        ("Apple M1", 8, 2.6),
        ("Apple M1", 7, 2.29),
        ("Apple M1", None, None),
        ("Apple M1", 9, None),
        ("Apple M4 Pro", 20, 9.2),
        ("Apple M4 Pro", 16, None),
        ("Apple M99", 20, None),
        (None, 20, None),
    ],
)
def test_apple_chips_are_told_apart_by_their_cores(gpu, cores, teraflops):
    assert of("mps", "Apple GPU", gpu=gpu, gpu_cores=cores) == teraflops
    assert of("metal", gpu or "", "mlx", gpu=gpu, gpu_cores=cores) == teraflops
    assert of("cpu", gpu or "", "mlx", gpu=gpu, gpu_cores=cores) is None


def test_two_cards_of_one_name_need_their_multiprocessors():
    name = "NVIDIA GeForce RTX 3080"
    found = [of("cuda:0", name, gpu=name, gpu_cores=count) for count in (68, 70, None)]
    assert found == [29.8, 30.6, None]
