"""Deleting files of uploads that nobody needs any more; never those of one that is running."""

from __future__ import annotations

import logging
import time
from typing import Final
from uuid import UUID

from omeroweb_upload import configuration
from omeroweb_upload.services.at_work import is_at_work
from omeroweb_upload.services.settle import settled
from omeroweb_upload.store import old_uploads
from omeroweb_upload.transfer.staging import Staging

LOGGER: Final = logging.getLogger(__name__)
# The history of a user's imports.
HISTORY_DAYS: Final = 365


def clean_up() -> int:
    """One round.

    Uploads that wait for their user longer than the site allows expire. Files of uploads that ended
    are deleted, and folders of the staging volume that belong to no upload. Files that OMERO reads
    in place stay, whatever the database says.

    Returns:
        How many folders were deleted.

    Raises:
        psycopg2.Error, Unavailable: the plugin database does not answer.
        OSError: a folder cannot be deleted.
    """
    for upload in old_uploads.worked_on():
        settled(upload)
    limit = configuration.cleanup_max_delete()
    expired = old_uploads.expire(configuration.cleanup_stale_age(), limit)
    staging = Staging(configuration.staging_folder())
    deleted = 0
    for upload in old_uploads.to_clear(configuration.cleanup_max_age(), limit):
        if is_at_work(upload) or not old_uploads.clear(upload):
            continue
        # If this fails, the folder is deleted later, as one without an upload. An older copy of the
        # database may not know that OMERO reads the files; their folder does.
        deleted += staging.delete_job(upload.id)
    deleted += _delete_orphans(staging, limit - deleted)
    forgotten = old_uploads.delete(HISTORY_DAYS, limit)
    if expired or deleted or forgotten:
        LOGGER.info(
            "uploads: %d expired, %d folders deleted, %d records deleted",
            expired, deleted, forgotten,
        )  # fmt: skip
    return deleted


def _delete_orphans(staging: Staging, limit: int) -> int:
    """Folders without an upload, older than what is abandoned; how many were deleted."""
    before = time.time() - configuration.cleanup_stale_age()
    old = [
        job
        for job in staging.jobs()
        if _changed(staging, job) < before and not staging.is_linked(job)
    ]
    orphans = old_uploads.unknown(old)[: max(limit, 0)]
    return sum(map(staging.delete_job, orphans))


def _changed(staging: Staging, job: UUID) -> float:
    """When the folder changed, in seconds since 1970; long ago for one that is half deleted."""
    try:
        return (staging.folder / job.hex).lstat().st_mtime
    except FileNotFoundError:
        return 0.0
