"""Looking after all jobs: those of dead workers, those whose message is missing, the old ones."""

# ruff: noqa: S608 - what is put into the statements are constants

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from omero_plugin_common.database.pool import Cursor
from omero_plugin_common.jobs.lost import Lost
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.statements import GIVEN_BACK, write_line
from omero_plugin_common.jobs.store import JobStore


def expire(store: JobStore, limit: int = 100) -> list[Job]:
    """Take running jobs from workers that gave no heartbeat for the time of a lease.

    Returns:
        The jobs as they are now: queued again, failed after the last attempt, or cancelled.
    """
    return _take_back(store, "lease_until < now()", "stopped responding", {"limit": limit})


def give_back(store: JobStore, lost: Lost) -> list[Job]:
    """Take a job from a process that is known to have ended; returns as `expire`.

    Nothing is done to a job that somebody else has by now.
    """
    values = {"job": lost.job, "worker": lost.worker, "limit": 1}
    return _take_back(store, "id = %(job)s and worker = %(worker)s", "ended suddenly", values)


def give_back_all(store: JobStore, node: str) -> list[Job]:
    """Take all jobs from the processes of a worker that was started anew; returns as `expire`.

    Args:
        store: where jobs are.
        node: name of the worker, see `lost.node_name`.
    """
    values = {"node": node, "limit": 1000}
    return _take_back(store, "split_part(worker, ':', 1) = %(node)s", "was restarted", values)


def _take_back(store: JobStore, which: str, how: str, values: dict[str, Any]) -> list[Job]:
    """Jobs of lost workers: begun again at once, and later each time that another one is lost.

    Args:
        store: where jobs are.
        which: a condition on running jobs.
        how: what the worker did, for the log.
        values: of the condition, with `limit`.
    """
    values = values | {
        "text": "The worker was lost at every attempt to run this job. Its log may say more; a "
        "worker that runs out of memory is killed silently",
        "code": "worker_lost",
        "waits": f"The worker that ran it {how}; the job resumes where it had stopped",
        "retry": store.timing.retry,
    }
    with store.database.transaction() as cursor:
        cursor.execute(
            "with lost as (select id, worker as lost_worker from omero_plugin_jobs "
            f"where state in ('running', 'cancelling') and {which} "
            "limit %(limit)s for update skip locked) "
            f"update omero_plugin_jobs set {GIVEN_BACK}, run_after = now() + case when attempt > 1 "
            "then %(retry)s * power(2, attempt - 2) else 0 end * interval '1 second', "
            "log_lines = log_lines + 1 from lost "
            "where omero_plugin_jobs.id = lost.id returning omero_plugin_jobs.*, "
            "lost.lost_worker",
            values,
        )
        rows = cursor.fetchall()
        for row in rows:
            line = f"The worker {row['lost_worker']} {how}: {row['state']}"
            write_line(
                cursor, row["id"], row["log_lines"], "warning", line, kept=store.timing.log_lines
            )
        return [Job.from_row(row) for row in rows]


def take_unsent(store: JobStore, cursor: Cursor, limit: int = 200) -> Sequence[tuple[UUID, str]]:
    """Queued jobs that are due and whose message was never sent, or long ago and maybe lost.

    Those that wait for other jobs are not among them; see `turns.call`.

    They are marked as sent when the cursor's transaction ends well.

    Returns:
        Ids and queues.
    """
    cursor.execute(
        "update omero_plugin_jobs set sent = now() where id in ("
        "select id from omero_plugin_jobs where state = 'queued' and run_after <= now() "
        "and waits_since is null "
        "and (sent is null or sent < now() - %(resend)s * interval '1 second') "
        "order by created limit %(limit)s for update skip locked) returning id, queue",
        {"resend": store.timing.resend, "limit": limit},
    )
    return [(row["id"], row["queue"]) for row in cursor.fetchall()]


def delete_old(store: JobStore, limit: int = 1000) -> int:
    """Delete jobs that finished longer ago than the retention, with their logs; how many."""
    with store.database.transaction() as cursor:
        cursor.execute(
            "delete from omero_plugin_jobs where id in (select id from omero_plugin_jobs "
            "where finished < now() - %s * interval '1 day' limit %s for update skip locked)",
            (store.timing.retention_days, limit),
        )
        return cursor.rowcount
