"""The result of a backup in the pod's termination message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from omero_backup import report


@pytest.mark.parametrize("letter", ["x", "ü", "核", "\N{MICROSCOPE}", "\udcff", '"'])
def test_what_kubernetes_would_cut_stays_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, letter: str
) -> None:
    log = tmp_path / "log"
    log.touch()
    monkeypatch.setenv("TERMINATION_LOG", str(log))
    report.write("run", "failed", letter * 3000, backup="20261201T010000Z-cafe")
    said = log.read_bytes()
    assert len(said) <= 4096
    assert json.loads(said)["message"].startswith(letter * 200)
