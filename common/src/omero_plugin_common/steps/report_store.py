"""Reports in the plugin database, and what a step is about to do."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from omero_plugin_common import database
from omero_plugin_common.database.packed import pack, unpack
from omero_plugin_common.steps.report import IMAGE, Line, as_begun


def plan(job: UUID, step: int, lines: list[Line]) -> None:
    """Keep what a step is about to do, until it is done.

    Args:
        job: id of the job.
        step: place of the step's first object.
        lines: one per object, as the report will have them.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omero_plugin_job_plans (job, step, lines) values (%s, %s, %s) "
            "on conflict (job, step) do update set lines = excluded.lines",
            (job, step, _packed(lines)),
        )


def save(job: UUID, step: int, lines: list[Line]) -> None:
    """Keep the lines of one step; a step that is done again replaces its lines.

    Args:
        job: id of the job.
        step: place of the step's first object.
        lines: one per object.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omero_plugin_job_reports (job, step, lines) values (%s, %s, %s) "
            "on conflict (job, step) do update set lines = excluded.lines",
            (job, step, _packed(lines)),
        )
        cursor.execute(
            "delete from omero_plugin_job_plans where job = %s and step = %s", (job, step)
        )


def before(job: UUID, step: int) -> dict[int, Line]:
    """What an earlier attempt at a step did or was about to do, by id of the object.

    It did what it planned wherever nothing is left to do.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select lines, 1 as place from omero_plugin_job_plans "
            "where job = %(job)s and step = %(step)s "
            "union all select lines, 2 from omero_plugin_job_reports "
            "where job = %(job)s and step = %(step)s order by place limit 1",
            {"job": job, "step": step},
        )
        row = cursor.fetchone()
    return {} if row is None else {each.id: each for each in _unpacked(row["lines"])}


def lines(job: UUID) -> Iterator[Line]:
    """All lines of a job, in the order of its objects; steps that were only begun included."""
    step = -1
    while True:
        with database.default().transaction() as cursor:
            cursor.execute(
                "select step, lines, false as begun from omero_plugin_job_reports "
                "where job = %(job)s and step > %(step)s "
                "union all select step, lines, true from omero_plugin_job_plans "
                "where job = %(job)s and step > %(step)s order by step, begun limit 1",
                {"job": job, "step": step},
            )
            row = cursor.fetchone()
        if row is None:
            return
        step = row["step"]
        some = _unpacked(row["lines"])
        yield from map(as_begun, some) if row["begun"] else some


def _packed(lines: list[Line]) -> bytes:
    # The previous version reads lines without a kind.
    return pack([each.row()[: -1 if each.kind == IMAGE else None] for each in lines])


def _unpacked(content: bytes) -> Iterator[Line]:
    return (Line(*each) for each in unpack(content))
