"""docs/record.schema.json: what the models say, and what it and they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

import export_schema
from fractbench.bench.records.files import read
from fractbench.bench.records.record import Record
from fractbench.errors import UsageError
from records import noisy, record

ROOT = Path(__file__).parents[2]
COMMITTED = json.loads((ROOT / "docs" / "record.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(COMMITTED)
PROVEN, FAILED = (json.loads(record(noisy(0.5), status=s).line()) for s in ("exact", "timeout"))


def places(value, path=()):
    """Yield the path of every object with fields of its own, and of every field."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield (*path, name)
            yield from places(part, (*path, name))


def at(value, path):
    for name in path:
        value = value[name]
    return value


def copy_of(value):
    return json.loads(json.dumps(value))


def refused(made, tmp_path):
    """Return whether both the schema and the reader refuse a record."""
    file = tmp_path / "one.jsonl"
    file.write_text(json.dumps(made) + "\n", "utf-8")
    with pytest.raises(UsageError):
        read(file)
    return not VALIDATOR.is_valid(made)


def test_the_committed_schema_is_what_the_models_say():
    assert export_schema.text() == (ROOT / "docs" / "record.schema.json").read_text("utf-8")


def test_the_schema_is_one_and_has_its_name():
    jsonschema.Draft202012Validator.check_schema(COMMITTED)
    assert COMMITTED["$id"] == "fractbench.record/1"


def test_every_object_is_closed_and_every_field_required():
    for model in [COMMITTED, *COMMITTED["$defs"].values()]:
        assert model["additionalProperties"] is False
        assert sorted(model["required"]) == sorted(model["properties"])


@pytest.mark.parametrize("made", [PROVEN, FAILED], ids=["proven", "failed"])
def test_a_record_validates(made):
    VALIDATOR.validate(made)
    assert json.loads(Record.model_validate_json(json.dumps(made)).line()) == made


OPEN = {"precision", "environment", "packages"}
"""Objects whose names are those of settings and packages."""
GROUPS = [path for path in places(PROVEN) if isinstance(at(PROVEN, path), dict)
          and path[-1] not in OPEN]  # fmt: skip
FIELDS = [path for path in places(PROVEN) if not OPEN & set(path[:-1])]


def test_an_unknown_field_is_refused_everywhere(tmp_path):
    assert len(GROUPS) >= 14
    for path in [(), *GROUPS]:
        made = copy_of(PROVEN)
        at(made, path)["hostname"] = "anns-mac"
        assert refused(made, tmp_path), path


def test_every_missing_field_is_refused(tmp_path):
    assert len(FIELDS) >= 120
    for path in FIELDS:
        made = copy_of(PROVEN)
        del at(made, path[:-1])[path[-1]]
        assert refused(made, tmp_path), path


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("path", [("summary", "median_s"), ("before", "load")], ids=".".join)
def test_what_is_no_number_is_refused(path, text, tmp_path):
    made = copy_of(PROVEN)
    at(made, path[:-1])[path[-1]] = "HERE"
    file = tmp_path / "one.jsonl"
    file.write_text(json.dumps(made).replace('"HERE"', text) + "\n", "utf-8")
    with pytest.raises(UsageError, match=path[-1]):
        read(file)


@pytest.mark.parametrize("status", ["mismatch", "nondeterministic", "timeout", "error"])
def test_a_time_without_a_proof_is_refused(status, tmp_path):
    made = copy_of(PROVEN)
    made["verdict"]["status"] = status
    assert refused(made, tmp_path)


@pytest.mark.parametrize("part", ["samples", "summary"])
def test_half_a_time_is_refused(part, tmp_path):
    without, beside = copy_of(PROVEN), copy_of(FAILED)
    without[part], beside[part] = None, PROVEN[part]
    assert refused(without, tmp_path)
    assert refused(beside, tmp_path)


def test_a_proof_without_a_digest_is_refused(tmp_path):
    made = copy_of(PROVEN)
    made["verdict"]["digest"] = None
    assert refused(made, tmp_path)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "fractbench.record/2"),
        (("role",), "guess"),
        (("before", "power"), "solar"),
        (("verdict", "status"), "fine"),
        (("spec", "size"), [64]),
        (("spec", "size"), [64, 64, 64]),
        (("spec", "steps"), "100"),
        (("samples", "host_ns"), [1.5]),
        (("hardware", "cores"), "unknown"),
        (("spec", "window"), [["0", "1", "2"], ["0", "1"]]),
    ],
)
def test_a_value_of_another_kind_is_refused(path, value, tmp_path):
    made = copy_of(PROVEN)
    at(made, path[:-1])[path[-1]] = value
    assert refused(made, tmp_path)


def test_a_record_made_in_python_is_held_to_the_same():
    with pytest.raises(ValidationError):
        record(summary=None)
    with pytest.raises(ValidationError):
        record(status="error", samples=record().samples)
    with pytest.raises(ValidationError):
        record(host="anns-mac")
