"""A record that a machine with awkward names makes tells none of them, whatever happens."""

from __future__ import annotations

import os
import platform
import socket
from pathlib import Path

import pytest

from fractbench.bench.case import Case
from fractbench.bench.records.disclosure import disclosures
from fractbench.bench.run import bench
from fractbench.bench.settings import Settings
from fractbench.request import Request

BROKEN = Path(__file__).parent / "broken"
HOST, USER = "Zoes-Qubit-Box.fritz.example", "zoë.o'brien"


def test_no_name_and_no_path_is_in_any_record(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "zoë o'brien" / "my maps"
    home.mkdir(parents=True)
    for name in ("USER", "LOGNAME", "USERNAME"):
        monkeypatch.setenv(name, USER)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("HOSTNAME", HOST)
    monkeypatch.setenv("XLA_FLAGS", f"--xla_dump_to={home}/dump")
    monkeypatch.setenv("PYTHONPATH", str(BROKEN))
    monkeypatch.setattr(socket, "gethostname", lambda: HOST)
    monkeypatch.setattr(platform, "node", lambda: HOST)
    monkeypatch.setattr(platform, "release", lambda: "6.1.0-zoes-qubit-box")
    monkeypatch.syspath_prepend(str(BROKEN))
    monkeypatch.chdir(home)
    found = [
        Case(Request("tanh", size=6, steps=7), name) for name in ("honest", "crashes", "numpy")
    ]
    settings = Settings(repeats=2, min_time=0.0, roofline=False, baseline=False)
    records = bench(found, settings)
    assert [r.verdict.status for r in records] == ["exact", "error", "exact"]
    assert "SIGSEGV" in str(records[1].verdict.reason)
    for record in records:
        line = record.line().casefold()
        for token in (
            "zoë",
            "zo\\u00eb",
            "zoes",
            "qubit",
            "o'brien",
            "fritz",
            "my maps",
            str(home),
        ):
            assert token.casefold() not in line
        assert os.fspath(Path(__file__).parents[2]) not in line
        assert disclosures(record) == []
    assert records[2].backend.environment["XLA_FLAGS"] == "set, not shown"
    assert records[2].system.release == "6.1.0"
