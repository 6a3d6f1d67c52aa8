"""Which files go to their images in OMERO, and which are there."""

from __future__ import annotations

from uuid import UUID

from omero_plugin_common import database
from omeroweb_imaris_connector.store.exports import Export, Part


def missing(file: UUID | None = None, limit: int = 1000) -> list[tuple[Export, Part]]:
    """Parts whose file is ready and goes to the image, and that no job has yet.

    Args:
        file: of this one; without it, those that wait for more than a minute.
        limit: how many.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select p.*, e.user_id, e.user_name, e.attach, e.created "
            "from imaris_parts p join imaris_exports e on e.id = p.export "
            "join imaris_files f on f.id = p.file "
            "where e.attach and p.attach_job is null and p.annotation is null "
            "and p.cancelled is null and f.state = 'ready' and case when %(file)s::uuid is null "
            "then greatest(f.finished, e.created) < now() - interval '1 minute' "
            "else f.id = %(file)s end order by e.created limit %(limit)s",
            {"file": file, "limit": limit},
        )
        return [
            (Export.from_row({**row, "id": row["export"]}), Part.from_row(row))
            for row in cursor.fetchall()
        ]


def give_job(part_id: UUID, job: UUID | None) -> None:
    """Say which job attaches its file."""
    with database.default().transaction() as cursor:
        cursor.execute("update imaris_parts set attach_job = %s where id = %s", (job, part_id))


def done(part_id: UUID, annotation: int) -> None:
    """Its file is at the image."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "update imaris_parts set annotation = %s where id = %s", (annotation, part_id)
        )
