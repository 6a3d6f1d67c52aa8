"""What jobs did to each image."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from omero_plugin_common import database
from omeroweb_omp_plugin.planning.report import Line
from omeroweb_omp_plugin.store.packed import pack, unpack


def save(job: UUID, step: int, lines: list[Line]) -> None:
    """Keep the lines of one step; a step that is done again replaces its lines.

    Args:
        job: id of the job.
        step: place of the step's first image.
        lines: one per image.
    """
    rows = [
        (each.image, each.name, each.outcome, each.pairs, each.removed, each.message)
        for each in lines
    ]
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omp_job_reports (job, step, lines) values (%s, %s, %s) "
            "on conflict (job, step) do update set lines = excluded.lines",
            (job, step, pack(rows)),
        )


def lines(job: UUID) -> Iterator[Line]:
    """All lines of a job, in the order of its images."""
    step = -1
    while True:
        with database.default().transaction() as cursor:
            cursor.execute(
                "select step, lines from omp_job_reports where job = %s and step > %s "
                "order by step limit 1",
                (job, step),
            )
            row = cursor.fetchone()
        if row is None:
            return
        step = row["step"]
        yield from (Line(*each) for each in unpack(row["lines"]))
