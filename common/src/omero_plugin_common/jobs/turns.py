"""Jobs that change the same things take turns, and none holds a worker's place while it waits.

A job names the locks of what it changes before it changes anything. If another job has one of them,
it goes back into the queue, and is called when they are free. Those that wait longest go first. A
job that runs goes on for `Timing.turn` seconds; then it lets those that wait go first, and waits
itself. A job that was called and is not taken by a worker for `Timing.called` seconds holds nobody
up any more.

This decides who is next. What excludes is the lock of PostgreSQL (`steps.locks`), which ends with
its holder.
"""

# ruff: noqa: S608 - what is put into the statements are constants

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from omero_plugin_common.database.pool import Cursor
from omero_plugin_common.jobs.model import Job, State
from omero_plugin_common.jobs.statements import HELD
from omero_plugin_common.jobs.store import MESSAGE_LIMIT, JobStore
from omero_plugin_common.jobs.stored import stored_text

# Who is next is decided by one at a time; the number of this lock in the plugin database.
_DECIDING: Final = 0x0611A6
_RUNS: Final = "state in ('running', 'cancelling')"
# In the way: it has been called and not come yet, or it was never called.
_COMES: Final = "(called is null or called > now() - %(called)s * interval '1 second')"


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a job may take its locks.

    Attributes:
        taken: it may, until it ends or waits.
        ahead: the job that it has to wait for. Neither is so when the lease is lost.
    """

    taken: bool
    ahead: Job | None = None


def take(store: JobStore, job: Job, locks: Collection[int]) -> Turn:
    """Let a running job take locks, if it is its turn.

    Args:
        store: where jobs are.
        job: as its worker has it.
        locks: all that it needs at the same time.
    """
    values = _values(store) | {"id": job.id, "token": job.token, "locks": sorted(set(locks))}
    with store.database.transaction() as cursor:
        _decide_alone(cursor)
        cursor.execute(
            "select holds @> %(locks)s::bigint[] and "
            "attempt_started > now() - %(turn)s * interval '1 second' as goes_on, waits_since "
            f"from omero_plugin_jobs where {HELD}",
            values,
        )
        own = cursor.fetchone()
        if own is None:
            return Turn(taken=False)
        ahead = _first(cursor, f"{_RUNS} and id <> %(id)s and holds && %(locks)s::bigint[]", values)
        if ahead is None and not own["goes_on"]:
            ahead = _first(
                cursor,
                "state in ('queued', 'running') and id <> %(id)s and "
                f"waits_since is not null and waits_for && %(locks)s::bigint[] and {_COMES} "
                "and (%(since)s is null or (waits_since, id) < (%(since)s, %(id)s))",
                values | {"since": own["waits_since"]},
            )
        if ahead is not None:
            return Turn(taken=False, ahead=ahead)
        cursor.execute(
            "update omero_plugin_jobs set holds = %(locks)s::bigint[], waits_for = '{}', "
            f"waits_since = null, called = null where {HELD}",
            values,
        )
        return Turn(taken=True)


def wait(
    store: JobStore, job: Job, locks: Collection[int], message: str, seconds: float = 0.0
) -> State | None:
    """Put a running job back into the queue until its locks are free. This is no failed attempt.

    One that was being cancelled is cancelled.

    Args:
        store: where jobs are.
        job: as its worker has it.
        locks: those that it waits for.
        message: for its user: what it waits for.
        seconds: it is not called sooner.

    Returns:
        The state it has now; nothing when the token is not valid.
    """
    values = {
        "id": job.id,
        "token": job.token,
        "locks": sorted(set(locks)),
        "message": stored_text(message, MESSAGE_LIMIT),
        "seconds": seconds,
    }
    with store.database.transaction() as cursor:
        cursor.execute(
            "update omero_plugin_jobs set "
            "state = case state when 'cancelling' then 'cancelled' else 'queued' end, "
            "finished = case state when 'cancelling' then now() end, "
            "message = case state when 'cancelling' then message else %(message)s end, "
            "attempt = attempt - 1, token = token + 1, worker = '', lease_until = null, "
            "sent = null, run_after = now() + %(seconds)s * interval '1 second', holds = '{}', "
            "waits_for = %(locks)s::bigint[], waits_since = coalesce(waits_since, now()), "
            f"called = null where {HELD} returning state",
            values,
        )
        row = cursor.fetchone()
        return row["state"] if row else None


def others_wait(store: JobStore, job: Job) -> bool:
    """Whether a running job has had its turn, and jobs of other users wait for a worker.

    Args:
        store: where jobs are.
        job: as its worker has it; its own queue counts.
    """
    values = _values(store) | {"id": job.id, "token": job.token}
    with store.database.transaction() as cursor:
        cursor.execute(
            f"select 1 from omero_plugin_jobs own where {HELD} "
            "and attempt_started < now() - %(turn)s * interval '1 second' and exists "
            "(select 1 from omero_plugin_jobs other where other.queue = own.queue "
            "and other.user_id <> own.user_id and other.state = 'queued' "
            "and other.waits_since is null and other.run_after <= now())",
            values,
        )
        return cursor.fetchone() is not None


def call(store: JobStore, send: Callable[[UUID, str], None]) -> None:
    """Call the waiting jobs whose turn it is.

    Args:
        store: where jobs are.
        send: sends a job's message to a queue.

    Raises:
        Exception: what `send` raises; the jobs not called then are called the next time.
    """
    # A worker takes only a job that is called, so the messages go when that is stored.
    called = next_ones(store)
    for number, (job_id, queue) in enumerate(called):
        try:
            send(job_id, queue)
        except Exception:
            for waiting, _ in called[number:]:
                store.not_sent(waiting)
            raise


def next_ones(store: JobStore) -> list[tuple[UUID, str]]:
    """The waiting jobs whose turn it is, marked as called: ids and queues."""
    values = _values(store)
    with store.database.transaction() as cursor:
        cursor.execute(
            "select 1 from omero_plugin_jobs where waits_since is not null and finished is null "
            "limit 1"
        )
        if cursor.fetchone() is None:
            return []
        _decide_alone(cursor)
        cursor.execute(f"select holds from omero_plugin_jobs where {_RUNS} and holds <> '{{}}'")
        held = {lock for row in cursor.fetchall() for lock in row["holds"]}
        cursor.execute(
            f"select id, queue, waits_for, {_COMES} as comes, state = 'queued' "
            "and run_after <= now() and (called is null or sent is null "
            "or sent < now() - %(resend)s * interval '1 second') as due "
            "from omero_plugin_jobs where waits_since is not null and finished is null "
            "order by waits_since, id",
            values,
        )
        called: list[tuple[UUID, str]] = []
        for row in cursor.fetchall():
            locks = set(row["waits_for"])
            may = row["due"] and not locks & held
            if may:
                called.append((row["id"], row["queue"]))
            if may or row["comes"]:
                held |= locks
        cursor.execute(
            "update omero_plugin_jobs set called = now(), sent = now() where id = any(%s)",
            ([job_id for job_id, _ in called],),
        )
        return called


def _values(store: JobStore) -> dict[str, Any]:
    timing = store.timing
    return {"turn": timing.turn, "called": timing.called, "resend": timing.resend}


def _decide_alone(cursor: Cursor) -> None:
    """Until the end of the transaction."""
    cursor.execute("select pg_advisory_xact_lock(%s)", (_DECIDING,))


def _first(cursor: Cursor, which: str, values: dict[str, Any]) -> Job | None:
    cursor.execute(
        f"select * from omero_plugin_jobs where {which} order by waits_since, id limit 1", values
    )
    row = cursor.fetchone()
    return Job.from_row(row) if row else None
