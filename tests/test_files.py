"""files: a reader sees the old file or the whole new one, never a half."""

from __future__ import annotations

import errno
import os

import pytest

from fractbench.errors import FractbenchError, UsageError
from fractbench.files import writable_folder, write_aside


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "map.npz"
    write_aside(path, b"old")
    write_aside(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_keeps_the_old_file_and_leaves_no_scrap(tmp_path, monkeypatch):
    path = write_aside(tmp_path / "map.npz", b"old")

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("fractbench.files.os.fsync", full)
    with pytest.raises(FractbenchError, match=r"cannot write .*map\.npz: No space left"):
        write_aside(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_made_and_a_file_is_no_folder(tmp_path):
    assert writable_folder(tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="type --out with a folder of your own"):
        writable_folder(tmp_path / "file")
