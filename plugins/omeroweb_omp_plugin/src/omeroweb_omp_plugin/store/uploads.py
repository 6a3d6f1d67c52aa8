"""Backups that users sent to be restored, until the job that restores them has ended."""

from __future__ import annotations

import uuid
import zlib
from uuid import UUID

from omero_plugin_common import database
from omero_plugin_common.database.own_row import own_row


def save(user_id: int, text: str) -> UUID:
    """Store a file."""
    made = uuid.uuid4()
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omp_uploads (id, user_id, content, expires) "
            "values (%s, %s, %s, now() + interval '40 days')",
            (made, user_id, zlib.compress(text.encode(), level=1)),
        )
    return made


def load(upload: UUID, user_id: int) -> str:
    """A user's file.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = own_row(
        "select content from omp_uploads where id = %s and user_id = %s",
        (upload, user_id),
        "This backup is no longer stored: upload it again",
    )
    return zlib.decompress(row["content"]).decode()
