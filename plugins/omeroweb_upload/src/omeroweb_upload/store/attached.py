"""Attachments and spectra of an upload, and the images that they can belong to."""

# ruff: noqa: S608 - what is put into the statements is a constant

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from omero_plugin_common import database
from omeroweb_upload.planning.settings import Role
from omeroweb_upload.store.uploads import FileState


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that has arrived and is to be attached.

    Attributes:
        number: its place in the declared list.
        path: relative, with `/`.
        size: in bytes.
        sha1_browser: its SHA-1 as the browser computed it.
    """

    number: int
    path: str
    size: int
    sha1_browser: str | None


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file that was to be imported, and what OMERO has of it.

    Attributes:
        path: relative, with `/`.
        imported: whether the unit that it belongs to is in OMERO.
        images: ids of the unit's images.
        plates: ids of the unit's plates.
        dataset_id: where its images are.
        screen_id: where its plates are.
    """

    path: str
    imported: bool
    images: tuple[int, ...]
    plates: tuple[int, ...]
    dataset_id: int | None
    screen_id: int | None


# The upload and those that it replays, the newest first.
_REPLAYED: Final = (
    "with recursive replayed (job, back) as (select %(job)s::uuid, 0 union all "
    "select replays, back + 1 from replayed join upload_jobs on upload_jobs.id = replayed.job "
    "where replays is not null) "
)


def waiting(job: UUID, role: Role) -> list[Waiting]:
    """The files of a role that are to be attached, in the order in which they were declared."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select number, path, size, sha1_browser from upload_files "
            "where job = %s and role = %s and state = 'uploaded' order by number",
            (job, role),
        )
        return [Waiting(**row) for row in cursor.fetchall()]


def image_files(job: UUID) -> list[ImageFile]:
    """The files of all units, each with what OMERO has of the first unit that it belongs to.

    Of uploads that this one replays, those that are in OMERO.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            f"{_REPLAYED} select f.path, u.state = 'imported' as imported, u.objects, "
            "u.dataset_id, u.screen_id from replayed join upload_files f on f.job = replayed.job "
            "join upload_units u on u.job = f.job and u.number = f.unit "
            "where u.state = 'imported' or (back = 0 and u.state <> 'removed') "
            "order by back, f.number",
            {"job": job},
        )
        return [_image_file(row) for row in cursor.fetchall()]


def images(job: UUID) -> dict[str, Sequence[int]]:
    """Ids of the images that files became, by path; none of a file that is not imported.

    All files of units are there, so that a rule that asks how many images a folder has does not
    depend on how many could be imported. Of uploads that this one replays, those in OMERO.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            f"{_REPLAYED} select u.path, "
            "case when u.state = 'imported' then u.objects -> 'images' end as ids "
            "from replayed join upload_units u on u.job = replayed.job "
            "where u.state = 'imported' or (back = 0 and u.state <> 'removed') "
            # A file that was sent again counts as it is now.
            "order by back desc, u.number",
            {"job": job},
        )
        return {row["path"]: row["ids"] or () for row in cursor.fetchall()}


def settle(
    job: UUID,
    number: int,
    state: FileState,
    message: str,
    *,
    staged: str | None = None,
    omero: str | None = None,
) -> None:
    """Store what became of a file.

    Args:
        job: the upload.
        number: of the file.
        state: `attached`, `failed` or `skipped`.
        message: for its user.
        staged: SHA-1 of the staged file.
        omero: SHA-1 of OMERO's file.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "update upload_files set state = %s, message = %s, "
            "sha1_staged = coalesce(%s, sha1_staged), sha1_omero = coalesce(%s, sha1_omero) "
            "where job = %s and number = %s and state = 'uploaded'",
            (state, message, staged, omero, job, number),
        )


def _image_file(row: Any) -> ImageFile:
    objects: dict[str, Sequence[int]] = row["objects"]
    return ImageFile(
        path=row["path"],
        imported=row["imported"],
        images=tuple(objects.get("images", ())),
        plates=tuple(objects.get("plates", ())),
        dataset_id=row["dataset_id"],
        screen_id=row["screen_id"],
    )
