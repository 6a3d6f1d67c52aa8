"""Uploads whose files can be deleted, and those that are deleted themselves."""

# ruff: noqa: S608 - what is put into the statements is a constant

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from omero_plugin_common import database
from omeroweb_upload.store.uploads import Upload

# Nobody writes to a file of it, and no worker has it.
_IDLE: Final = (
    "not exists (select 1 from upload_files where upload_files.job = upload_jobs.id "
    "and lease_until > now())"
)
# OMERO reads the very files that were linked, for as long as it has the images.
_LINKED: Final = (
    "(settings -> 'settings' ->> 'transfer' = 'in_place' and exists (select 1 from upload_units "
    "where upload_units.job = upload_jobs.id and upload_units.attempts > 0))"
)


def worked_on() -> list[Upload]:
    """Uploads that a worker should have."""
    with database.default().transaction() as cursor:
        cursor.execute("select * from upload_jobs where state in ('checking', 'importing')")
        return [Upload.from_row(row) for row in cursor.fetchall()]


def expire(stale_seconds: float, limit: int) -> int:
    """End those that wait for their user and were not touched for a time; how many.

    Args:
        stale_seconds: the time.
        limit: uploads at most.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "update upload_jobs set state = 'expired', finished = now(), "
            "message = 'Nobody went on with this upload, so its files were deleted' "
            "where id in (select id from upload_jobs where cleared is null "
            "and state in ('uploading', 'awaiting_confirmation', 'ready') "
            "and touched < now() - %s * interval '1 second' "
            f"and {_IDLE} order by touched limit %s for update skip locked)",
            (stale_seconds, limit),
        )
        return int(cursor.rowcount)


def to_clear(finished_seconds: float, limit: int) -> list[Upload]:
    """Ended uploads whose files are still on the staging volume and are not needed any more.

    Args:
        finished_seconds: those with an error, which can be tried again, and those that are done
            stay so long after their end; cancelled and expired ones do not stay.
        limit: uploads at most.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select * from upload_jobs where cleared is null "
            "and (state in ('cancelled', 'expired') or (state in ('done', 'error') "
            "and finished < now() - %s * interval '1 second')) "
            f"and {_IDLE} and not {_LINKED} order by finished limit %s",
            (finished_seconds, limit),
        )
        return [Upload.from_row(row) for row in cursor.fetchall()]


def clear(upload: Upload) -> bool:
    """Store that the files of an upload are deleted, before they are; whether they may be.

    From then on nobody can go on with it. A user who has done so a moment before keeps the files.

    Args:
        upload: as it was read.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "update upload_jobs set cleared = now() "
            "where id = %s and state = %s and cleared is null",
            (upload.id, upload.state),
        )
        return bool(cursor.rowcount)


def unknown(jobs: Sequence[UUID]) -> list[UUID]:
    """Those that are no uploads, or whose files are deleted already."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select given.id from unnest(%s::uuid[]) as given (id) where not exists "
            "(select 1 from upload_jobs where upload_jobs.id = given.id and cleared is null)",
            (list(jobs),),
        )
        return [row["id"] for row in cursor.fetchall()]


def delete(days: int, limit: int) -> int:
    """Delete the records of uploads that ended many days ago; how many."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "delete from upload_jobs where id in (select id from upload_jobs "
            "where cleared is not null and finished < now() - %s * interval '1 day' limit %s "
            "for update skip locked)",
            (days, limit),
        )
        return int(cursor.rowcount)
