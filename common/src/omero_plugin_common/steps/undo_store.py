"""What undoing a job needs, in the plugin database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from omero_plugin_common import database
from omero_plugin_common.database.packed import pack, unpack
from omero_plugin_common.database.pool import Cursor
from omero_plugin_common.steps.undo import Change, over_all_attempts, with_ids


def plan(job: UUID, step: int, changes: Iterable[Change]) -> None:
    """Store what a step is about to do; what earlier attempts at it stored stays.

    Args:
        job: id of the job.
        step: place of the step's first object.
        changes: of the step's objects; those that stay as they are can be left out.
    """
    before = _of_step(job, step)
    now = [over_all_attempts(before.pop(each.id, None), each) for each in changes]
    _save(job, step, [*before.values(), *now])


def save_ids(job: UUID, step: int, added: Mapping[int, Sequence[tuple[Any, int]]]) -> None:
    """Store the ids of what a step has added.

    Args:
        job: id of the job.
        step: place of the step's first object.
        added: what was planned, with its id; by object.
    """
    planned = _of_step(job, step)
    _save(job, step, [with_ids(each, added.get(each.id, ())) for each in planned.values()])


def load(job: UUID, at: int, count: int) -> dict[int, Change]:
    """What a job did to some objects.

    Args:
        job: id of the job.
        at: place of the first of them among the job's objects.
        count: how many.

    Returns:
        By id of the object; those of whole steps, so it may have more than was asked for.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select changes from omero_plugin_job_undo where job = %(job)s and step < %(end)s "
            "and step >= (select coalesce(max(step), 0) from omero_plugin_job_undo "
            "where job = %(job)s and step <= %(at)s)",
            {"job": job, "at": at, "end": at + count},
        )
        return _by_object(cursor)


def all_of(job: UUID) -> Iterator[Change]:
    """What a job did, object by object; the changes of one step are in memory at a time."""
    step = -1
    while True:
        with database.default().transaction() as cursor:
            cursor.execute(
                "select step, changes from omero_plugin_job_undo "
                "where job = %s and step > %s order by step limit 1",
                (job, step),
            )
            row = cursor.fetchone()
        if row is None:
            return
        step = row["step"]
        yield from (Change(*each) for each in unpack(row["changes"]))


def is_stored(job: UUID) -> bool:
    """Whether there is anything of this job that could be undone."""
    with database.default().transaction() as cursor:
        cursor.execute("select 1 from omero_plugin_job_undo where job = %s limit 1", (job,))
        return cursor.fetchone() is not None


def _of_step(job: UUID, step: int) -> dict[int, Change]:
    with database.default().transaction() as cursor:
        cursor.execute(
            "select changes from omero_plugin_job_undo where job = %s and step = %s", (job, step)
        )
        return _by_object(cursor)


def _by_object(cursor: Cursor) -> dict[int, Change]:
    changes = (Change(*each) for row in cursor.fetchall() for each in unpack(row["changes"]))
    return {each.id: each for each in changes}


def _save(job: UUID, step: int, changes: Iterable[Change]) -> None:
    packed = pack([[e.id, list(e.added), list(e.removed), list(e.ids)] for e in changes])
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omero_plugin_job_undo (job, step, changes) values (%s, %s, %s) "
            "on conflict (job, step) do update set changes = excluded.changes",
            (job, step, packed),
        )
