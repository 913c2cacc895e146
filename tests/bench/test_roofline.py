"""The roofline on a scripted clock: nothing here takes a device's time."""

import json
import math

import pytest

from fakes import HostBackend, register
from fractbench.arithmetic.formats import FLOAT32, FLOAT64
from fractbench.backend import PROBES, Probe
from fractbench.bench.roofline.measure import ENOUGH, PIECE, SAMPLE, calibration, measure, rate
from fractbench.cli import run_app
from records import HARDWARE


class Machine:
    """A clock and a Probe: a run of n takes what is paid once and n times the cost."""

    def __init__(self, cost, once=0, moods=()):
        self.now, self.cost, self.once = 0, cost, once
        self.moods, self.counts = list(moods), []

    def clock(self):
        return self.now

    def run(self, count):
        mood = self.moods.pop(0) if self.moods else 1
        self.counts.append(count)
        self.now += int(mood * (self.once + count * self.cost))

    def probe(self, work=1.0):
        return Probe(self.run, work)


class Probed(HostBackend):
    """A Backend whose Probes are given by kind; an exception is raised, None is none."""

    def __init__(self, probes):
        super().__init__()
        self._probes = probes

    def probe(self, kind, device, fmt):
        found = self._probes.get(kind)
        if isinstance(found, Exception):
            raise found
        return found


def test_a_rate_is_work_over_time():
    machine = Machine(cost=1_000_000)
    assert rate(machine.probe(work=5e6), machine.clock) == pytest.approx(5e9)


def test_a_probe_is_warmed_up_then_run_longer_until_a_run_is_long_enough():
    machine = Machine(cost=1000, once=50_000)
    rate(machine.probe(), machine.clock)
    first, *growing = machine.counts
    assert first == 1
    assert growing == sorted(growing)
    assert len(growing) < 12
    assert machine.once + growing[-1] * machine.cost >= SAMPLE
    # What is paid once no longer matters.
    assert rate(machine.probe(), machine.clock) == pytest.approx(1e6, rel=0.01)


def test_the_best_of_five_long_runs_counts():
    long_enough = 30_000_000
    machine = Machine(long_enough, moods=[9, 2, 3, 1.5, 2, 4])
    assert rate(machine.probe(), machine.clock) == pytest.approx(1e9 / long_enough / 1.5)
    assert machine.counts == [1] * 6


def test_a_slow_probe_is_not_run_more_often_than_it_needs():
    machine = Machine(cost=2 * ENOUGH)
    assert rate(machine.probe(), machine.clock) == pytest.approx(1e9 / (2 * ENOUGH))
    assert machine.counts == [1, 1]


def test_a_clock_that_stands_still_ends_all_the_same():
    found = Probe(lambda n: None, 1.0)
    times = iter([*range(40), *range(10**8, 10**10, 10**8)])
    assert rate(found, lambda: next(times)) > 0


@pytest.mark.parametrize("work", [0.0, math.nan, math.inf])
def test_a_rate_that_is_no_positive_number_is_refused(work):
    machine = Machine(cost=SAMPLE)
    with pytest.raises(ArithmeticError, match="a rate of"):
        rate(machine.probe(work), machine.clock)


def test_measure_has_every_kind_in_its_unit():
    machine = Machine(cost=1000)
    backend = Probed({kind: machine.probe(work=n + 1) for n, kind in enumerate(PROBES)})
    found = measure(backend, backend.device(None), FLOAT32, machine.clock)
    assert found.multiply_add == pytest.approx(1e6)
    assert found.multiply_then_add == pytest.approx(2e6)
    assert found.gemm == pytest.approx(3e6)
    assert found.copy_rate == pytest.approx(4e6)
    assert found.launch == pytest.approx(1 / 5e6)
    assert (found.peak, found.peak_source) == (None, None)


def test_what_fails_or_is_not_there_is_none_and_the_reason_is_said():
    machine, said = Machine(cost=1000), []
    probes = {"gemm": MemoryError("no room\nat all"), "multiply_add": machine.probe(), "copy": None}
    backend = Probed(probes)
    found = measure(backend, backend.device(None), FLOAT32, machine.clock, say=said.append)
    assert found.multiply_add == pytest.approx(1e6)
    assert found.gemm is found.copy_rate is found.multiply_then_add is found.launch is None
    assert said == ["host:cpu: gemm fails: no room"]


def test_an_interrupt_is_not_swallowed():
    def stopped(count):
        raise KeyboardInterrupt

    backend = Probed({"multiply_add": Probe(stopped, 1.0)})
    with pytest.raises(KeyboardInterrupt):
        measure(backend, backend.device(None), FLOAT32, lambda: 0)


def test_a_gpu_gets_its_makers_peak_in_float32_alone():
    class Metal(Probed):
        def devices(self):
            return (type(super().devices()[0])("mlx", "metal", "Apple M4 Pro"),)

    backend = Metal({})
    hardware = HARDWARE.model_copy(update={"gpu_cores": 20})
    found = measure(backend, backend.device(None), FLOAT32, hardware=hardware)
    assert found.peak == 9.2e12
    assert "not Apple's" in found.peak_source
    wide = measure(backend, backend.device(None), FLOAT64, hardware=hardware)
    assert (wide.peak, wide.peak_source) == (None, None)


def test_a_calibration_is_a_fixed_piece_of_work():
    machine = Machine(cost=1000)
    backend = Probed({"multiply_add": machine.probe()})
    again = calibration(backend, backend.device(None), machine.clock)
    machine.counts.clear()
    assert again() == pytest.approx(PIECE, rel=0.01)
    machine.cost *= 3
    assert again() == pytest.approx(3 * PIECE, rel=0.01)
    assert len(set(machine.counts)) == 1


@pytest.mark.parametrize("own", [None, RuntimeError("no compiler")])
def test_a_backend_without_a_probe_is_calibrated_by_numpy(own, monkeypatch):
    machine = Machine(cost=2000)
    host = Probed({"multiply_add": machine.probe()})
    register(monkeypatch, ("numpy", host))
    backend = Probed({"multiply_add": own})
    again = calibration(backend, backend.device(None), machine.clock)
    assert again() == pytest.approx(PIECE, rel=0.01)
    register(monkeypatch, ("numpy", Probed({})))
    assert calibration(backend, backend.device(None), machine.clock) is None


@pytest.fixture
def two(monkeypatch):
    """A backend that is quick to probe, and one that fails."""
    quick = Probed({kind: Machine(cost=1000).probe() for kind in PROBES})
    broken = Probed({"gemm": RuntimeError("lost")})
    register(monkeypatch, ("quick", quick), ("broken", broken))
    monkeypatch.setattr("fractbench.bench.roofline.measure.SAMPLE", 0)
    monkeypatch.setattr("fractbench.bench.roofline.measure.SAMPLES", 1)


@pytest.mark.usefixtures("two")
def test_the_verb_prints_a_row_a_device_whatever_fails(capsys):
    assert run_app(["roofline"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 3
    assert "gemm fails: lost" in err
    assert run_app(["roofline", "--backend", "quick,broken", "--format", "md"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {9}
    assert lines[-1].endswith("| - | - | - | - | - | - |")


@pytest.mark.usefixtures("two")
def test_the_verb_prints_json(capsys):
    assert run_app(["roofline", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "fractbench.roofline/1"
    assert told["dtype"] == "float32"
    assert [set(row) for row in told["devices"]] == [
        {"device", "chip", "multiply_add", "multiply_then_add", "gemm", "copy_rate", "launch",
         "peak", "peak_source"}
    ] * 2  # fmt: skip


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--format csv", "unknown format 'csv'; type --format table or --format md or "),
        ("--dtype float16", "unknown dtype 'float16' (did you mean float"),
        ("--backend quik", "unknown backend 'quik' (did you mean quick?)"),
        ("--dtype float64", "host:cpu has no float64; type --dtype float32"),
    ],
)
def test_bad_input_is_one_sentence(line, sentence, capsys):
    assert run_app(["roofline", *line.split()]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("fractbench: " + sentence)
    assert len(err.splitlines()) == 1
