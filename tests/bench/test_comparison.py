"""Records side by side: what is compared, what is refused, and what a reader is told."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from fractbench.bench.compare.comparison import compare
from fractbench.bench.compare.labels import by_device, by_file
from fractbench.bench.compare.significance import Launch, difference
from fractbench.errors import UsageError
from records import HARDWARE, QUIET, noisy, record

DATA = Path(__file__).parents[1] / "data" / "repeated_samples.json"
BEGUN = datetime(2026, 11, 21, 6, tzinfo=UTC)
OTHER_CHIP = HARDWARE.model_copy(update={"chip": "Apple M1", "gpu": "Apple M1"})


def turn(number, seconds=0.5, **changes):
    """A record of one launch; the sides' turns are numbered by time."""
    time = f"2026-11-21T06:{number // 60:02}:{number % 60:02}+00:00"
    return record(noisy(seconds, seed=number), run=f"{number:032}", time=time, **changes)


def two(seconds=0.5, turns=10, **changes):
    """Two files whose launches took turns; `changes` are the second's."""
    return {"old": [turn(2 * n) for n in range(turns)],
            "new": [turn(2 * n + 1, seconds, **changes) for n in range(turns)]}  # fmt: skip


def part(of, /, **changes):
    """A change of one part of a record."""
    return {of: getattr(record(), of).model_copy(update=changes)}


def failed(number, status):
    """A record of a case that failed in opening: it knows the kernel's name, and little more."""
    changes = {**part("kernel", source=None, tile=None, early_exit=None),
               **part("backend", chip=None, version=None, threads=None)}  # fmt: skip
    return turn(number, status=status).model_copy(update=changes)


def only(found):
    ((_, cells),) = found.rows
    return cells


@pytest.mark.parametrize(
    ("seconds", "verdict", "ratio"),
    [(0.4, "faster", 1.25), (0.625, "slower", 0.8), (0.5, "no difference", 1.0)],
)
def test_a_verdict_comes_with_a_ratio_and_an_interval(seconds, verdict, ratio):
    base, other = only(compare(two(seconds)))
    assert base.difference is None
    assert base.seconds == pytest.approx(0.5, rel=0.01)
    assert base.rate == pytest.approx(64 * 64 * 100 / base.seconds, rel=0.001)
    assert (other.launches, other.status) == (10, "exact")
    assert other.difference.verdict == verdict
    assert other.difference.low < ratio < other.difference.high
    assert other.difference.high / other.difference.low < 1.05


def test_the_base_is_the_first_column():
    columns = two(0.4)
    turned = {"new": columns["new"], "old": columns["old"]}
    assert only(compare(turned))[1].difference.ratio == pytest.approx(0.8, rel=0.01)


def test_names_that_all_rows_share_are_told_once():
    columns = two()
    for n, found in enumerate(columns.values()):
        found += [turn(2 * k + n, size=128) for k in range(3)]
    found = compare(columns)
    assert found.shown == ("size",)
    assert found.constant["device"] == "native:cpu"
    assert [names["size"] for names, _ in found.rows] == ["64x64", "128x128"]


def test_a_row_of_one_column_only_is_shown_without_a_ratio():
    columns = two()
    columns["new"].append(turn(1, size=128))
    _, (absent, alone) = compare(columns).rows[1]
    assert absent is None
    assert (alone.launches, alone.difference) == (1, None)


@pytest.mark.parametrize("status", ["mismatch", "nondeterministic", "out-of-memory", "timeout",
                                    "unavailable", "error"])  # fmt: skip
def test_a_record_without_a_time_is_shown_with_its_status(status):
    columns = two()
    columns["new"] = [failed(1, status)]
    found = compare(columns)
    base, other = only(found)
    assert (other.status, other.seconds, other.difference) == (status, None, None)
    assert base.seconds is not None
    assert found.notes == ()


def test_one_launch_without_a_proven_map_spoils_the_cell():
    columns = two()
    columns["new"][3] = failed(7, "nondeterministic")
    _, other = only(compare(columns))
    assert (other.status, other.seconds) == ("nondeterministic (1 of 10)", None)
    columns = two()
    columns["old"][0] = failed(0, "mismatch")
    assert only(compare(columns))[1].difference is None


OTHER_DIGEST = "strict-float32-1:sha256:" + "99" * 32
REFUSED = [
    (part("spec", window=(("0", "1"), ("0", "1")), key="another"),
     r"want different maps: window is \(.*\) in old, \(\('0', '1'\), .*\) in new; type --anyway"),
    (part("spec", draws="per-pixel=order", inputs="00", key="another"),
     r"draws is fixed.* in old, per-pixel=order in new; inputs is .* in old, 00 in new"),
    ({"digest": OTHER_DIGEST}, r"differ in verdict.digest: old has .*abab, new has .*9999"),
    (part("backend", precision={"tf32": "on"}),
     r"same machine and device, but backend.precision.tf32 is None in old, on in new"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "sentence"), REFUSED)
def test_what_may_not_be_compared_is_refused_unless_told(changes, sentence):
    columns = two(0.4, **changes)
    with pytest.raises(UsageError, match=sentence):
        compare(columns)
    _, other = only(compare(columns, anyway=True))
    assert other.difference.verdict == "faster"


def test_under_free_digests_may_differ():
    columns = two()
    columns = {name: [r.model_copy(update={"verdict": r.verdict.model_copy(
        update={"status": "agrees", "digest": name})}) for r in
        [turn(2 * n + side, contract="free") for n in range(8)]]
        for side, name in enumerate(columns)}  # fmt: skip
    assert only(compare(columns))[1].difference.verdict == "no difference"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (part("software", commit="0" * 40), "software.commit"),
        (part("kernel", source="00" * 32), "kernel.source"),
        (part("backend", threads=1), "backend.threads"),
        ({"hardware": OTHER_CHIP}, "hardware.chip"),
    ],
)
def test_repetitions_must_be_of_one_kind(changes, field):
    columns = two()
    columns["new"][4] = turn(9).model_copy(update=changes)
    with pytest.raises(UsageError, match=f"in new are not repetitions of each other: {field} is"):
        compare(columns)
    assert len(only(compare(columns, anyway=True))) == 2


def test_two_windows_in_both_files_are_two_rows():
    columns = two()
    for n, found in enumerate(columns.values()):
        found += [turn(2 * k + n, **part("spec", window=(("0", "1"), ("0", "1")), key="k"))
                  for k in range(2)]  # fmt: skip
    assert len(compare(columns).rows) == 2


def test_columns_with_nothing_in_common_are_refused():
    columns = {"mac": [turn(0, device="mlx:metal")], "pc": [turn(1, device="torch:cuda:0")]}
    with pytest.raises(UsageError, match=r"device is mlx:metal in mac, torch:cuda:0 in pc; type "):
        compare(columns)
    with pytest.raises(UsageError, match="one column only, mac; type another file, or --by device"):
        compare({"mac": columns["mac"]})


def test_devices_of_several_files_side_by_side():
    server = HARDWARE.model_copy(update={"chip": "AMD EPYC", "gpu": "H100"})
    fast = {**part("backend", name="torch", device="cuda:0"), "hardware": server}
    files = [("mac", [turn(0, device="mlx:metal"), turn(2, device="mlx:metal")]),
             ("pc", [turn(1, 0.05, **fast), turn(3, 0.05, **fast)])]  # fmt: skip
    columns = by_device(files)
    assert list(columns) == ["mlx:metal fused, Apple M4 Pro", "torch:cuda:0 fused, H100"]
    _, other = only(compare(columns, "device"))
    assert other.difference.design == "stretches"
    assert other.difference.verdict == "faster"
    assert other.difference.ratio == pytest.approx(10, rel=0.01)


def test_different_machines_do_not_take_turns():
    _, other = only(compare(two(0.4, hardware=OTHER_CHIP)))
    assert other.difference.design == "stretches"


def test_files_are_called_by_the_shortest_part_that_tells_them():
    def called(*names):
        return list(by_file([(name, []) for name in names]))

    assert called("x/a.jsonl", "x/b.jsonl") == ["a", "b"]
    assert called("x/a.jsonl", "y/a.jsonl") == ["x/a", "y/a"]
    assert called("a.jsonl", "a.json") == ["a.jsonl", "a.json"]
    with pytest.raises(UsageError, match=r"\./a\.jsonl is given twice"):
        called("a.jsonl", "./a.jsonl")


def test_facts_that_differ_are_told():
    changes = {**part("software", commit="1" * 40), "before": QUIET.model_copy(
        update={"power": "battery", "load": 9.0})}  # fmt: skip
    notes = compare(two(**changes)).notes
    assert f"software.commit: old {'ef' * 6} | new {'1' * 12}" in notes
    assert "before.power: old ac | new battery" in notes
    assert len(notes) == 2
    assert compare(two()).notes == ()


def test_a_machine_that_slowed_down_is_a_warning():
    columns = two()
    columns["new"] = [
        r.model_copy(update={"samples": r.samples.model_copy(
            update={"calibration_ns": tuple(int(t * 1.2) for t in r.samples.calibration_ns)})})
        for r in columns["new"]
    ]  # fmt: skip
    (warning,) = compare(columns).warnings
    assert re.match("new: a fixed piece of work took 1.20 times as long as in old", warning)
    assert compare(two()).warnings == ()
    columns["new"] = [worked(r, r.samples.calibration_work * 1.2) for r in columns["new"]]
    assert compare(columns).warnings == ()
    columns["new"] = [worked(r, None) for r in columns["new"]]
    assert compare(columns).warnings == ()


def worked(made, work):
    """A record whose calibrations were of other work."""
    taken = made.samples.model_copy(update={"calibration_work": work})
    return made.model_copy(update={"samples": taken})


def test_launches_that_took_no_turns_are_a_warning():
    columns = {"old": [turn(n) for n in range(5)], "new": [turn(100 + n) for n in range(5)]}
    found = compare(columns)
    assert re.search(r"less than 1\.[23]\dx cannot be told", found.warnings[0])
    assert "less than 1.0" in compare(columns, wander=0.0).warnings[0]


def test_launches_are_what_the_simulation_on_recorded_samples_takes():
    rows = json.loads(DATA.read_text())["recordings"][-1]["launches"][:20]
    made = [
        record([t / 1e6 for t in row["samples_us"]], run=f"{n:032}",
               time=str(BEGUN + timedelta(seconds=row["start_s"])))
        for n, row in enumerate(rows)
    ]  # fmt: skip
    _, other = only(compare({"old": made[::2], "new": made[1::2]}))
    launches = [Launch(row["start_s"], 1 / np.median(row["samples_us"])) for row in rows]
    expected = difference(launches[::2], launches[1::2])
    assert (other.difference.design, other.difference.pairs) == ("pairs", 10)
    assert other.difference.low == pytest.approx(expected.low)
    assert other.difference.high == pytest.approx(expected.high)
