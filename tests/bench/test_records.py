"""Files of records: read whole or refused with a sentence, written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
from io import FileIO

import pytest

from fractbench.bench.records.files import append, read, schema
from fractbench.bench.records.record import Record
from fractbench.bench.records.summary import ceiling
from fractbench.errors import FractbenchError, UsageError
from records import DIGEST, ROOFLINE, record


@pytest.fixture
def file(tmp_path):
    return tmp_path / "some.jsonl"


def changed(*path, to):
    """Return a record's line with one value changed; `...` removes it."""
    made = json.loads(record().line())
    place = made
    for name in path[:-1]:
        place = place[name]
    if to is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return json.dumps(made)


def test_what_is_appended_is_read(file):
    first, second = record(), record(status="timeout", device="jax:cpu")
    append(file, [first])
    append(file, [second, first])
    assert read(file) == [first, second, first]


def test_line_ends_of_windows_and_blank_lines_mean_nothing(file):
    file.write_bytes(f"{record().line()}\r\n\r\n{record().line()}\r\n".encode())
    assert read(file) == [record(), record()]


DAMAGED = [
    ("{", "line 2 was cut off: the lines before it are whole; delete it: sed -i.torn '2d'"),
    ("{\n", "line 2 is no JSON"),
    ("[1]\n", "line 2 is no fractbench.record/1: its schema is None"),
    (changed("schema", to="fractbench.record/2") + "\n", "its schema is 'fractbench.record/2'"),
    (changed("hostname", to="x") + "\n", "line 2: unknown field hostname"),
    (changed("spec", "seed", to=1) + "\n", "line 2: unknown field spec.seed"),
    (changed("verdict", to=...) + "\n", "line 2: field verdict is missing"),
    (changed("spec", "steps", to="100") + "\n", "line 2: spec.steps: Input should be a valid int"),
    (changed("before", "load", to=float("nan")) + "\n", "line 2: before.load"),
    (changed("samples", "passes", to=[1]) + "\n", "line 2: samples: Value error, samples need one"),
    (changed("verdict", "status", to="mismatch") + "\n", "if, and only if, its map is proven"),
    (changed("time", to="yesterday") + "\n", "line 2: Invalid isoformat string: 'yesterday'"),
    (changed("time", to="2026-11-21T06:00:00") + "\n", "tells no time zone"),
    (changed("spec", "problem", to="tahn") + "\n", "line 2: unknown problem 'tahn'"),
]


@pytest.mark.parametrize(("line", "sentence"), DAMAGED)
def test_a_damaged_line_is_a_sentence(file, line, sentence):
    file.write_text(f"{record().line()}\n{line}")
    with pytest.raises(UsageError) as caught:
        read(file)
    assert str(caught.value).startswith(f"{file} line 2")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "field", ["median_s", "low_s", "high_s", "q25_s", "q75_s", "drift", "gflops",
              "pixel_steps_per_second", "roofline_share"],
)  # fmt: skip
def test_a_summary_must_follow_from_its_samples(file, field):
    true = json.loads(record().line())["summary"][field]
    file.write_text(changed("summary", field, to=true * 1.001) + "\n")
    with pytest.raises(UsageError, match=rf"line 1: summary\.{field} is .* and the samples give"):
        read(file)


def test_samples_must_not_be_changed_beside_a_summary(file):
    times = json.loads(record().line())["samples"]["host_ns"]
    file.write_text(changed("samples", "host_ns", to=[t // 2 for t in times]) + "\n")
    with pytest.raises(UsageError, match=r"summary\.median_s"):
        read(file)


@pytest.mark.parametrize(
    ("outputs", "sentence"),
    [
        ([DIGEST] * 6, "has 6 digests and samples.passes add up to 7"),
        ([DIGEST] * 6 + ["strict-float32-1:sha256:00"], "has strict-float32-1:sha256:00 and verdi"),
    ],
)
def test_every_timed_map_of_an_exact_record_is_the_proven_one(file, outputs, sentence):
    file.write_text(changed("verdict", "outputs", to=outputs) + "\n")
    with pytest.raises(UsageError, match=sentence):
        read(file)


@pytest.mark.parametrize("early_exit", [True, None])
def test_a_kernel_that_leaves_pixels_early_has_no_share_of_the_roofline(file, early_exit):
    file.write_text(changed("kernel", "early_exit", to=early_exit) + "\n")
    with pytest.raises(UsageError, match=r"summary\.roofline_share is .* the samples give None"):
        read(file)


@pytest.mark.parametrize(
    ("contract", "dtype", "roofline", "top"),
    [
        ("strict", "float32", ROOFLINE, 470e9),
        ("strict", "float32", ROOFLINE.model_copy(update={"multiply_then_add": None}), None),
        ("fma", "float32", ROOFLINE, 480e9),
        ("free", "float32", ROOFLINE.model_copy(update={"gemm": 500e9}), 500e9),
        ("free", "bfloat16", ROOFLINE, None),
        ("free", "tf32", ROOFLINE, None),
        ("strict", "float64", ROOFLINE, None),
        ("strict", "float32", None, None),
    ],
)
def test_the_ceiling_is_what_the_contract_allows(contract, dtype, roofline, top):
    assert ceiling(record(contract=contract, dtype=dtype).spec, roofline) == top


def test_what_depends_on_other_records_is_not_asked(file):
    file.write_text(changed("summary", "times_published", to=123.0) + "\n")
    assert read(file)[0].summary.times_published == 123.0


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda file: None, "No such file"),
        (lambda file: file.mkdir(), "is a folder"),
        (lambda file: file.touch(), "holds no record"),
        (lambda file: file.write_text("\n\n"), "holds no record"),
        (lambda file: file.write_bytes(b"\xff\xfe{\x00"), "line 1 is no UTF-8 text"),
    ],
)
def test_what_is_no_file_of_records_is_a_sentence(file, make, sentence):
    make(file)
    with pytest.raises(UsageError, match=sentence) as caught:
        read(file)
    assert str(file) in str(caught.value)


def test_nothing_is_added_behind_a_torn_line(file):
    whole = record().line()
    file.write_text(f"{whole}\n{whole[:100]}")
    with pytest.raises(UsageError, match=r"line 2 was cut off: .* sed -i.torn '2d'"):
        append(file, [record()])
    assert file.read_text() == f"{whole}\n{whole[:100]}"


def test_the_remedy_for_a_torn_line_is_one(file):
    whole = record().line()
    file.write_text(f"{whole}\n{whole[:100]}")
    with pytest.raises(UsageError) as caught:
        read(file)
    assert os.system(str(caught.value).partition("delete it: ")[2]) == 0
    assert read(file) == [record()]


def test_a_full_disk_leaves_the_file_as_it_was(file, monkeypatch):
    append(file, [record()])
    before, real = file.read_bytes(), FileIO.write

    class Full(FileIO):
        written = 0

        def write(self, data):
            if Full.written:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            Full.written = real(self, bytes(data)[:50])
            return Full.written

    monkeypatch.setattr("fractbench.bench.records.files.FileIO", Full)
    with pytest.raises(FractbenchError, match="No space left on device; it is as it was before"):
        append(file, [record()])
    assert Full.written == 50
    assert file.read_bytes() == before


def test_an_unwritable_place_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match=r"cannot write records to .*Is a directory"):
        append(tmp_path, [record()])
    with pytest.raises(UsageError, match=r"No such file or directory; type --record"):
        append(tmp_path / "none" / "some.jsonl", [])


def test_the_schema_has_every_field_of_every_part_and_no_other():
    made = schema()
    parts = [made, *made["$defs"].values()]
    assert made["title"] == "fractbench.record/1"
    assert made["properties"]["schema"]["const"] == "fractbench.record/1"
    written = json.loads(record().line())
    assert set(written) == set(made["properties"]) == set(made["required"])
    for part in parts:
        assert part["additionalProperties"] is False
        assert set(part["required"]) == set(part["properties"])
    assert len(parts) == 1 + len({name for name in Record.__annotations__ if name != "schema_"}
                                 & {"spec", "kernel", "software", "backend", "hardware", "system",
                                    "before", "protocol", "cold", "samples", "memory", "energy",
                                    "roofline", "verdict", "summary"})  # fmt: skip
