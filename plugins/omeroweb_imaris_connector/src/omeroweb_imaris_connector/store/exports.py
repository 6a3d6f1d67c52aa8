"""Exports: one for each request of a user for an image."""

# ruff: noqa: S608 - what is put into the statements are constants of this file

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from omero_plugin_common import database
from omero_plugin_common.database.pool import Cursor
from omeroweb_imaris_connector.store import files

# One whose file is still to be written, and that its user wants.
_OPEN: Final = "e.cancelled is null and f.state = 'writing'"


@dataclass(frozen=True, slots=True)
class Export:
    """A row; see `migrations/0001_exports.sql`."""

    id: UUID
    batch: UUID
    user_id: int
    user_name: str
    image_id: int
    image_name: str
    group_id: int
    file: UUID
    attach: bool
    attach_job: UUID | None
    annotation: int | None
    cancelled: datetime | None
    created: datetime

    @classmethod
    def from_row(cls, row: Any) -> Export:
        """From a row of `imaris_exports`."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Wanted:
    """An image that a user wants.

    Attributes:
        image_id: of the image.
        image_name: its name now.
        group_id: its group.
        fingerprint: of the image as it is.
        estimate: bytes that the file has at most.
    """

    image_id: int
    image_name: str
    group_id: int
    fingerprint: str
    estimate: int


def make(
    user_id: int, user_name: str, wanted: Sequence[Wanted], *, attach: bool
) -> list[tuple[Export, bool]]:
    """New exports of a user, of one batch, each with whether its file is a new one.

    They are stored together, or none.
    """
    batch = uuid4()
    made = []
    with database.default().transaction() as cursor:
        # In one order, so that two requests for the same images wait for each other only once.
        for each in sorted(wanted, key=lambda one: (one.image_id, one.fingerprint)):
            file, is_new = _file(cursor, each)
            cursor.execute(
                "insert into imaris_exports (id, batch, user_id, user_name, image_id, image_name, "
                "group_id, file, attach, created) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, "
                "clock_timestamp()) returning *",
                (
                    uuid4(), batch, user_id, user_name, each.image_id,
                    each.image_name.replace("\0", ""), each.group_id, file, attach,
                ),
            )  # fmt: skip
            made.append((Export.from_row(cursor.fetchone()), is_new))
    place = {each.image_id: number for number, each in enumerate(wanted)}
    return sorted(made, key=lambda one: place[one[0].image_id])


def again(export_id: UUID, wanted: Wanted) -> tuple[Export, bool] | None:
    """Give an export that has ended the file of the image as it is now.

    Returns:
        The export, and whether the file is a new one; nothing when there is no such export.
    """
    with database.default().transaction() as cursor:
        file, is_new = _file(cursor, wanted)
        cursor.execute(
            "update imaris_exports set file = %s, image_name = %s, group_id = %s, "
            "cancelled = null, attach_job = null, annotation = null where id = %s returning *",
            (file, wanted.image_name.replace("\0", ""), wanted.group_id, export_id),
        )
        row = cursor.fetchone()
        return (Export.from_row(row), is_new) if row else None


def by_id(export_id: UUID) -> Export | None:
    """An export, or nothing."""
    with database.default().transaction() as cursor:
        cursor.execute("select * from imaris_exports where id = %s", (export_id,))
        row = cursor.fetchone()
        return Export.from_row(row) if row else None


def cancel(export_id: UUID) -> UUID | None:
    """Its user does not want it any more.

    Returns:
        The job that writes its file, if nobody else waits for the file: then the file is cancelled,
        too, and who asks for the image from now on gets a new one.
    """
    with database.default().transaction() as cursor:
        # Who joins the file holds this lock as well.
        cursor.execute(
            "select f.id, f.state, f.job from imaris_files f "
            "join imaris_exports e on e.file = f.id where e.id = %s for update of f",
            (export_id,),
        )
        file = cursor.fetchone()
        cursor.execute(
            "update imaris_exports set cancelled = now() where id = %s and cancelled is null",
            (export_id,),
        )
        if file is None or file["state"] != "writing":
            return None
        cursor.execute(
            "update imaris_files set state = 'cancelled', finished = now() where id = %s "
            "and not exists (select 1 from imaris_exports where file = %s and cancelled is null) "
            "returning job",
            (file["id"], file["id"]),
        )
        row = cursor.fetchone()
        job: UUID | None = row["job"] if row else None
        return job


def delete(export_id: UUID) -> UUID | None:
    """Forget an export.

    Returns:
        Its file, if that was ready and nobody else has asked for it: it is not offered any more.
    """
    with database.default().transaction() as cursor:
        # Who joins the file holds this lock as well.
        cursor.execute(
            "select f.id from imaris_files f join imaris_exports e on e.file = f.id "
            "where e.id = %s for update of f",
            (export_id,),
        )
        cursor.execute("delete from imaris_exports where id = %s returning file", (export_id,))
        row = cursor.fetchone()
        if row is None:
            return None
        cursor.execute(
            "update imaris_files set state = 'expired' where id = %s and state = 'ready' "
            "and not exists (select 1 from imaris_exports where file = imaris_files.id) "
            "returning id",
            (row["file"],),
        )
        alone = cursor.fetchone()
        found: UUID | None = alone["id"] if alone else None
        return found


def count_open(user_id: int) -> int:
    """Exports of a user whose files are still to be written."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select count(*) as number from imaris_exports e join imaris_files f on f.id = e.file "
            f"where e.user_id = %s and {_OPEN}",
            (user_id,),
        )
        row = cursor.fetchone()
        return int(row["number"]) if row else 0


# --- attachments ---------------------------------------------------------------------------------


def to_attach(file: UUID | None = None, limit: int = 1000) -> list[Export]:
    """Those whose file is ready and goes to the image, and that no job has yet.

    Args:
        file: of this one; without it, those that wait for more than a minute.
        limit: how many.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select e.* from imaris_exports e join imaris_files f on f.id = e.file "
            "where e.attach and e.attach_job is null and e.annotation is null "
            "and e.cancelled is null and f.state = 'ready' and case when %(file)s::uuid is null "
            "then greatest(f.finished, e.created) < now() - interval '1 minute' "
            "else f.id = %(file)s end order by e.created limit %(limit)s",
            {"file": file, "limit": limit},
        )
        return [Export.from_row(row) for row in cursor.fetchall()]


def give_attach_job(export_id: UUID, job: UUID | None) -> None:
    """Say which job attaches its file."""
    with database.default().transaction() as cursor:
        cursor.execute("update imaris_exports set attach_job = %s where id = %s", (job, export_id))


def attached(export_id: UUID, annotation: int) -> None:
    """Its file is at the image."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "update imaris_exports set annotation = %s where id = %s", (annotation, export_id)
        )


# --- those that are old --------------------------------------------------------------------------


def forget(days: int, limit: int) -> int:
    """Delete the records of exports that ended so long ago, and of files nobody asks for."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "delete from imaris_exports where id in (select e.id from imaris_exports e "
            "join imaris_files f on f.id = e.file where f.cleared is not null "
            "and greatest(e.created, f.finished) < now() - %s * interval '1 day' limit %s)",
            (days, limit),
        )
        count = cursor.rowcount
        cursor.execute(
            "delete from imaris_files f where f.cleared is not null and not exists "
            "(select 1 from imaris_exports e where e.file = f.id)"
        )
        return count


def _file(cursor: Cursor, wanted: Wanted) -> tuple[UUID, bool]:
    fresh = uuid4()
    found = files.wanted(
        cursor, wanted.image_id, wanted.group_id, wanted.fingerprint, wanted.estimate, fresh
    )
    return found, found == fresh
