"""execute: tiles, their order, interruption, damage, full disks, and two runs at once."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import FakeKernel, ScriptedClock
from fractbench.errors import FractbenchError, UsageError
from fractbench.execute import execute as run_tiles
from fractbench.execute import journal_of, tile_size
from fractbench.request import Request


def execute(plan, kernel, folder=None, **options):
    """Execute, with a journal where a folder is given."""
    if folder is None:
        return run_tiles(plan, kernel, **options)
    size = options.get("tile", kernel.tile)
    with journal_of(plan, folder, size, options.get("made")) as journal:
        return run_tiles(plan, kernel, journal=journal, **options)


@pytest.fixture
def plan():
    return Request(size="13x11", steps=3).plan()


@settings(deadline=None, max_examples=40)
@given(tile=st.integers(1, 150), seed=st.integers(0, 1000))
def test_the_map_depends_on_neither_tile_size_nor_order(tile, seed):
    plan = Request(size="13x11", steps=3).plan()
    whole = execute(plan, FakeKernel(plan.problem), tile=143)
    shuffled = np.random.default_rng(seed).permutation
    assert execute(plan, FakeKernel(plan.problem), tile=tile, order=shuffled).digest == whole.digest


def test_rows_run_from_the_lowest_y(plan):
    made = execute(plan, FakeKernel(plan.problem))
    value = made.accumulators["sum_inverse"]
    assert value.shape == (11, 13)
    assert np.all(np.diff(value[:, 0]) > 0)
    assert value[0, -1] < value[-1, -1]


def test_time_is_that_of_the_clock(plan):
    made = execute(plan, FakeKernel(plan.problem), clock=ScriptedClock([10.0, 12.5]))
    assert made.made["run_seconds"] == 2.5


def interrupt_at(count):
    def before(done):
        if done == count:
            raise KeyboardInterrupt

    return before


def test_an_interrupted_run_goes_on_where_it_stopped(plan, tmp_path):
    whole = execute(plan, FakeKernel(plan.problem), tile=16).digest
    first = FakeKernel(plan.problem, interrupt_at(4))
    with pytest.raises(KeyboardInterrupt):
        execute(plan, first, tile=16, folder=tmp_path)
    second, told = FakeKernel(plan.problem), []
    made = execute(plan, second, tile=16, folder=tmp_path, progress=lambda *a: told.append(a))
    assert second.starts == [start for start in range(0, 143, 16) if start not in first.starts]
    assert made.digest == whole
    assert told[:4] == [(16, False)] * 4
    assert sum(count for count, _ in told) == 143


def kept(plan, folder, tile=16):
    execute(plan, FakeKernel(plan.problem), tile=tile, folder=folder)
    [file] = folder.glob(".*.tiles")
    return file


def test_a_damaged_tile_alone_is_made_again(plan, tmp_path):
    file = kept(plan, tmp_path)
    data = bytearray(file.read_bytes())
    data[len(data) // 9 * 3 + 40] ^= 1
    file.write_bytes(data)
    again = FakeKernel(plan.problem)
    made = execute(plan, again, tile=16, folder=tmp_path)
    assert again.starts == [48]
    assert made.digest == execute(plan, FakeKernel(plan.problem)).digest


def test_a_torn_end_is_cut_off(plan, tmp_path):
    file = kept(plan, tmp_path)
    os.truncate(file, file.stat().st_size - 5)
    again = FakeKernel(plan.problem)
    execute(plan, again, tile=16, folder=tmp_path)
    assert again.starts == [128]
    assert (
        execute(plan, FakeKernel(plan.problem), tile=16, folder=tmp_path).made["fresh_pixels"] == 0
    )


def test_tiles_of_another_maker_are_not_taken(plan, tmp_path):
    execute(plan, FakeKernel(plan.problem), folder=tmp_path, made={"device": "a:cpu"})
    other = execute(plan, FakeKernel(plan.problem), folder=tmp_path, made={"device": "b:cpu"})
    assert other.made["fresh_pixels"] == 143


def test_a_full_disk_is_one_sentence_and_keeps_earlier_tiles(plan, tmp_path, monkeypatch):
    real, calls = os.fsync, []

    def full(handle):
        calls.append(handle)
        if len(calls) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr("fractbench.journal.os.fsync", full)
    with pytest.raises(FractbenchError, match="No space left on device; make room and type the"):
        execute(plan, FakeKernel(plan.problem), tile=16, folder=tmp_path)
    monkeypatch.undo()
    again = FakeKernel(plan.problem)
    made = execute(plan, again, tile=16, folder=tmp_path)
    assert len(again.starts) <= 6
    assert made.digest == execute(plan, FakeKernel(plan.problem)).digest


def test_a_second_run_into_one_folder_is_refused(plan, tmp_path):
    with (
        journal_of(plan, tmp_path, 16),
        pytest.raises(UsageError, match="another run is making this map"),
    ):
        execute(plan, FakeKernel(plan.problem), tile=16, folder=tmp_path)


def test_a_folder_with_spaces_and_signs_is_fine(plan, tmp_path):
    folder = tmp_path / "a folder #1 [x]"
    folder.mkdir()
    assert execute(plan, FakeKernel(plan.problem), folder=folder).digest


def test_a_removed_journal_leaves_nothing(plan, tmp_path):
    with journal_of(plan, tmp_path, 16) as journal:
        run_tiles(plan, FakeKernel(plan.problem), tile=16, journal=journal)
        journal.remove()
    assert list(tmp_path.iterdir()) == []


def test_draws_of_many_steps_shrink_the_tile():
    plan = Request("minibatch", size=64, steps=100_000, draws="per-pixel=order").plan()
    assert tile_size(plan, FakeKernel(plan.problem)) <= 4
    assert tile_size(plan, FakeKernel(plan.problem), tile=9) == 9
