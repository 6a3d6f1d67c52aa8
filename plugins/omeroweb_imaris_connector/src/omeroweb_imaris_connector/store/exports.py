"""Exports: what a user asked for at once, with a part for each image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from omero_plugin_common import database
from omero_plugin_common.database.pool import Cursor
from omeroweb_imaris_connector.store import files

_PARTS: Final = (
    "imaris_parts p join imaris_exports e on e.id = p.export join imaris_files f on f.id = p.file"
)


@dataclass(frozen=True, slots=True)
class Export:
    """A row; see `migrations/0002_several_images.sql`."""

    id: UUID
    user_id: int
    user_name: str
    attach: bool
    created: datetime

    @classmethod
    def from_row(cls, row: Any) -> Export:
        """From a row of `imaris_exports`."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Part:
    """An image of an export; a row of `imaris_parts`."""

    id: UUID
    export: UUID
    place: int
    image_id: int
    image_name: str
    group_id: int
    file: UUID
    planes: int
    attach_job: UUID | None
    annotation: int | None
    cancelled: datetime | None

    @classmethod
    def from_row(cls, row: Any) -> Part:
        """From a row of `imaris_parts`."""
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
        planes: that it has.
    """

    image_id: int
    image_name: str
    group_id: int
    fingerprint: str
    estimate: int
    planes: int


@dataclass(frozen=True, slots=True)
class Made:
    """A part that was made, or made anew.

    Attributes:
        export: to which it belongs.
        part: the part.
        is_new: whether its file is a new one, which somebody has to write.
    """

    export: Export
    part: Part
    is_new: bool


def make(
    user_id: int, user_name: str, exports: Sequence[Sequence[Wanted]], *, attach: bool
) -> list[Made]:
    """New exports of a user, stored together, or none.

    Args:
        user_id: of the user.
        user_name: likewise.
        exports: the images of each.
        attach: whether the files go to the images, too.

    Returns:
        The parts of all, in this order.
    """
    with database.default().transaction() as cursor:
        found = {}
        # In one order, so that two requests for the same images wait for each other only once.
        every = [each for wanted in exports for each in wanted]
        for each in sorted(every, key=lambda one: (one.image_id, one.fingerprint)):
            found[each.image_id] = _file(cursor, each)
        made = []
        for wanted in exports:
            cursor.execute(
                "insert into imaris_exports (id, user_id, user_name, attach, created) "
                "values (%s, %s, %s, %s, clock_timestamp()) returning *",
                (uuid4(), user_id, user_name, attach),
            )
            export = Export.from_row(cursor.fetchone())
            for place, each in enumerate(wanted):
                file, is_new = found[each.image_id]
                cursor.execute(
                    "insert into imaris_parts (id, export, place, image_id, image_name, group_id, "
                    "file, planes) values (%s, %s, %s, %s, %s, %s, %s, %s) returning *",
                    (
                        uuid4(), export.id, place, each.image_id,
                        each.image_name.replace("\0", ""), each.group_id, file, each.planes,
                    ),
                )  # fmt: skip
                made.append(Made(export, Part.from_row(cursor.fetchone()), is_new))
    return made


def again(export: Export, part_id: UUID, wanted: Wanted) -> Made | None:
    """Give a part that has ended the file of its image as it is now.

    Returns:
        The part; nothing when there is no such part any more.
    """
    with database.default().transaction() as cursor:
        file, is_new = _file(cursor, wanted)
        cursor.execute(
            "update imaris_parts set file = %s, image_name = %s, group_id = %s, planes = %s, "
            "cancelled = null, attach_job = null, annotation = null where id = %s returning *",
            (
                file, wanted.image_name.replace("\0", ""), wanted.group_id, wanted.planes, part_id,
            ),
        )  # fmt: skip
        row = cursor.fetchone()
        return Made(export, Part.from_row(row), is_new) if row else None


def cancel(part_id: UUID) -> UUID | None:
    """Its user does not want this image any more.

    Returns:
        The job that writes its file, if nobody else waits for the file: then the file is cancelled,
        too, and who asks for the image from now on gets a new one.
    """
    with database.default().transaction() as cursor:
        # Who joins the file holds this lock as well.
        cursor.execute(
            "select f.id, f.state, f.job from imaris_files f "
            "join imaris_parts p on p.file = f.id where p.id = %s for update of f",
            (part_id,),
        )
        file = cursor.fetchone()
        cursor.execute(
            "update imaris_parts set cancelled = now() where id = %s and cancelled is null",
            (part_id,),
        )
        if file is None or file["state"] != "writing":
            return None
        cursor.execute(
            "update imaris_files set state = 'cancelled', finished = now() where id = %s "
            "and not exists (select 1 from imaris_parts where file = %s and cancelled is null) "
            "returning job",
            (file["id"], file["id"]),
        )
        row = cursor.fetchone()
        job: UUID | None = row["job"] if row else None
        return job


def delete(export_id: UUID) -> list[tuple[int, UUID]]:
    """Forget an export.

    Returns:
        Its files that were ready and that nobody else has asked for, each with its image: they are
        not offered any more.
    """
    with database.default().transaction() as cursor:
        # Who joins a file holds this lock as well, and takes several in the order of their images.
        cursor.execute(
            "select f.id from imaris_files f join imaris_parts p on p.file = f.id "
            "where p.export = %s order by f.image_id, f.fingerprint for update of f",
            (export_id,),
        )
        own = [row["id"] for row in cursor.fetchall()]
        cursor.execute("delete from imaris_exports where id = %s", (export_id,))
        cursor.execute(
            "update imaris_files set state = 'expired' where id = any(%s) and state = 'ready' "
            "and not exists (select 1 from imaris_parts where file = imaris_files.id) "
            "returning image_id, id",
            (own,),
        )
        return [(row["image_id"], row["id"]) for row in cursor.fetchall()]


def count_open(user_id: int) -> int:
    """Images of a user whose files are still to be written."""
    with database.default().transaction() as cursor:
        cursor.execute(
            f"select count(*) as number from {_PARTS} "  # noqa: S608 - a constant of this file
            "where e.user_id = %s and p.cancelled is null and f.state = 'writing'",
            (user_id,),
        )
        row = cursor.fetchone()
        return int(row["number"]) if row else 0


def forget(days: int, limit: int) -> int:
    """Delete the records of exports that ended so long ago, and of files nobody asks for."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "delete from imaris_exports where id in (select e.id from imaris_exports e "
            "where e.created < now() - %(days)s * interval '1 day' and not exists ("
            "select 1 from imaris_parts p join imaris_files f on f.id = p.file "
            "where p.export = e.id and (f.cleared is null "
            "or f.finished >= now() - %(days)s * interval '1 day')) limit %(limit)s)",
            {"days": days, "limit": limit},
        )
        count = cursor.rowcount
        cursor.execute(
            "delete from imaris_files f where f.cleared is not null and not exists "
            "(select 1 from imaris_parts p where p.file = f.id)"
        )
        return count


def _file(cursor: Cursor, wanted: Wanted) -> tuple[UUID, bool]:
    fresh = uuid4()
    found = files.wanted(
        cursor, wanted.image_id, wanted.group_id, wanted.fingerprint, wanted.estimate, fresh
    )
    return found, found == fresh
