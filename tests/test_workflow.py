"""The workflows parse, ask for little, and call only what exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from fractbench.cli import app
from helpers import absent

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN = ".venv/bin/fractbench"


def read(file):
    """Return a workflow; YAML 1.1 takes the key `on` for a truth."""
    held = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {("on" if key is True else key): value for key, value in held.items()}


def jobs():
    return [pytest.param(job, id=f"{file.stem}-{name}")
            for file in FILES for name, job in read(file)["jobs"].items()]  # fmt: skip


def commands(job):
    return [line.split("&&")[-1].strip() for step in job["steps"] for line in
            step.get("run", "").splitlines()]  # fmt: skip


def test_the_files_are_there():
    assert [file.name for file in FILES] == ["linux.yml", "mac.yml"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_workflow_may_only_read_and_replaces_its_older_runs(file):
    held = read(file)
    assert held["permissions"] == {"contents": "read"}
    assert held["concurrency"]["cancel-in-progress"] is True
    assert "github.ref" in held["concurrency"]["group"]
    assert {"push", "pull_request", "workflow_dispatch"} == set(held["on"])
    assert "secrets." not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("job", jobs())
def test_a_job_ends_and_its_actions_are_pinned(job):
    assert 0 < job["timeout-minutes"] <= 60
    uses = [step["uses"] for step in job["steps"] if "uses" in step]
    assert uses
    for action in uses:
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", action), action
    assert job["steps"][0]["with"] == {"persist-credentials": False}


@pytest.mark.parametrize("job", jobs())
def test_every_command_exists(job):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = commands(job)
    assert called
    for line in called:
        program, *words = shlex.split(line)
        if program == BIN:
            command = get_command(app).commands[words[0]]
            command.make_context(words[0], words[1:], resilient_parsing=False)
        elif program == "make":
            assert set(words) <= targets
        elif program == "bash":
            assert (ROOT / words[0]).is_file()
        else:
            assert line.startswith("sudo apt-get install")


def test_both_macs_test_and_prove_and_hand_in_the_proof():
    macs = read(ROOT / ".github" / "workflows" / "mac.yml")["jobs"]
    prove = f"{BIN} verify --backend all --report proof.json"
    for job in macs.values():
        called = commands(job)
        assert called.index("make test") < called.index(prove)
        [sent] = [s for s in job["steps"] if s.get("uses", "").startswith("actions/upload-")]
        assert "proof.json" in sent["with"]["path"].split()
        assert sent["if"] == "${{ !cancelled() }}"
    assert macs["mac"]["runs-on"] == "macos-latest"


def test_a_mac_of_ones_own_runs_only_when_a_person_says_so():
    own = read(ROOT / ".github" / "workflows" / "mac.yml")["jobs"]["own"]
    assert own["runs-on"] == ["self-hosted", "macOS", "ARM64"]
    assert own["if"] == "${{ github.event_name == 'workflow_dispatch' && inputs.own }}"


@pytest.mark.parametrize(
    ("ci", "system", "systems", "ends"),
    [
        ("true", "linux", (), pytest.fail.Exception),
        ("true", "darwin", (), pytest.fail.Exception),
        ("true", "linux", ("linux",), pytest.fail.Exception),
        ("true", "darwin", ("linux",), pytest.skip.Exception),
        ("", "linux", (), pytest.skip.Exception),
    ],
)
def test_what_is_absent_fails_only_where_ci_has_to_have_it(ci, system, systems, ends, monkeypatch):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr("helpers.sys.platform", system)
    with pytest.raises(ends, match="it is not here"):
        absent("it is not here", *systems)
