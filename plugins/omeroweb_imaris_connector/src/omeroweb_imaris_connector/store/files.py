"""Files: one for an image as it was at one time, whoever asks for it.

Each change of state is one statement that names the states it may leave, so that of a worker and a
user who change the same file, one comes too late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from omero_plugin_common import database
from omero_plugin_common.database.pool import Cursor

FileState = Literal["writing", "ready", "failed", "cancelled", "expired"]
By = Literal["writer", "script"]
_MESSAGE: Final = 2000


@dataclass(frozen=True, slots=True)
class File:
    """A row; see `migrations/0001_exports.sql`."""

    id: UUID
    image_id: int
    group_id: int
    fingerprint: str
    state: FileState
    step: str
    job: UUID | None
    estimate: int
    bytes: int | None
    by: By | None
    conversion: str
    message: str
    created: datetime
    finished: datetime | None
    used: datetime

    @classmethod
    def from_row(cls, row: Any) -> File:
        """From a row of `imaris_files`."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})


def by_id(file_id: UUID) -> File | None:
    """A file, or nothing."""
    return _one("select * from imaris_files where id = %s", (file_id,))


def begin(file_id: UUID, job: UUID) -> File | None:
    """Its job begins, or begins again; nothing when it is not to be written any more."""
    return _one(
        "update imaris_files set job = %(job)s, step = '', begun = null "
        "where id = %(id)s and state = 'writing' and (job is null or job = %(job)s) returning *",
        {"id": file_id, "job": job},
    )


def give(file_id: UUID, job: UUID) -> None:
    """Say which job will write it."""
    _change("update imaris_files set job = %s where id = %s and job is null", (job, file_id))


def comes(file_id: UUID, job: UUID) -> None:
    """Its bytes come to the volume from now on."""
    _change("update imaris_files set begun = now() where id = %s and job = %s", (file_id, job))


def step(file_id: UUID, job: UUID, what: str) -> None:
    """What its job does now."""
    _change(
        "update imaris_files set step = %s where id = %s and job = %s and state = 'writing'",
        (what, file_id, job),
    )


def renew(file_id: UUID, group_id: int, fingerprint: str, estimate: int) -> bool:
    """It is of the image as it is now, which changed, or changed its group, while the file waited.

    Returns:
        No where the image has such a file already.
    """
    return _change(
        "update imaris_files f set group_id = %(group)s, fingerprint = %(print)s, "
        "estimate = %(estimate)s "
        "where f.id = %(id)s and not exists (select 1 from imaris_files other "
        "where other.image_id = f.image_id and other.fingerprint = %(print)s "
        "and other.id <> f.id and other.state in ('writing', 'ready'))",
        {"id": file_id, "group": group_id, "print": fingerprint, "estimate": estimate},
    )


def ready(file_id: UUID, job: UUID, size: int, by: By, conversion: str) -> bool:
    """It is complete, verified and at its place; no when it is not wanted any more."""
    return _change(
        "update imaris_files set state = 'ready', step = '', bytes = %s, by = %s, "
        "conversion = %s, message = '', finished = now(), used = now() "
        "where id = %s and job = %s and state = 'writing'",
        (size, by, conversion, file_id, job),
    )


def end(file_id: UUID, state: FileState, message: str = "") -> bool:
    """It will not be written, or cannot be."""
    return _change(
        "update imaris_files set state = %s, message = %s, step = '', finished = now() "
        "where id = %s and state = 'writing'",
        (state, message.replace("\0", "")[:_MESSAGE], file_id),
    )


def expire(file_id: UUID) -> bool:
    """A ready one is not offered any more."""
    return _change(
        "update imaris_files set state = 'expired' where id = %s and state = 'ready'", (file_id,)
    )


def used(file_id: UUID) -> None:
    """Somebody asked for it: it stays for longer."""
    _change(
        "update imaris_files set used = now() where id = %s and state = 'ready' "
        "and used < now() - interval '1 minute'",
        (file_id,),
    )


def writing(image_ids: Sequence[int] | None = None) -> list[File]:
    """Those that are to be written: of some images, or all."""
    return _all(
        "select * from imaris_files where state = 'writing' "
        "and (%(ids)s::bigint[] is null or image_id = any(%(ids)s)) order by created limit 10000",
        {"ids": None if image_ids is None else list(image_ids)},
    )


def ready_of(image_ids: Sequence[int]) -> list[File]:
    """Ready ones of images."""
    return _all(
        "select * from imaris_files where state = 'ready' and image_id = any(%s)",
        (list(image_ids),),
    )


def old(seconds: int, limit: int) -> list[File]:
    """Ready ones that nobody asked for within so many seconds."""
    return _all(
        "select * from imaris_files where state = 'ready' "
        "and used < now() - %s * interval '1 second' order by used limit %s",
        (seconds, limit),
    )


def to_clear(limit: int) -> list[File]:
    """Those that have ended, and may have something on the volume."""
    return _all(
        "select * from imaris_files where cleared is null "
        "and state in ('failed', 'cancelled', 'expired') order by used limit %s",
        (limit,),
    )


def cleared(file_id: UUID) -> None:
    """Nothing of it is on the volume."""
    _change("update imaris_files set cleared = now() where id = %s", (file_id,))


def known(ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these may have something on the volume."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select id from imaris_files where id = any(%s) and cleared is null", (list(ids),)
        )
        return frozenset(row["id"] for row in cursor.fetchall())


def bytes_on_volume() -> int:
    """Bytes of the files that are there, and at most of those that are written now."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select coalesce(sum(case state when 'ready' then bytes else estimate end), 0)::bigint "
            "as bytes from imaris_files "
            "where state = 'ready' or (state = 'writing' and begun is not null)"
        )
        row = cursor.fetchone()
        return row["bytes"] if row else 0


def wanted(
    cursor: Cursor, image_id: int, group_id: int, fingerprint: str, estimate: int, fresh: UUID
) -> UUID:
    """The file of an image as it is now: one that is there or comes, else a new one.

    Args:
        cursor: of the transaction in which the export is stored, too.
        image_id: of the image.
        group_id: of the image.
        fingerprint: of the image.
        estimate: bytes that the file has at most.
        fresh: the id of a new one.

    Returns:
        `fresh`, or the id of the one that there is.
    """
    cursor.execute(
        "insert into imaris_files (id, image_id, group_id, fingerprint, state, estimate) "
        "values (%s, %s, %s, %s, 'writing', %s) on conflict (image_id, fingerprint) "
        "where state in ('writing', 'ready') do update set used = now() returning id",
        (fresh, image_id, group_id, fingerprint, estimate),
    )
    row = cursor.fetchone()
    assert row is not None, "no row"  # noqa: S101 - it is new, or it was in the way
    found: UUID = row["id"]
    return found


def _one(statement: str, values: Any) -> File | None:
    with database.default().transaction() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
        return File.from_row(row) if row else None


def _all(statement: str, values: Any) -> list[File]:
    with database.default().transaction() as cursor:
        cursor.execute(statement, values)
        return [File.from_row(row) for row in cursor.fetchall()]


def _change(statement: str, values: Any) -> bool:
    with database.default().transaction() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount > 0
