"""Uploads: from the declared list of files to the last import.

Each change of state is one statement. A state is only left by `move`, which names the states that
it may leave: of two requests that want to start the same import, one comes too late.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from psycopg2.extras import Json

from omero_plugin_common import database
from omero_plugin_common.database.own_row import own_row
from omero_plugin_common.database.pool import Cursor
from omeroweb_upload.planning.settings import Role, StoredSettings

State = Literal[
    "uploading", "checking", "awaiting_confirmation", "ready", "importing",
    "done", "error", "cancelled", "expired",
]  # fmt: skip
FileState = Literal["pending", "uploaded", "removed", "imported", "attached", "skipped", "failed"]
# Nothing happens to these any more, except that one with an error can be tried again.
ENDED: Final[frozenset[State]] = frozenset({"done", "error", "cancelled", "expired"})
# A worker has them.
WORKED_ON: Final[frozenset[State]] = frozenset({"checking", "importing"})
_GONE: Final = "There is no such upload; finished ones are deleted after a while"
_PAGE: Final = 5000


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload.

    Attributes:
        id: its id.
        user_id: whose it is.
        user_name: the same, as a login name.
        group_id: where its images go.
        state: see the migration.
        settings: target and how files are imported.
        file_count: files that were declared.
        total_bytes: of them.
        examine_job: the worker's job that reads the files, the last of them.
        import_job: the worker's job that imports, the last of them.
        message: why it ended with an error.
        cleared: when its files were deleted from the staging volume.
        created: when it was declared.
        touched: when the last byte came, or the last request that changed it.
        finished: when it ended.
    """

    id: UUID
    user_id: int
    user_name: str
    group_id: int
    state: State
    settings: StoredSettings
    file_count: int
    total_bytes: int
    examine_job: UUID | None
    import_job: UUID | None
    message: str
    cleared: datetime | None
    created: datetime
    touched: datetime
    finished: datetime | None

    @classmethod
    def from_row(cls, row: Any) -> Upload:
        """From a row of `upload_jobs`."""
        values = {name: row[name] for name in cls.__dataclass_fields__}
        return cls(
            **values | {"settings": StoredSettings.model_validate(row["settings"], strict=False)}
        )


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file as it is declared.

    Attributes:
        path: checked, relative, with `/`.
        size: in bytes.
        modified: milliseconds since 1970, if known.
        role: what it is.
        state: `pending`; `uploaded` for an empty one, `skipped` for one that is not sent.
        sha1: of its content, if the sender knows it.
    """

    path: str
    size: int
    modified: int | None
    role: Role
    state: FileState
    sha1: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose upload it is, and the group that its images go to."""

    user_id: int
    user_name: str
    group_id: int


def create(
    job: UUID,
    owner: Owner,
    settings: StoredSettings,
    files: Sequence[NewFile],
    *,
    replays: UUID | None = None,
) -> Upload:
    """Store a new upload with all its files, or nothing.

    Args:
        job: its id; its files are in the staging folder of that name.
        owner: whose it is.
        settings: target and how files are imported.
        files: in the order that was declared; their numbers follow it.
        replays: the upload whose failed files these are.
    """
    counted = [file for file in files if file.state != "skipped"]
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into upload_jobs (id, user_id, user_name, group_id, state, settings, "
            "file_count, total_bytes, replays) "
            "values (%s, %s, %s, %s, 'uploading', %s, %s, %s, %s) returning *",
            (
                job, owner.user_id, owner.user_name, owner.group_id,
                Json(settings.model_dump(mode="json")), len(files),
                sum(file.size for file in counted), replays,
            ),
        )  # fmt: skip
        row = cursor.fetchone()
        # As columns: of a hundred thousand files, psycopg2 takes several times as long for rows.
        for first in range(0, len(files), _PAGE):
            part = files[first : first + _PAGE]
            cursor.execute(
                "insert into upload_files (job, number, path, size, modified, role, state, "
                "sha1_browser) select %s, %s + place - 1, path, size, modified, role, state, sha1 "
                "from unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], "
                "%s::text[]) with ordinality "
                "as given (path, size, modified, role, state, sha1, place)",
                (
                    job, first, [e.path for e in part], [e.size for e in part],
                    [e.modified for e in part], [e.role for e in part], [e.state for e in part],
                    [e.sha1 for e in part],
                ),
            )  # fmt: skip
        return Upload.from_row(row)


def load(job: UUID, user_id: int) -> Upload:
    """An upload of a user.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = own_row("select * from upload_jobs where id = %s and user_id = %s", (job, user_id), _GONE)
    return Upload.from_row(row)


def by_id(job: UUID) -> Upload | None:
    """An upload, for a worker; nothing when it was deleted."""
    with database.default().transaction() as cursor:
        cursor.execute("select * from upload_jobs where id = %s", (job,))
        row = cursor.fetchone()
    return None if row is None else Upload.from_row(row)


def move(
    job: UUID,
    leaving: Collection[State],
    state: State,
    *,
    message: str = "",
    examine_job: UUID | None = None,
    import_job: UUID | None = None,
) -> Upload | None:
    """Change the state, if it is one of those.

    Args:
        job: the upload.
        leaving: states that it may have now.
        state: the new one.
        message: why, for one that ended with an error.
        examine_job: with `checking`, the worker's job that reads the files; nothing before it is
            known.
        import_job: the same with `importing`.

    Returns:
        The upload as it is now; nothing when its state is another one.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "update upload_jobs set state = %(state)s, message = %(message)s, touched = now(), "
            "examine_job = case when %(state)s = 'checking' then %(examine)s else examine_job end, "
            "import_job = case when %(state)s = 'importing' then %(import)s else import_job end, "
            "finished = case when %(ended)s then now() end "
            # With its files deleted, none goes on.
            "where id = %(job)s and state = any(%(leaving)s) and (%(ended)s or cleared is null) "
            "returning *",
            {
                "job": job,
                "state": state,
                "message": message,
                "examine": examine_job,
                "import": import_job,
                "ended": state in ENDED,
                "leaving": list(leaving),
            },
        )
        row = cursor.fetchone()
    return None if row is None else Upload.from_row(row)


@dataclass(frozen=True, slots=True)
class Totals:
    """How far the files of an upload are.

    Attributes:
        received: bytes that are stored.
        imported: bytes of files that are in OMERO, or attached.
        sent: bytes of all files that are not skipped or removed.
        files: number of files by state.
    """

    received: int
    imported: int
    sent: int
    files: dict[str, int]


def totals(job: UUID) -> Totals:
    """Sums over the files of an upload."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select state, count(*) as files, sum(received)::bigint as received, "
            "sum(size)::bigint as size from upload_files where job = %s group by state",
            (job,),
        )
        rows = {row["state"]: row for row in cursor.fetchall()}

    def bytes_of(states: Iterable[str], column: str) -> int:
        return sum(int(rows[state][column]) for state in states if state in rows)

    counted = [state for state in rows if state not in ("skipped", "removed")]
    return Totals(
        received=bytes_of(counted, "received"),
        imported=bytes_of(("imported", "attached"), "size"),
        sent=bytes_of(counted, "size"),
        files={state: int(row["files"]) for state, row in rows.items()},
    )


def promised_bytes() -> int:
    """Bytes that running uploads of all users have declared, and that have not arrived yet."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select coalesce(sum(size - received), 0)::bigint as promised from upload_files "
            "join upload_jobs on upload_jobs.id = upload_files.job "
            "where upload_jobs.state = 'uploading' and upload_files.state = 'pending'"
        )
        row = cursor.fetchone()
    return int(row["promised"]) if row else 0


def promised_to(group_id: int) -> int:
    """Bytes that running uploads of all users will add to a group of OMERO, received or not."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select coalesce(sum(size), 0)::bigint as promised from upload_files "
            "join upload_jobs on upload_jobs.id = upload_files.job "
            "where upload_jobs.group_id = %s and upload_jobs.state <> all(%s) "
            "and upload_files.state in ('pending', 'uploaded')",
            (group_id, sorted(ENDED)),
        )
        row = cursor.fetchone()
    return int(row["promised"]) if row else 0


def left_to_import(job: UUID) -> int:
    """Bytes of an upload that its import will still add to OMERO."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select coalesce(sum(size), 0)::bigint as size from upload_files where job = %s "
            # An image that Bio-Formats cannot read is in no unit.
            "and state = 'uploaded' and (role <> 'image' or unit is not null)",
            (job,),
        )
        row = cursor.fetchone()
    return int(row["size"]) if row else 0


def is_complete(job: UUID) -> bool:
    """Whether every declared file has arrived, and there is one.

    It is asked after each file, so it must not look at all of them.
    """
    some = "exists (select 1 from upload_files where job = %s and state = "
    with database.default().transaction() as cursor:
        cursor.execute(
            f"select not {some} 'pending') and {some} 'uploaded') as complete",
            (job, job),
        )
        row = cursor.fetchone()
    return bool(row and row["complete"])


def problems(job: UUID, limit: int) -> list[str]:
    """The first files and units that failed or cannot be read, with the reason of each."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select path || ': ' || message as line from upload_files "
            "where job = %s and message <> '' order by number limit %s",
            (job, limit),
        )
        return [str(row["line"]) for row in cursor.fetchall()]


def has_any(job: UUID, paths: Collection[str]) -> bool:
    """Whether one of these paths is a file of the upload that was not removed."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select 1 from upload_files where job = %s and path = any(%s) "
            "and state not in ('removed', 'skipped') limit 1",
            (job, list(paths)),
        )
        return cursor.fetchone() is not None


def has_units(job: UUID) -> bool:
    """Whether its files were read."""
    with database.default().transaction() as cursor:
        cursor.execute("select 1 from upload_units where job = %s limit 1", (job,))
        return cursor.fetchone() is not None


def remove_files(job: UUID, keep: Collection[str]) -> list[str]:
    """Take files out of an upload: those that are not named, and are not in OMERO.

    What was found in the files before is forgotten, since files that belong together changed.

    Args:
        job: the upload.
        keep: paths of the files that stay.

    Returns:
        Paths of the files that were removed.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "update upload_files set state = 'removed', unit = null where job = %s "
            "and state in ('pending', 'uploaded', 'failed') and not (path = any(%s)) "
            # Another tab may have confirmed it at this moment.
            "and exists (select 1 from upload_jobs where id = %s "
            "and state in ('uploading', 'awaiting_confirmation')) returning path",
            (job, list(keep), job),
        )
        removed = [str(row["path"]) for row in cursor.fetchall()]
        if removed:
            _forget_units(cursor, job)
        return removed


def _forget_units(cursor: Cursor, job: UUID) -> None:
    """Units that are not in OMERO; the files are read again before the import."""
    cursor.execute(
        "delete from upload_units where job = %s and state in ('waiting', 'failed', 'removed') "
        "returning number",
        (job,),
    )
    numbers = [row["number"] for row in cursor.fetchall()]
    cursor.execute(
        "update upload_files set unit = null where job = %s and unit = any(%s)", (job, numbers)
    )


def failed_again(job: UUID) -> int:
    """Let what failed be tried again; how many files that are."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "update upload_units set state = 'waiting', message = '' "
            "where job = %s and state = 'failed'",
            (job,),
        )
        cursor.execute(
            "update upload_files set state = 'uploaded', message = '' "
            "where job = %s and state = 'failed'",
            (job,),
        )
        return int(cursor.rowcount)


def set_browser_sums(job: UUID, sums: dict[int, str]) -> int:
    """Store the SHA-1 that the browser computed of files, by their numbers; how many were stored.

    One that is stored already stays: it is what the file is compared with.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "update upload_files set sha1_browser = coalesce(sha1_browser, given.sum) "
            "from unnest(%s::integer[], %s::text[]) as given (number, sum) "
            "where job = %s and upload_files.number = given.number",
            (list(sums), list(sums.values()), job),
        )
        return int(cursor.rowcount)
