"""What statements about jobs have in common."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from omero_plugin_common.database.pool import Cursor
from omero_plugin_common.jobs.stored import stored_text

# A running job of the worker that has its token.
HELD: Final = "id = %(id)s and token = %(token)s and state in ('running', 'cancelling')"

# What becomes of a job that its worker no longer runs. While it waits, the page shows the message.
GIVEN_BACK: Final = (
    "state = case when state = 'cancelling' then 'cancelled' "
    "when attempt >= max_attempts then 'failed' else 'queued' end, "
    "finished = case when state = 'cancelling' or attempt >= max_attempts then now() end, "
    "error_text = case when state <> 'cancelling' and attempt >= max_attempts then %(text)s end, "
    "error_code = case when state <> 'cancelling' and attempt >= max_attempts then %(code)s end, "
    "message = case when state <> 'cancelling' and attempt < max_attempts then %(waits)s "
    "else message end, "
    "token = token + 1, worker = '', lease_until = null, sent = null, holds = '{}'"
)


def write_line(
    cursor: Cursor, job_id: UUID, number: int, level: str, text: str, *, kept: int
) -> None:
    """Write a line of a job's log; only the last `kept` lines stay."""
    cursor.execute(
        "insert into omero_plugin_job_log (job, n, level, text) values (%s, %s, %s, %s)",
        (job_id, number, level, stored_text(text)),
    )
    cursor.execute(
        "delete from omero_plugin_job_log where job = %s and n <= %s", (job_id, number - kept)
    )
