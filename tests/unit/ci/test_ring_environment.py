"""What the tests of a ring find in their environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from omero_ci import ring


def test_rings_beside_each_other_share_no_folder_of_omero(tmp_path: Path) -> None:
    """OMERO's library locks `<folder>/omero_<user>/<process id>`; two rings have the same ids."""
    folders = [ring._environment(tmp_path / name)["OMERO_TMPDIR"] for name in ("one", "other")]
    assert [Path(each).parent for each in folders] == [tmp_path / "one", tmp_path / "other"]


def test_no_cluster_of_the_person_who_runs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/of/a/person")
    assert "KUBECONFIG" not in ring._environment(tmp_path)
