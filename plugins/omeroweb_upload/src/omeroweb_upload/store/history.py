"""A user's uploads, and each file of one with what OMERO has of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from omero_plugin_common import database
from omeroweb_upload.store.uploads import ENDED, Upload

_PAGE: Final = 2000


def running(user_id: int, most: int) -> list[Upload]:
    """The uploads of a user that have not ended, the newest first."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select * from upload_jobs where user_id = %s and not (state = any(%s)) "
            "order by created desc, id desc limit %s",
            (user_id, sorted(ENDED), most),
        )
        return [Upload.from_row(row) for row in cursor.fetchall()]


def ended(user_id: int, before: tuple[datetime, UUID] | None, most: int) -> list[Upload]:
    """The uploads of a user that have ended, the newest first.

    Args:
        user_id: whose.
        before: when the last one of the page before was declared, and its id.
        most: how many.
    """
    created, job = before or (None, None)
    with database.default().transaction() as cursor:
        cursor.execute(
            "select * from upload_jobs where user_id = %(user)s and state = any(%(ended)s) "
            "and (%(created)s::timestamptz is null or "
            "(created, id) < (%(created)s::timestamptz, %(job)s::uuid)) "
            "order by created desc, id desc limit %(most)s",
            {"user": user_id, "ended": sorted(ENDED), "created": created, "job": job, "most": most},
        )
        return [Upload.from_row(row) for row in cursor.fetchall()]


def first_paths(jobs: Collection[UUID]) -> dict[UUID, str]:
    """The first file of each upload that is sent."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select distinct on (job) job, path from upload_files where job = any(%s) "
            "and role <> 'skipped' order by job, number",
            (list(jobs),),
        )
        return {row["job"]: row["path"] for row in cursor.fetchall()}


def not_in_omero(job: UUID) -> list[dict[str, Any]]:
    """The files of an upload that are to be sent again to have them in OMERO."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select path, size, modified, role, sha1_browser from upload_files "
            "where job = %s and state in ('pending', 'uploaded', 'failed') order by number",
            (job,),
        )
        return [dict(row) for row in cursor.fetchall()]


def report(job: UUID) -> Iterator[Sequence[dict[str, Any]]]:
    """All files of an upload in the order of the list, some at a time, each with its unit."""
    after = -1
    while True:
        with database.default().transaction() as cursor:
            cursor.execute(
                "select f.number, f.path, f.size, f.modified, f.role, f.state, f.sha1_browser, "
                "f.sha1_staged, f.sha1_omero, f.message, u.number as unit, u.format, u.objects, "
                "u.fileset_id, u.dataset_id, u.screen_id, u.message as unit_message "
                "from upload_files f left join upload_units u on u.job = f.job "
                "and u.number = f.unit where f.job = %s and f.number > %s "
                "order by f.number limit %s",
                (job, after, _PAGE),
            )
            rows = [dict(row) for row in cursor.fetchall()]
        if not rows:
            return
        yield rows
        after = rows[-1]["number"]
