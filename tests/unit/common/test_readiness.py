"""What the worker's readiness probe is told of the plugin database."""

from __future__ import annotations

from pathlib import Path

import psycopg2
import pytest

from omero_plugin_common import readiness
from omero_plugin_common.errors import Unavailable


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the probe looks."""
    path = tmp_path / "worker-problem"
    monkeypatch.setattr(readiness, "FILE", path)
    return path


def test_the_probe_is_told_what_is_wrong_until_it_is_right_again(file: Path) -> None:
    readiness.tell(Unavailable("it takes\n no changes", code="database_full"))
    assert file.read_text() == "the plugin database cannot be used: it takes no changes\n"
    readiness.tell(psycopg2.OperationalError("connection refused"))
    assert "connection refused" in file.read_text()
    readiness.tell(None)
    assert not file.exists()
    readiness.tell(None)


def test_other_problems_are_not_the_databases(file: Path) -> None:
    readiness.tell(ConnectionError("Redis"))
    assert not file.exists()
