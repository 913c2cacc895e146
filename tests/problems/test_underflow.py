"""Guard bands: hardware that flushes subnormal numbers gives the same bits."""

import pytest

from fractbench.arithmetic.bits import same_bits
from fractbench.arithmetic.constants import BANDS
from fractbench.arithmetic.host import HostOps
from helpers import FMT, FlushingEverywhereOps, FlushingOps, assert_same, tile_of, trained
from scenarios import MLP, SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_flushing_changes_no_bit(name):
    chosen = SCENARIOS[name]
    pixels = tile_of(chosen.problem, chosen.window, chosen.width, chosen.height).pixels
    with chosen.scaled():
        kept = trained(chosen.problem, HostOps(FMT), pixels)
        for kind in (FlushingOps, FlushingEverywhereOps):
            assert_same(trained(chosen.problem, kind(FMT), pixels), kept)


@pytest.mark.parametrize("problem", MLP)
def test_without_the_bands_the_same_scenarios_would_differ(problem, monkeypatch):
    monkeypatch.setattr("fractbench.problems.network.guard", lambda ops, k, value, band: value)
    chosen = SCENARIOS[f"{problem}: W 1e-14, inputs 1e-6, targets 0"]
    pixels = tile_of(chosen.problem, chosen.window, chosen.width, chosen.height).pixels
    with chosen.scaled():
        kept, flushed = (trained(chosen.problem, o(FMT), pixels) for o in (HostOps, FlushingOps))
    assert not all(same_bits(kept[name], flushed[name]) for name in kept)


@pytest.mark.parametrize(
    ("band", "scenario"),
    [("state", "tanh: v 1e-13, inputs 1e-6, targets 0"), ("tiny", "linear: falls by 40 decades")],
)
def test_a_band_that_is_too_low_would_be_noticed(band, scenario, monkeypatch):
    monkeypatch.setitem(BANDS, "float32", BANDS["float32"] | {band: -140})
    chosen = SCENARIOS[scenario]
    pixels = tile_of(chosen.problem, chosen.window, chosen.width, chosen.height).pixels
    with chosen.scaled():
        kept, flushed = (trained(chosen.problem, o(FMT), pixels) for o in (HostOps, FlushingOps))
    assert not all(same_bits(kept[name], flushed[name]) for name in kept)
