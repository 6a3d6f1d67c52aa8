"""Spectra of an upload that wait for their images, and which images there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from omero_plugin_common import database
from omeroweb_upload.store.uploads import FileState


@dataclass(frozen=True, slots=True)
class Waiting:
    """A spectrum that has arrived.

    Attributes:
        number: its place in the declared list.
        path: relative, with `/`.
        sha1: of the file as the browser computed it.
    """

    number: int
    path: str
    sha1: str | None


def waiting(job: UUID) -> list[Waiting]:
    """The spectra that are not attached yet, in the order in which they were declared."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select number, path, sha1_browser as sha1 from upload_files "
            "where job = %s and role = 'spectrum' and state = 'uploaded' order by number",
            (job,),
        )
        return [Waiting(**row) for row in cursor.fetchall()]


def images(job: UUID) -> dict[str, Sequence[int]]:
    """Ids of the images that files became, by path; none of a file that is not imported.

    All files of units are there, so that a rule that asks how many images a folder has does not
    depend on how many could be imported.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select u.path, case when u.state = 'imported' then u.objects -> 'images' end as ids "
            "from upload_units u where u.job = %s and u.state <> 'removed' order by u.number",
            (job,),
        )
        return {row["path"]: row["ids"] or () for row in cursor.fetchall()}


def settle(
    job: UUID, number: int, state: FileState, message: str, staged: str | None, omero: str | None
) -> None:
    """Store what became of a spectrum.

    Args:
        job: the upload.
        number: of the file.
        state: `attached` or `failed`.
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
