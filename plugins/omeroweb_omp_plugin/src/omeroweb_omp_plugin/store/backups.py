"""Backups that jobs made, as lines of CSV; they are deleted with their job."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from uuid import UUID

from omero_plugin_common import database


def save(job: UUID, step: int, text: str) -> None:
    """Store the lines of one step.

    Args:
        job: id of the job.
        step: place of the step's first image.
        text: its lines.
    """
    # A lone half of a character, which OMERO's own clients cannot make, must not stop a backup.
    content = zlib.compress(text.encode("utf-8", "replace"), level=1)
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omp_backups (job, step, lines) values (%s, %s, %s) "
            "on conflict (job, step) do update set lines = excluded.lines",
            (job, step, content),
        )


def load(job: UUID, at: int, count: int) -> str:
    """The lines of some images.

    Args:
        job: id of the job.
        at: place of the first of them among the job's images.
        count: how many.

    Returns:
        Those of whole steps, so it may have more than was asked for.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select lines from omp_backups where job = %(job)s and step < %(end)s and step >= "
            "(select max(step) from omp_backups where job = %(job)s and step <= %(at)s) "
            "order by step",
            {"job": job, "at": at, "end": at + count},
        )
        return "".join(zlib.decompress(row["lines"]).decode() for row in cursor.fetchall())


def texts(job: UUID) -> Iterator[str]:
    """All lines of a job, a step at a time."""
    step = -1
    while True:
        with database.default().transaction() as cursor:
            cursor.execute(
                "select step, lines from omp_backups where job = %s and step > %s "
                "order by step limit 1",
                (job, step),
            )
            row = cursor.fetchone()
        if row is None:
            return
        step = row["step"]
        yield zlib.decompress(row["lines"]).decode()
