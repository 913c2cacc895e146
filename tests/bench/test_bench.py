"""The benchmark by a scripted clock: statistics, order, statuses, energy, restarts, interrupts."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import fractbench.registry
from fakes import HostBackend, register
from fractbench.bench import proving
from fractbench.bench.case import Case, cases
from fractbench.bench.records.record import Record
from fractbench.bench.run import bench, launches
from fractbench.bench.settings import Settings
from fractbench.measure import ACCUMULATORS
from fractbench.request import Request
from records import QUIET
from scripted import (
    CALL,
    MS,
    FakeSurroundings,
    Joules,
    KilledError,
    ScriptedBackend,
    ScriptedClock,
    ScriptedKernel,
    ScriptedWorker,
    local,
)

SIZE, STEPS = 8, 5
PROVE_KERNEL, WITNESS = proving.prove_kernel, proving.witness
PIXEL_STEPS = SIZE * SIZE * STEPS


@pytest.fixture(autouse=True)
def proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goldens and judges have tests of their own, and take seconds."""
    monkeypatch.setattr("fractbench.bench.proving.prove_kernel", lambda *_: None)
    monkeypatch.setattr("fractbench.bench.proving.witness", lambda *_: None)
    monkeypatch.setattr("fractbench.bench.proving.judge", lambda *_: "passed")


def asked(*targets: str, size: int = SIZE, **options: Any) -> list[Case]:
    request = Request("tanh", size=size, steps=STEPS, **options)
    return [Case(request, target) for target in targets]


def run(
    clock: ScriptedClock, found: list[Case], settings: Settings | None = None, **options: Any
) -> list[Record]:
    settings = settings or Settings(repeats=5, min_time=0.0, baseline=False)
    options.setdefault("start", local(clock, options.pop("log", None)))
    options.setdefault("around", FakeSurroundings())
    return bench(found, settings, clock=clock, **options)


def test_samples_are_the_scripted_times_and_follow_in_the_summary(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ScriptedClock()
    times = [90 * MS, 30 * MS, 10 * MS, 14 * MS, 12 * MS, 11 * MS, 13 * MS]
    register(monkeypatch, ("one", ScriptedBackend("one", clock, times, copying=2 * MS)))
    [record] = run(clock, asked("one"))
    assert record.verdict.status == "exact"
    assert record.samples is not None
    assert record.samples.compute_ns == (10 * MS, 14 * MS, 12 * MS, 11 * MS, 13 * MS)
    assert record.samples.host_ns == (12 * MS, 16 * MS, 14 * MS, 13 * MS, 15 * MS)
    assert record.samples.total_ns == record.samples.host_ns  # the harness took no time
    assert record.samples.start_ns == tuple(sorted(record.samples.start_ns))
    assert record.cold is not None
    assert (record.cold.first_call_ns, record.cold.compile_ns) == (92 * MS, 60 * MS)
    assert record.summary is not None
    assert record.summary.median_s == pytest.approx(0.014)
    assert record.summary.low_s <= 0.014 <= record.summary.high_s
    assert record.summary.pixel_steps_per_second == pytest.approx(PIXEL_STEPS / 0.014)
    count = 4 * 272 * 256 + 8 * 272 * 16
    assert record.summary.gflops == pytest.approx(PIXEL_STEPS / 0.014 * count / 1e9)
    assert record.summary.roofline_share == pytest.approx(PIXEL_STEPS / 0.014 * count / 2e11)
    assert set(record.verdict.outputs) == {record.verdict.digest}
    assert len(record.verdict.outputs) == 5
    assert Record.model_validate_json(record.line()) == record


def test_every_round_visits_all_cases_in_a_seeded_order(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("one", "two", "three", "four")

    def orders(seed: int) -> tuple[list[tuple[int, ...]], list[str]]:
        clock, log = ScriptedClock(), []
        register(monkeypatch, *((n, ScriptedBackend(n, clock)) for n in names))
        settings = Settings(repeats=6, min_time=0.0, baseline=False, seed=seed)
        made = run(clock, asked(*names), settings, log=log)
        sampled = [entry[1] for entry in log if entry[0] == "sample"]
        return [r.protocol.order for r in made], sampled

    first, sampled = orders(0)
    for number, turns in enumerate(zip(*first, strict=True)):
        assert sorted(turns) == [0, 1, 2, 3]
        visited = sampled[4 * number : 4 * number + 4]
        assert [names[turns.index(turn)] for turn in range(4)] == visited
    assert len({tuple(sampled[i : i + 4]) for i in range(0, 24, 4)}) > 1
    assert orders(0)[0] == first
    assert orders(1)[0] != first


def test_cooldown_min_time_and_launches(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, log = ScriptedClock(), []
    register(monkeypatch, ("one", ScriptedBackend("one", clock, [20 * MS])))
    settings = Settings(repeats=3, min_time=0.05, cooldown=2.0, launches=2, baseline=False)
    made = run(clock, asked("one"), settings, log=log)
    assert [r.protocol.launch for r in made] == [0, 1]
    assert made[0].run == made[1].run
    assert all(r.samples and r.samples.passes == (3, 3, 3) for r in made)
    assert all(len(r.verdict.outputs) == 9 for r in made)
    assert clock.slept == [2.0] * 6
    assert [entry for entry in log if entry[0] == "close"] == [("close", "one")] * 2


def test_the_harness_takes_less_than_two_per_cent_of_50_ms(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ScriptedClock(call=CALL)
    register(monkeypatch, ("one", ScriptedBackend("one", clock, [50 * MS])))
    [record] = run(clock, asked("one"))
    assert record.samples is not None
    for host, total in zip(record.samples.host_ns, record.samples.total_ns, strict=True):
        assert 50 * MS < host < 51 * MS
        assert 50 * MS < total < 51 * MS


def test_energy_and_the_published_method(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ScriptedClock()

    class Jax(ScriptedBackend):
        def kernels(self, problem: Any, device: Any, arithmetic: Any) -> tuple[str, ...]:
            return ("published",) if arithmetic.contract == "free" else ("ops",)

    register(
        monkeypatch,
        ("one", ScriptedBackend("one", clock, [300 * MS])),
        ("jax", Jax("jax", clock, [3000 * MS])),
    )
    settings = Settings(repeats=5, min_time=0.0)
    around = FakeSurroundings(meter=Joules(clock))
    case, base = run(clock, asked("one"), settings, around=around)
    assert (case.role, base.role) == ("case", "baseline")
    assert base.spec.contract == "free"
    assert base.verdict.status == "agrees"
    assert base.spec.size == (16, 16)
    assert case.summary is not None
    assert case.summary.times_published == pytest.approx((64 / 300) / (256 / 3000))
    assert case.energy is not None
    assert case.energy.joules == pytest.approx(1.5)
    assert case.summary.joules_per_million == pytest.approx(0.3 / PIXEL_STEPS * 1e6)


class Zeros(ScriptedKernel):
    def spoilt(self, found: Any) -> Any:
        return {name: np.zeros_like(array) for name, array in found.items()}


class Flickers(ScriptedKernel):
    """Another rounding in one pixel at every third call."""

    def spoilt(self, found: Any) -> Any:
        if self.calls % 3 == 0:
            found["sum_v"][0] = np.nextafter(found["sum_v"][0], np.float32(9))
        return found


class Lazy(ScriptedKernel):
    def spoilt(self, found: Any) -> Any:
        return {name: list(array) for name, array in found.items()}


class Wide(ScriptedKernel):
    def spoilt(self, found: Any) -> Any:
        return {name: array.astype(np.float64) for name, array in found.items()}


class Full(ScriptedKernel):
    def spoilt(self, found: Any) -> Any:
        raise MemoryError("Unable to allocate 3 TiB for /home/zoe/x")


class Refuses(ScriptedKernel):
    def spoilt(self, found: Any) -> Any:
        raise RuntimeError("CUDA error: an illegal memory access in /home/zoe/kernel.cu")


@pytest.mark.parametrize(
    ("kernel", "status", "says"),
    [
        (Zeros, "mismatch", "pixels differ from the host's"),
        (Flickers, "nondeterministic", "equal inputs gave different outputs"),
        (Lazy, "error", "not an array on the host"),
        (Wide, "error", "float64"),
        (Full, "out-of-memory", "Unable to allocate"),
        (Refuses, "error", "illegal memory access"),
    ],
)
def test_a_failed_case_has_its_status_no_time_and_touches_no_other(
    monkeypatch: pytest.MonkeyPatch, kernel: type[ScriptedKernel], status: str, says: str
) -> None:
    clock = ScriptedClock()
    register(
        monkeypatch,
        ("good", ScriptedBackend("good", clock)),
        ("bad", ScriptedBackend("bad", clock, kernel=kernel)),
    )
    good, bad = run(clock, asked("good", "bad"))
    assert good.verdict.status == "exact"
    assert good.samples is not None
    assert bad.verdict.status == status
    assert says in str(bad.verdict.reason)
    assert "zoe" not in bad.line()
    assert bad.samples is None
    assert bad.summary is None
    assert bad.cold is None


def test_a_backend_that_is_not_there_or_has_no_such_kernel_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ScriptedClock()
    register(
        monkeypatch,
        ("good", ScriptedBackend("good", clock)),
        ("gone", ImportError("no module named gone")),
    )
    free = asked("good", contract="free")
    good, gone, other = run(clock, [*asked("good", "gone"), *free])
    assert good.verdict.status == "exact"
    assert (gone.verdict.status, other.verdict.status) == ("unavailable", "unavailable")
    assert gone.backend.version is None
    assert "type" in str(other.verdict.reason)


def test_a_crash_is_one_row_and_the_device_s_other_cases_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, log = ScriptedClock(), []

    class Crashes(ScriptedKernel):
        def run(self, tile: Any) -> Any:
            if tile.count == 6 * 6 and self.calls >= 3:
                raise KilledError
            return super().run(tile)

    class Rooms(ScriptedBackend):
        def prepare(self, *args: Any, **options: Any) -> Any:
            made = super().prepare(*args, **options)
            made.tile = 1 << 20
            return made

    register(
        monkeypatch,
        ("one", Rooms("one", clock, kernel=Crashes)),
        ("two", ScriptedBackend("two", clock)),
    )
    found = [*asked("one"), *asked("one", size=6), *asked("two")]
    good, crashed, other = run(clock, found, log=log)
    assert crashed.verdict.status == "error"
    assert "SIGSEGV" in str(crashed.verdict.reason)
    assert good.verdict.status == "exact"
    assert good.samples is not None
    assert len(good.samples.host_ns) == 5
    assert any("started again" in text for text in good.warnings)
    assert other.verdict.status == "exact"
    assert not any("started again" in text for text in other.warnings)
    hellos = [target for what, target, *_ in log if what == "hello"]
    assert [target for target in hellos if target != "two"] == ["one", "one:cpu"]


def test_devices_that_disagree_are_held_to_the_golden_or_the_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ScriptedClock()

    class Corner(ScriptedKernel):
        """Wrong in pixels that nobody looks at."""

        def spoilt(self, found: Any) -> Any:
            found["last"][found["last"] == np.nanmin(found["last"])] += 1
            return found

    monkeypatch.setattr("fractbench.bench.proving._compare", lambda *_: None)
    for names, wrong in ((("numpy", "bad"), {"bad"}), (("one", "bad"), {"one", "bad"}),
                         (("one", "two", "bad"), {"one", "two", "bad"})):  # fmt: skip
        register(
            monkeypatch,
            *((n, ScriptedBackend(n, clock, kernel=Corner if n == "bad" else ScriptedKernel))
              for n in names),
        )  # fmt: skip
        made = run(clock, asked(*names))
        assert {r.backend.name for r in made if r.verdict.status == "mismatch"} == wrong
        assert all((r.samples is None) == (r.backend.name in wrong) for r in made)


def test_an_interrupt_keeps_what_has_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, log = ScriptedClock(), []
    register(monkeypatch, ("one", ScriptedBackend("one", clock)))

    class Impatient(ScriptedWorker):
        count = itertools.count()

        def sample(self, index: int, passes: int) -> Any:
            if next(self.count) == 3:
                raise KeyboardInterrupt
            return super().sample(index, passes)

    start = local(clock, log, Impatient)
    settings = Settings(repeats=5, min_time=0.0, baseline=False)
    found = launches(asked("one"), settings, start=start, clock=clock, around=FakeSurroundings())
    [record] = next(found)
    assert record.samples is not None
    assert len(record.samples.host_ns) == 3
    with pytest.raises(KeyboardInterrupt):
        next(found)
    assert log[-1] == ("close", "one")


@pytest.mark.parametrize(
    ("times", "calibrations", "states", "says"),
    [
        ([10, 10, 10, 10, 10, 11, 12, 13, 14], [], [], "drifts; add --cooldown"),
        ([10, 10, 10, 17, 11, 16, 10, 17, 10], [], [], "close other programs"),
        ([10, 10, 30, 10, 10, 10, 10, 10, 10], [], [], "the first sample took 3.0 times"),
        ([10] * 9, [10, 10, 10, 14, 10, 10, 10], [], "the clock fell"),
        ([10] * 9, [], [{"load": 30.0}], "load average was 30.0 on 12 threads"),
        ([10] * 9, [], [{"power": "battery"}], "plug the machine in"),
        ([10] * 9, [], [{"power_mode": "low"}], "low-power mode"),
        ([10] * 9, [], [{}, {"thermal": "serious"}], "serious heat"),
        ([10] * 9, [], [{"throttle": ("sw_thermal_slowdown",)}], "sw_thermal_slowdown"),
        ([10] * 9, [], [], ""),
    ],
)
def test_warnings_name_the_trouble_and_the_remedy(
    monkeypatch: pytest.MonkeyPatch, times: Any, calibrations: Any, states: Any, says: str
) -> None:
    clock = ScriptedClock()
    register(monkeypatch, ("one", ScriptedBackend("one", clock, [t * MS for t in times])))

    class Calibrated(ScriptedWorker):
        pass

    Calibrated.calibrations = [c * MS for c in calibrations]
    around = FakeSurroundings(*(QUIET.model_copy(update=change) for change in states))
    settings = Settings(repeats=7, min_time=0.0, baseline=False)
    start = local(clock, worker=Calibrated)
    [record] = run(clock, asked("one"), settings, start=start, around=around)
    assert record.verdict.status == "exact"
    if says:
        assert any(says in text for text in record.warnings), record.warnings
    else:
        assert record.warnings == ()


def test_few_samples_and_a_growing_process_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, held = ScriptedClock(), itertools.count(1 << 30, 40 << 20)
    register(monkeypatch, ("one", ScriptedBackend("one", clock)))
    monkeypatch.setattr("fractbench.bench.worker.held", lambda: next(held))
    [record] = run(clock, asked("one"), Settings(repeats=4, min_time=0.0, baseline=False))
    assert [text.partition(":")[0] for text in record.warnings] == [
        "only 4 samples",
        "the process grew by 120 MiB while it was timed",
    ]


def test_why_a_kernel_is_not_a_faster_one_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fallen(ScriptedKernel):
        note = "one:cpu: no fused kernel (why), so the slower ops kernel runs"

    clock = ScriptedClock()
    register(monkeypatch, ("one", ScriptedBackend("one", clock, kernel=Fallen)))
    [record] = run(clock, asked("one"))
    assert record.warnings == (Fallen.note,)


def test_lists_multiply_out_without_repetitions() -> None:
    found = cases(["tanh", "relu"], ["numpy", "jax:cpu"], ["strict", "free"], ["float32"],
                  ["8", "16x4", "8"], [5])  # fmt: skip
    assert len(found) == 2 * 2 * 2 * 2
    assert {str(c.request.size) for c in found} == {"8", "16x4"}
    assert Case.of(found[3].message()) == found[3]


def test_a_device_that_misses_its_golden_is_a_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ScriptedClock()
    monkeypatch.setattr("fractbench.bench.proving.prove_kernel", PROVE_KERNEL)
    register(monkeypatch, ("one", HostBackend(lambda kernel: setattr(kernel, "run", nonsense))))
    [record] = run(clock, [Case(Request("tanh", size=4, steps=2), "one")])
    assert record.verdict.status == "mismatch"
    assert "golden" in str(record.verdict.reason)


def nonsense(tile: Any) -> Any:
    return {n: np.ones(tile.count, np.float32) for n in ACCUMULATORS}


def test_a_wrong_pixel_that_the_host_did_not_see_is_seen_by_native(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ScriptedClock()

    class OneWrong(ScriptedKernel):
        def spoilt(self, found: Any) -> Any:
            found["last"][found["last"] == np.nanmin(found["last"])] += 1
            return found

    monkeypatch.setattr("fractbench.bench.proving.CHECKED", 4)
    monkeypatch.setattr("fractbench.bench.proving.witness", WITNESS)
    native = fractbench.registry.points()["native"].load()
    register(
        monkeypatch, ("one", ScriptedBackend("one", clock, kernel=OneWrong)), ("native", native)
    )
    [record] = run(clock, asked("one"))
    assert record.verdict.status == "mismatch"
    assert "1 of 64 pixels differ from those of native" in str(record.verdict.reason)


def test_a_counter_that_fails_midway_costs_the_energy_and_not_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, count = ScriptedClock(), itertools.count()

    class Fails(Joules):
        def joules(self) -> float:
            if next(count) == 5:
                raise OSError("the counter is gone")
            return super().joules()

    register(monkeypatch, ("one", ScriptedBackend("one", clock)))
    [record] = run(clock, asked("one"), around=FakeSurroundings(meter=Fails(clock)))
    assert record.verdict.status == "exact"
    assert record.energy is None
    assert record.summary is not None
    assert record.summary.joules_per_million is None


def test_another_digest_in_a_later_launch_is_a_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, count = ScriptedClock(), itertools.count()

    class Moody(ScriptedBackend):
        def prepare(self, *args: Any, **options: Any) -> Any:
            self._kernel = ScriptedKernel if next(count) == 0 else Corner
            return super().prepare(*args, **options)

    class Corner(ScriptedKernel):
        def spoilt(self, found: Any) -> Any:
            found["last"][found["last"] == np.nanmin(found["last"])] += 1
            return found

    monkeypatch.setattr("fractbench.bench.proving._compare", lambda *_: None)
    register(monkeypatch, ("one", Moody("one", clock)))
    settings = Settings(repeats=2, min_time=0.0, launches=2, baseline=False)
    first, second = run(clock, asked("one"), settings)
    assert first.verdict.status == "exact"
    assert second.verdict.status == "mismatch"
    assert "another whole map" in str(second.verdict.reason)
    assert second.kernel is not None
    assert second.kernel.name == "scripted"


def test_what_a_backend_tells_must_fit_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ScriptedClock()

    class Odd(ScriptedBackend):
        def precision(self, device: Any) -> Any:
            return {"tf32": True}

    register(monkeypatch, ("odd", Odd("odd", clock)), ("good", ScriptedBackend("good", clock)))
    odd, good = run(clock, asked("odd", "good"))
    assert (odd.verdict.status, good.verdict.status) == ("error", "exact")
    assert "fits no record: precision" in str(odd.verdict.reason)


def test_one_device_under_two_names_is_timed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ScriptedClock()
    register(monkeypatch, ("one", ScriptedBackend("one", clock)))
    made = run(clock, asked("one", "one:cpu"))
    assert sorted(r.verdict.status for r in made) == ["exact", "unavailable"]
    assert any("already" in str(r.verdict.reason) for r in made)


def test_a_worker_that_failed_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an error a framework may be broken, or its memory full, for all that follows."""
    clock, log = ScriptedClock(), []
    register(monkeypatch, ("one", ScriptedBackend("one", clock, kernel=Full)))
    failed, again = run(clock, [*asked("one"), *asked("one", size=6)], log=log)
    assert (failed.verdict.status, again.verdict.status) == ("out-of-memory", "out-of-memory")
    assert [what for what, *_ in log if what in ("hello", "close")] == ["hello", "close"] * 2


def test_reasons_to_run_slower_seen_in_between_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ScriptedClock()
    register(monkeypatch, ("one", ScriptedBackend("one", clock)))
    hot = QUIET.model_copy(update={"throttle": ("sw_power_cap",)})
    cool = QUIET.model_copy(update={"throttle": ()})
    [record] = run(clock, asked("one"), around=FakeSurroundings(cool, cool, cool, hot, cool))
    assert record.after.throttle == ("sw_power_cap",)
    assert any("sw_power_cap" in text for text in record.warnings)
