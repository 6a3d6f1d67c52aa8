"""Jobs as the database has them, for tests that need none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

from omero_plugin_common.jobs.model import Job

CREATED: Final = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
STARTED: Final = CREATED + timedelta(seconds=10)
QUEUED: Final = Job(
    id=UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff"),
    plugin="omp",
    kind="omp.write",
    user_id=7,
    user_name="ada",
    group_id=3,
    request_id="r-1",
    parameters={"hidden": "parameter"},
    state="queued",
    attempt=0,
    max_attempts=3,
    token=0,
    worker="",
    lease_until=None,
    queue="default",
    run_after=CREATED,
    done=0,
    total=None,
    unit="images",
    message="",
    checkpoint={"hidden": "checkpoint"},
    attempt_started=None,
    attempt_base=0,
    progressed=None,
    result=None,
    error_text=None,
    error_code=None,
    created=CREATED,
    started=None,
    finished=None,
)


def running(**changed: Any) -> Job:
    """A job of which 60 of 260 are done, the last 40 of them in 10 seconds by this attempt."""
    given: dict[str, Any] = {
        "state": "running",
        "attempt": 2,
        "lease_until": datetime.now(UTC) + timedelta(minutes=1),
        "done": 60,
        "total": 260,
        "message": "Writing",
        "attempt_started": STARTED,
        "attempt_base": 20,
        "progressed": STARTED + timedelta(seconds=10),
        "started": STARTED,
    }
    return replace(QUEUED, **(given | changed))
