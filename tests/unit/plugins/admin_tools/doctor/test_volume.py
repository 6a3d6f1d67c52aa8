"""A volume is proven by a file that is gone afterwards."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from omeroweb_admin_tools.doctor import volume


def test_a_volume_that_stores_files(tmp_path: Path) -> None:
    found = volume.takes_files(tmp_path, "uploads")
    assert found.words.startswith("The volume of uploads ")
    assert list(tmp_path.iterdir()) == []


def test_a_pod_without_the_volume() -> None:
    found = volume.takes_files(None, "exports")
    assert found.outcome == "skipped"
    assert "NAME-exports" in found.words


def test_a_folder_that_is_missing_or_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "missing", tmp_path / "file"):
        found = volume.takes_files(path, "uploads")
        assert found.outcome == "failed"
        assert "cannot be used" in found.words


def test_a_disk_that_is_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    found = volume.takes_files(tmp_path, "uploads")
    assert found.words.endswith("cannot be used: No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_gives_back_something_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda _path: b"\0" * 2**20)
    found = volume.takes_files(tmp_path, "uploads")
    assert found.outcome == "failed"
    assert "other bytes" in found.words


@pytest.mark.parametrize(("free", "outcome"), [(4, "warning"), (5, "ok")])
def test_space(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, outcome: str) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 * 2**30, 0, free * 2**30))
    found = volume.takes_files(tmp_path, "uploads")
    assert found.outcome == outcome
    assert f"{free}.0 of 100.0 GiB are free" in found.words
