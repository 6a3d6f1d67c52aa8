"""Jobs in the plugin database: each change of a state is one statement, here or in `upkeep`.

A running job belongs to the worker that holds its token. Taking a job and giving it away both raise
the token, and every write of a worker names the token it was given, so a worker that was thought
dead and comes back changes nothing.
"""

# ruff: noqa: S608 - what is put into the statements are constants of this file

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from omero_plugin_common.database.pool import Cursor, Database
from omero_plugin_common.jobs.model import Job, Kind, State
from omero_plugin_common.jobs.statements import GIVEN_BACK, HELD, write_line
from omero_plugin_common.jobs.stored import stored_json, stored_text
from omero_plugin_common.jobs.timing import Timing

LOG_PAGE: Final = 500
MESSAGE_LIMIT: Final = 500
# As in the index `omero_plugin_jobs_once`.
_ONCE: Final = (
    "once is not null and (state in ('queued', 'running', 'cancelling') "
    "or (state = 'done' and not repeatable))"
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose job it is: the user's id and login name, the group to work in, the request's id."""

    user_id: int
    user_name: str
    group_id: int
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is; a checkpoint of `None` leaves the stored one."""

    done: int
    total: int | None
    message: str
    checkpoint: Any = None


class JobStore:
    """The statements.

    Args:
        database: the plugin database, with its tables.
        timing: how long leases and the rest last.
    """

    def __init__(self, database: Database, timing: Timing) -> None:
        self.database = database
        self.timing = timing

    # --- for the web ---------------------------------------------------------------------------

    def create(
        self,
        kind: Kind,
        owner: Owner,
        parameters: dict[str, Any],
        once: str | None = None,
        *,
        repeatable: bool = False,
        about: str = "",
    ) -> Job:
        """A new queued job, marked as sent: whoever calls this sends its message.

        Args:
            kind: which.
            owner: whose.
            parameters: what it is started with.
            once: if the owner has a job of this kind with the same text, that one is returned; one
                that failed or was cancelled does not count.
            repeatable: one that is done does not count either.
            about: what it works on, in words for its user.

        Raises:
            TypeError, ValueError: JSON cannot hold the parameters.
        """
        row = {
            "id": uuid.uuid4(),
            "plugin": kind.plugin,
            "kind": kind.name,
            "title": stored_text(kind.title, MESSAGE_LIMIT),
            "about": stored_text(about, MESSAGE_LIMIT),
            "user_id": owner.user_id,
            "user_name": owner.user_name,
            "group_id": owner.group_id,
            "request_id": owner.request_id,
            "parameters": stored_json(parameters),
            "max_attempts": kind.attempts,
            "unit": kind.unit,
            "queue": kind.queue,
            "once": once,
            "repeatable": repeatable,
        }
        with self.database.transaction() as cursor:
            cursor.execute(
                "insert into omero_plugin_jobs (id, plugin, kind, user_id, user_name, group_id, "
                "request_id, parameters, max_attempts, unit, queue, title, about, "
                "once, repeatable, sent) "
                "values (%(id)s, %(plugin)s, %(kind)s, %(user_id)s, %(user_name)s, %(group_id)s, "
                "%(request_id)s, %(parameters)s, %(max_attempts)s, %(unit)s, %(queue)s, %(title)s, "
                "%(about)s, %(once)s, %(repeatable)s, now()) "
                f"on conflict (user_id, kind, once) where {_ONCE} do nothing returning *",
                row,
            )
            if created := _job_or_none(cursor):
                return created
            cursor.execute(
                "select * from omero_plugin_jobs where user_id = %(user_id)s and kind = %(kind)s "
                "and once = %(once)s order by created desc limit 1",
                row,
            )
            return _job(cursor)

    def get(self, job_id: UUID) -> Job | None:
        """A job, or nothing."""
        with self.database.transaction() as cursor:
            cursor.execute("select * from omero_plugin_jobs where id = %s", (job_id,))
            return _job_or_none(cursor)

    def of_user(self, user_id: int | None, plugin: str | None, limit: int) -> list[Job]:
        """The newest jobs of a user (of everybody without one), of one plugin if named."""
        with self.database.transaction() as cursor:
            cursor.execute(
                "select * from omero_plugin_jobs where (%(user)s::bigint is null or "
                "user_id = %(user)s) and (%(plugin)s::text is null or plugin = %(plugin)s) "
                "order by created desc, id limit %(limit)s",
                {"user": user_id, "plugin": plugin, "limit": limit},
            )
            return [Job.from_row(row) for row in cursor.fetchall()]

    def log_after(self, job_id: UUID, after: int) -> list[dict[str, Any]]:
        """At most 500 lines of a job's log with numbers above `after`, the oldest first."""
        with self.database.transaction() as cursor:
            cursor.execute(
                "select n, time, level, text from omero_plugin_job_log "
                "where job = %s and n > %s order by n limit %s",
                (job_id, after, LOG_PAGE),
            )
            return [dict(row) for row in cursor.fetchall()]

    def request_cancel(self, job_id: UUID) -> Job | None:
        """Cancel a queued job at once, ask a running one to stop; others stay as they are."""
        with self.database.transaction() as cursor:
            cursor.execute(
                "update omero_plugin_jobs set "
                "state = case state when 'queued' then 'cancelled' else 'cancelling' end, "
                "finished = case state when 'queued' then now() end "
                "where id = %s and state in ('queued', 'running')",
                (job_id,),
            )
            cursor.execute("select * from omero_plugin_jobs where id = %s", (job_id,))
            return _job_or_none(cursor)

    def not_sent(self, job_id: UUID) -> None:
        """Its message could not be sent: the next look for such jobs does it."""
        with self.database.transaction() as cursor:
            cursor.execute(
                "update omero_plugin_jobs set sent = null where id = %s and state = 'queued'",
                (job_id,),
            )

    # --- for the worker that runs a job --------------------------------------------------------

    def claim(self, job_id: UUID, worker: str) -> Job | None:
        """Take a queued job; nothing when it is not there to be taken (any more)."""
        with self.database.transaction() as cursor:
            cursor.execute(
                "update omero_plugin_jobs set state = 'running', attempt = attempt + 1, "
                "token = token + 1, worker = %(worker)s, heartbeat = now(), "
                "lease_until = now() + %(lease)s * interval '1 second', "
                "started = coalesce(started, now()), attempt_started = now(), "
                "attempt_base = done, progressed = null, message = '' "
                "where id = %(id)s and state = 'queued' and run_after <= now() "
                "and (waits_since is null or called is not null) returning *",
                {"id": job_id, "worker": worker[:200], "lease": self.timing.lease},
            )
            return _job_or_none(cursor)

    def beat(self, job_id: UUID, token: int, progress: Progress | None) -> State | None:
        """Extend the lease, with progress if there is any.

        Returns:
            The job's state, `running` or `cancelling`; nothing when the token is no longer valid.
        """
        values: dict[str, Any] = {"id": job_id, "token": token, "lease": self.timing.lease}
        assignments = "heartbeat = now(), lease_until = now() + %(lease)s * interval '1 second'"
        if progress is not None:
            assignments += (
                ", done = %(done)s, total = %(total)s, message = %(message)s, progressed = now(), "
                "checkpoint = coalesce(%(checkpoint)s, checkpoint)"
            )
            values |= {
                "done": progress.done,
                "total": progress.total,
                "message": stored_text(progress.message, MESSAGE_LIMIT),
                "checkpoint": stored_json(progress.checkpoint),
            }
        with self.database.transaction() as cursor:
            cursor.execute(
                f"update omero_plugin_jobs set {assignments} where {HELD} returning state",
                values,
            )
            row = cursor.fetchone()
            return row["state"] if row else None

    def append_log(self, job_id: UUID, token: int, level: str, text: str) -> bool:
        """Add a line to the log; the oldest beyond the limit go. No when the token is not valid."""
        with self.database.transaction() as cursor:
            cursor.execute(
                "update omero_plugin_jobs set log_lines = log_lines + 1 "
                f"where {HELD} returning log_lines",
                {"id": job_id, "token": token},
            )
            row = cursor.fetchone()
            if row is None:
                return False
            write_line(cursor, job_id, row["log_lines"], level, text, kept=self.timing.log_lines)
            return True

    def finish(
        self,
        job_id: UUID,
        token: int,
        state: State,
        *,
        result: Any = None,
        error: tuple[str, str] | None = None,
    ) -> bool:
        """End a job. No when the token is not valid; yes again when it has already ended so.

        Args:
            job_id: which.
            token: of the worker.
            state: `done`, `failed` or `cancelled`.
            result: what the job came to, as JSON can hold it.
            error: text and code, with `failed`.

        Raises:
            TypeError, ValueError: JSON cannot hold the result.
        """
        text, code = error or (None, None)
        values = {
            "id": job_id,
            "token": token,
            "state": state,
            "result": stored_json(result),
            "text": None if text is None else stored_text(text),
            "code": code,
        }
        with self.database.transaction() as cursor:
            cursor.execute(
                "update omero_plugin_jobs set state = %(state)s, result = %(result)s, "
                "error_text = %(text)s, error_code = %(code)s, finished = now(), "
                f"lease_until = null, holds = '{{}}' where {HELD} returning id",
                values,
            )
            if cursor.fetchone():
                return True
            # The answer to an earlier try may have been lost with the connection.
            cursor.execute(
                "select 1 from omero_plugin_jobs "
                "where id = %(id)s and token = %(token)s and state = %(state)s",
                values,
            )
            return cursor.fetchone() is not None

    def retry(self, job_id: UUID, token: int, error: tuple[str, str]) -> State | None:
        """Give a job back after a failure that may pass, to be begun again later.

        It waits longer after each attempt, with the reason as its message, and fails after the last
        one. One that was being cancelled is cancelled.

        Returns:
            The state it has now; nothing when the token is not valid.
        """
        values = {
            "id": job_id,
            "token": token,
            "retry": self.timing.retry,
            "text": stored_text(error[0]),
            "code": error[1],
            "waits": stored_text(error[0], MESSAGE_LIMIT),
        }
        with self.database.transaction() as cursor:
            cursor.execute(
                f"update omero_plugin_jobs set {GIVEN_BACK}, "
                "run_after = now() + %(retry)s * power(2, attempt - 1) * interval '1 second' "
                f"where {HELD} returning state",
                values,
            )
            row = cursor.fetchone()
            return row["state"] if row else None


def _job(cursor: Cursor) -> Job:
    row = cursor.fetchone()
    assert row is not None, "no row"  # noqa: S101 - the job was just made, or was in its way
    return Job.from_row(row)


def _job_or_none(cursor: Cursor) -> Job | None:
    row = cursor.fetchone()
    return Job.from_row(row) if row else None
