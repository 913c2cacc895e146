"""Broken backends in real processes: each gets its right status, and no other notices."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fractbench.bench.case import Case
from fractbench.bench.records.record import Record
from fractbench.bench.run import bench
from fractbench.bench.settings import Settings
from fractbench.request import Request

BROKEN = Path(__file__).parent / "broken"
RIGHT = {
    "honest": ("exact", ""),
    "chatty": ("exact", ""),
    "unsynchronised": ("mismatch", "differ from the host's"),
    "deferred": ("error", "not an array on the host"),
    "cached": ("mismatch", "not the proven map"),
    "zeros": ("mismatch", "differ from the host's"),
    "previous": ("mismatch", "differ from the host's"),
    "first-only": ("nondeterministic", "equal inputs"),
    "unseeded": ("nondeterministic", "equal inputs"),
    "crashes": ("error", "SIGSEGV"),
    "exits": ("error", "status 0"),
    "hangs": ("timeout", "no answer within"),
    "leaks": ("out-of-memory", "GiB"),
    "aborts-on-import": ("error", "SIGABRT"),
}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    """One benchmark of all of them, in processes that find them by their entry points."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        old = os.environ.get("PYTHONPATH")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(BROKEN), *([old] if old else [])]))
        patch.setenv("XDG_CACHE_HOME", str(cache))
        patch.syspath_prepend(str(BROKEN))
        found = [Case(Request("tanh", size=8, steps=7), name) for name in RIGHT]
        settings = Settings(
            repeats=4, min_time=0.0, limit=30.0, memory=600 << 20, roofline=False, baseline=False
        )
        made = bench(found, settings)
    return {case.target: record for case, record in zip(found, made, strict=True)}


@pytest.mark.parametrize("name", RIGHT)
def test_every_broken_backend_has_its_status(records: dict[str, Record], name: str) -> None:
    status, says = RIGHT[name]
    verdict = records[name].verdict
    assert (verdict.status, says in str(verdict.reason)) == (status, True), verdict
    assert (records[name].samples is not None) == (status == "exact")


def test_the_honest_ones_have_every_sample_and_one_digest(records: dict[str, Record]) -> None:
    digests = set()
    for name in ("honest", "chatty"):
        samples = records[name].samples
        assert samples is not None
        assert len(samples.host_ns) == 4
        digests.update(records[name].verdict.outputs)
    assert len(digests) == 1


def test_no_reason_names_a_place_of_this_machine(records: dict[str, Record]) -> None:
    for record in records.values():
        assert str(Path.home()) not in record.line().replace('"/"', "")
        assert str(BROKEN) not in record.line()
