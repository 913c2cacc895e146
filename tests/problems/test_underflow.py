"""Guard bands: hardware that flushes subnormal numbers gives the same bits."""

from dataclasses import replace

import numpy as np
import pytest

from fractbench.arithmetic.bits import same_bits
from fractbench.arithmetic.constants import BANDS
from fractbench.arithmetic.formats import FLOAT32, FLOAT64
from fractbench.arithmetic.fused_host import FusedHostOps
from fractbench.arithmetic.host import HostOps
from helpers import (
    SMALLEST_NORMAL,
    FlushingEverywhereOps,
    FlushingOps,
    assert_same,
    tile_of,
    trained,
)
from scenarios import MLP, SCENARIOS

POWER = {"float32": 1, "float64": 8}
IN_FLOAT64 = (
    *(f"{name}: W 1e-14, inputs 1e-6, targets 0" for name in MLP),
    *(f"{name}: everything at its band, targets 0" for name in MLP),
    *(f"{name}: magnitudes mixed, targets 0" for name in MLP),
    *(name for name in SCENARIOS if name.startswith(("newton", "mandelbrot", "quadratic-2d"))),
    *(name for name in SCENARIOS if name.startswith("quadratic-m") and "tiny" in name),
    "tanh: width 1",
    "linear: falls by 40 decades",
    "quadratic-additive: epsilon=1024,length=0.001",
    "quadratic-two-cosine: epsilon=0.00000096",
)


def pixels_of(scenario, fmt):
    return tile_of(scenario.problem, scenario.window, scenario.width, scenario.height, fmt).pixels


def flushing_changes_no_bit(name, fmt):
    chosen = SCENARIOS[name]
    pixels = pixels_of(chosen, fmt)
    with chosen.scaled(POWER[fmt.name]):
        kept = trained(chosen.problem, HostOps(fmt), pixels)
        for kind in (FlushingOps, FlushingEverywhereOps):
            assert_same(trained(chosen.problem, kind(fmt), pixels), kept)


@pytest.mark.parametrize("name", SCENARIOS)
def test_flushing_changes_no_bit(name):
    flushing_changes_no_bit(name, FLOAT32)


@pytest.mark.parametrize("name", IN_FLOAT64)
def test_flushing_changes_no_bit_in_float64(name):
    flushing_changes_no_bit(name, FLOAT64)


def differs(scenario, fmt):
    """Tell whether flushing changes a bit."""
    subject, pixels = scenario.problem, pixels_of(scenario, fmt)
    with scenario.scaled():
        kept, flushed = (trained(subject, o(fmt), pixels) for o in (HostOps, FlushingOps))
    return not all(same_bits(kept[name], flushed[name]) for name in kept)


@pytest.mark.parametrize("problem", MLP)
def test_without_the_bands_the_same_scenarios_would_differ(problem, monkeypatch):
    monkeypatch.setattr("fractbench.problems.network.guard", lambda ops, k, value, band: value)
    assert differs(SCENARIOS[f"{problem}: W 1e-14, inputs 1e-6, targets 0"], FLOAT32)


# The range of rates is that of float32, so smaller weights must do in float64.
SMALL = {"v": 1e-160, "y": 0.0}


@pytest.mark.parametrize("problem", MLP)
def test_without_the_bands_float64_would_differ_too(problem, monkeypatch):
    scenario = replace(SCENARIOS[f"{problem}: as drawn"], scales=SMALL)
    assert not differs(scenario, FLOAT64)
    monkeypatch.setattr("fractbench.problems.network.guard", lambda ops, k, value, band: value)
    monkeypatch.setitem(BANDS, "float64", BANDS["float64"] | {"state": -1000})
    assert differs(scenario, FLOAT64)


@pytest.mark.parametrize(
    ("band", "power", "scenario", "fmt"),
    [
        ("state", -140, SCENARIOS["tanh: v 1e-13, inputs 1e-6, targets 0"], FLOAT32),
        ("state", -1060, replace(SCENARIOS["tanh: as drawn"], scales=SMALL), FLOAT64),
        ("tiny", -140, SCENARIOS["linear: falls by 40 decades"], FLOAT32),
    ],
)
def test_a_band_that_is_too_low_would_be_noticed(band, power, scenario, fmt, monkeypatch):
    assert not differs(scenario, fmt)
    monkeypatch.setitem(BANDS, fmt.name, BANDS[fmt.name] | {band: power})
    assert differs(scenario, fmt)


class RecordingOps(FusedHostOps):
    """The contract `fma`, and whether one of its fused sums was subnormal."""

    subnormal = 0

    def mad(self, a, b, c):
        out = super().mad(a, b, c)
        size = np.abs(out)
        self.subnormal += int(((size > 0) & (size < SMALLEST_NORMAL[out.dtype])).sum())
        return out


@pytest.mark.parametrize("name", [n for n in IN_FLOAT64 if n.split(":")[0] in MLP and "1e" in n])
def test_no_fused_sum_is_subnormal_in_float64(name):
    chosen, ops = SCENARIOS[name], RecordingOps(FLOAT64)
    with chosen.scaled(POWER["float64"]):
        trained(chosen.problem, ops, pixels_of(chosen, FLOAT64))
    assert ops.subnormal == 0
