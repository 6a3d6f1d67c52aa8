"""Pages of the units of an upload."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from omero_plugin_common import database


def units(job: UUID, first: int, most: int) -> list[dict[str, Any]]:
    """Units in the order of their numbers, each with the paths of its files.

    Args:
        job: the upload.
        first: the smallest number.
        most: how many.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select number, path, format, reader, images, plate, state, objects, message, "
            "array(select path from upload_files where upload_files.job = upload_units.job "
            "and upload_files.unit = upload_units.number order by upload_files.number) as files "
            "from upload_units where job = %s and number >= %s order by number limit %s",
            (job, first, most),
        )
        return [dict(row) for row in cursor.fetchall()]
