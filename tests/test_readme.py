"""The README is true: its digests are the golden ones, its commands parse, its files are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from fractbench.goldens import goldens

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^    (fractbench run.*?)(?: +#.*)?$", README, re.MULTILINE)


def test_every_whole_digest_shown_is_golden():
    shown = re.findall(r"strict-float32-1:sha256:[0-9a-f]{64}", README)
    assert len(shown) >= 1
    assert set(shown) <= {g.digest for g in goldens()}


def test_the_backends_table_shows_one_digest_six_times():
    pattern = r"^\| (native|numpy|mlx|jax|opencl|torch):\S+ .*?`([0-9a-f]{64})`"
    rows = re.findall(pattern, README, re.MULTILINE)
    assert [name for name, _ in rows] == ["jax", "mlx", "native", "numpy", "opencl", "torch"]
    [golden] = [g for g in goldens() if (g.problem, g.case) == ("tanh", "quick")]
    assert {digest for _, digest in rows} == {golden.digest.rpartition(":")[2]}


def test_the_number_of_goldens_is_true():
    short = sum(not g.long for g in goldens())
    assert f"makes {short} small golden maps" in README
    kept = ("strict", "perturbed")
    strict = sum(not g.long and g.contract in kept for g in goldens())
    assert README.count(f"{short} of {short}") == 4
    assert README.count(f"{strict} of {strict}") == 3


def test_the_table_of_speeds_is_that_of_the_program():
    table = (ROOT / "docs" / "speed.md").read_text()
    claims = re.findall(r"^\| (?:strict|fma|\w+ tuned)\b.* / .*\|$", table, re.MULTILINE)
    assert len(claims) == 11
    shown = [claim for claim in claims if claim in README]
    assert len(shown) >= 8


def test_every_file_it_links_to_is_there():
    links = re.findall(r"\]\((?!http)([^)]+)\)", README)
    assert len(links) > 8
    for link in links:
        assert (ROOT / link).is_file(), link


@pytest.mark.parametrize("command", COMMANDS)
def test_every_run_command_plans_a_map(command, monkeypatch):
    """Parse the command for real, and stop where the backend would be asked for."""
    from fractbench import cli
    from fractbench.cli import run_app

    plans = []

    def stop(request, backend, kernel, ready, say):
        plans.append(request.plan())
        raise cli.FractbenchError("stop here")

    monkeypatch.setitem(cli.run.__globals__, "prepare", stop)
    assert run_app(shlex.split(command)[1:]) == 1
    assert len(plans) == 1


def test_the_commands_were_found():
    assert len(COMMANDS) >= 9


def test_the_agreement_table_is_that_of_the_program():
    table = (ROOT / "docs" / "agreement.md").read_text()
    rows = re.findall(r"^\| (\S+) \| (\d+) \| (\d+) \| (\S+) \| (\d+) \| `", table, re.MULTILINE)
    assert len(rows) == 6
    for row in rows:
        assert f"| {' | '.join(row)} |" in README


def test_the_predicted_speeds_are_those_of_the_cost_model():
    table = (ROOT / "docs" / "simt-cuda.md").read_text()
    rows = re.findall(
        r"^\| ((?:Apple|NVIDIA) [^|]+?) \| ([\d.]+) \| ([\d.]+) \|", README, re.MULTILINE
    )
    assert len(rows) == 4
    for name, *shown in rows:
        lanes = 4 if name.startswith("NVIDIA") else 16
        for contract, rate in zip(("strict", "fma"), shown, strict=True):
            chip = rf"^\| {name}(?:[- ]\S*\d\S*)* \| \d+ \| \d+ "
            pattern = rf"{chip}\| {contract} \| {lanes} \| [^|]+ \| ([\d.]+) "
            [found] = re.findall(pattern, table, re.MULTILINE)
            assert f"{float(found):.1f}" == rate
