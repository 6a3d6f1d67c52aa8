"""What a job works on ends with the job, and not before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import psycopg2
import pytest

from omero_plugin_common.errors import Unavailable
from omero_plugin_common.jobs import JobCancelled, JobContext, JobFailed, JobWaits
from omero_plugin_common.jobs.context import LeaseLost
from omero_plugin_common.jobs.ending import ended_with_its_job


def told(error: Exception | None, attempt: int = 1, end: Any = None) -> list[tuple[str, str]]:
    """What is said when the second of two attempts, or the first, ends with an error."""
    job = SimpleNamespace(id="7", max_attempts=2)
    context = cast("JobContext", SimpleNamespace(job=job, attempt=attempt))
    said: list[tuple[str, str]] = []

    def work() -> None:
        with ended_with_its_job(context, end or (lambda how, words: said.append((how, words)))):
            if error is not None:
                raise error

    if error is None:
        work()
    else:
        with pytest.raises(type(error)):
            work()
    return said


@pytest.mark.parametrize(
    ("error", "attempt", "expected"),
    [
        (None, 1, []),
        (JobFailed("no room"), 1, [("failed", "no room")]),
        (ValueError("secret"), 1,
         [("failed", "It failed unexpectedly. The log has the details under reference 7")]),
        (JobCancelled(), 1, [("cancelled", "")]),
        # Another worker has it, or it is begun again.
        (LeaseLost(), 2, []),
        (JobWaits((1,), "waits"), 2, []),
        (Unavailable("away"), 1, []),
        (Unavailable("away"), 2, [("failed", "away")]),
        (psycopg2.OperationalError("gone"), 1, []),
    ],
)  # fmt: skip
def test_it_ends_for_good(
    error: Exception | None, attempt: int, expected: list[tuple[str, str]]
) -> None:
    assert told(error, attempt) == expected


def test_a_database_that_is_away_hides_no_error() -> None:
    def end(_how: str, _words: str) -> None:
        raise psycopg2.OperationalError("gone")

    assert told(JobFailed("no room"), end=end) == []
