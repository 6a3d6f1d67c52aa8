"""The declared files of an upload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from omero_plugin_common import database
from omero_plugin_common.database.own_row import own_row
from omeroweb_upload.store.uploads import FileState, State

PAGE: Final = 1000
_GONE: Final = "There is no such file of an upload of yours"
_LARGEST_NUMBER: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of an upload.

    Attributes:
        job: the upload.
        number: its place in the declared list.
        path: relative, with `/`.
        size: declared, in bytes.
        state: see the migration.
        received: bytes that are stored, as far as the database knows; the staged file may have
            more of one that is being received.
        job_state: of the upload.
        touched: when the last byte of the upload came.
    """

    job: UUID
    number: int
    path: str
    size: int
    state: FileState
    received: int
    job_state: State
    touched: datetime

    @property
    def is_expected(self) -> bool:
        """Whether bytes of it are still accepted."""
        return self.job_state == "uploading" and self.state == "pending"


_COLUMNS: Final = (
    "f.job, f.number, f.path, f.size, f.state, f.received, j.state as job_state, j.touched"
)
_FROM: Final = "from upload_files f join upload_jobs j on j.id = f.job"


def load(job: UUID, number: int, user_id: int) -> StoredFile:
    """A file of a user's upload.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = own_row(
        f"select {_COLUMNS} {_FROM} where f.job = %s and f.number = %s and j.user_id = %s",
        (job, min(number, _LARGEST_NUMBER), user_id),
        _GONE,
    )
    return _file(found)


def with_paths(job: UUID, user_id: int, paths: Sequence[str]) -> dict[str, StoredFile]:
    """Those files of a user's upload that have one of these paths, by path."""
    with database.default().transaction() as cursor:
        cursor.execute(
            f"select {_COLUMNS} {_FROM} where f.job = %s and j.user_id = %s and f.path = any(%s)",
            (job, user_id, list(paths)),
        )
        return {row["path"]: _file(row) for row in cursor.fetchall()}


def accepted_bytes(job: UUID, user_id: int) -> int:
    """Bytes of the files of a user's upload that are sent, also of those that have arrived.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = own_row(
        "select (select coalesce(sum(f.size), 0) from upload_files f where f.job = j.id "
        "and f.state in ('pending', 'uploaded'))::bigint as bytes "
        "from upload_jobs j where j.id = %s and j.user_id = %s",
        (job, user_id),
        "There is no such upload of yours; finished ones are deleted after a while",
    )
    return int(row["bytes"])


def page(job: UUID, after: int = -1) -> list[dict[str, Any]]:
    """Files of an upload, in the order of their numbers, at most `PAGE`.

    Args:
        job: the upload; the caller has made sure of its owner.
        after: number of the last file of the page before.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select number, path, size, modified, role, state, received, unit, message, "
            "sha1_browser, sha1_staged, sha1_omero from upload_files "
            "where job = %s and number > %s order by number limit %s",
            (job, min(after, _LARGEST_NUMBER), PAGE),
        )
        return [dict(row) for row in cursor.fetchall()]


def remove(job: UUID, number: int) -> bool:
    """Take a file out of an upload that still receives files; whether it was there to take."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "update upload_files set state = 'removed', received = 0, unverified_from = null, "
            "lease_token = null, lease_until = null, lease_wanted = false "
            "where job = %s and number = %s and state in ('pending', 'uploaded') "
            "and exists (select 1 from upload_jobs where id = %s and state = 'uploading')",
            (job, number, job),
        )
        return bool(cursor.rowcount)


def _file(row: Any) -> StoredFile:
    return StoredFile(**{name: row[name] for name in StoredFile.__dataclass_fields__})
