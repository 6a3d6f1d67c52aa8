"""What the worker's readiness probe is told of the plugin database."""

from __future__ import annotations

from pathlib import Path

import psycopg2
import pytest

from omero_plugin_common import readiness
from omero_plugin_common.database.refusals import refusal
from omero_plugin_common.errors import Unavailable


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the probe looks."""
    path = tmp_path / "worker-problem"
    monkeypatch.setattr(readiness, "FILE", path)
    return path


class DiskFull(psycopg2.errors.DiskFull):
    """As PostgreSQL sends it."""

    pgcode = "53100"


def test_the_probe_is_told_what_is_wrong_until_it_is_right_again(file: Path) -> None:
    readiness.tell(Unavailable("The plugin database\n is busy", code="database_busy"))
    assert file.read_text() == "The plugin database is busy\n"
    readiness.tell(psycopg2.OperationalError("connection refused"))
    assert file.read_text() == "the plugin database cannot be used: connection refused\n"
    readiness.tell(None)
    assert not file.exists()
    readiness.tell(None)


def test_the_probe_is_told_the_cause_and_callers_what_they_can_do(file: Path) -> None:
    problem = refusal(DiskFull())
    assert problem is not None
    cause = "The plugin database does not accept changes: its disk is full"
    readiness.tell(problem)
    assert file.read_text() == f"{cause}\n"
    said = problem.as_json()["error"]
    assert said == (
        f"{cause}. Your request failed: try again later, or contact the administrators of this site"
    )


def test_other_problems_are_not_the_databases(file: Path) -> None:
    readiness.tell(ConnectionError("Redis"))
    assert not file.exists()
