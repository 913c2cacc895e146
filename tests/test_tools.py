"""The committed data is what the programs in tools/ make; samples here, all of it in make prove."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import make_goldens
from fractbench.goldens import goldens
from fractbench.problems.mlp_draws import published_draws

ROOT = Path(__file__).parents[1]


def run_tool(*words):
    return subprocess.run([sys.executable, *words], cwd=ROOT, check=False, capture_output=True,
                          text=True)  # fmt: skip


def test_the_goldens_are_those_of_the_program():
    cases = make_goldens.cases()
    held = [(g.problem, g.case, g.window, g.size, g.steps, g.draws, g.contract, g.dtype)
            for g in goldens()]  # fmt: skip
    assert held == cases


def test_a_sample_of_the_primitives_keeps_to_the_table():
    done = run_tool("tools/prove_primitives.py", "--sample", "200000")
    assert done.returncode == 0, done.stderr
    rows = [
        line.split("|")
        for line in done.stdout.splitlines()
        if line.startswith(("| t", "| s", "| r"))
    ]
    limits = {"tanh": 6.83, "sin2pi": 2.97, "reciprocal": 1.81}
    rows = [row for row in rows if row[1].strip() in limits]
    assert len(rows) >= 3
    for row in rows:
        assert float(row[4]) <= limits[row[1].strip()]
        assert row[-2].strip() == "yes"


def test_the_published_draws_are_those_of_the_program(tmp_path):
    pytest.importorskip("jax")
    program = (
        "import sys; sys.path.insert(0, 'tools')\n"
        "import numpy as np, make_paper_draws as m\n"
        "np.savez(sys.argv[1], **m.draws(8))\n"
    )
    path = tmp_path / "draws.npz"
    done = run_tool("-c", program, str(path))
    assert done.returncode == 0, done.stderr
    with np.load(path) as made:
        for name in made.files:
            assert np.array_equal(made[name], published_draws()[name]), name


@pytest.mark.slow
def test_the_coefficients_are_those_of_the_program():
    assert run_tool("tools/derive_coefficients.py", "--check").returncode == 0


@pytest.mark.slow
def test_every_golden_of_a_default_run():
    from fractbench.registry import load
    from fractbench.verify import verify

    backend = load("jax")
    chosen = [g for g in goldens() if g.case == "quick"]
    assert verify(backend, backend.device("cpu"), chosen).matched == len(chosen)
