"""Deleting files that nobody asked for within their time, and what is left of others."""

from __future__ import annotations

import logging
from typing import Final

from omero_plugin_common.jobs.launch import job_store
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.services.attach_jobs import start_attaching
from omeroweb_imaris_connector.services.settle import settle_images
from omeroweb_imaris_connector.store import exports, files
from omeroweb_imaris_connector.volume.places import Volume

LOGGER: Final = logging.getLogger(__name__)
# The list of a user's exports.
HISTORY_DAYS: Final = 90
# What belongs to no file that we know is left alone for this time: its record may be on its way.
_ORPHAN_SECONDS: Final = 3600
_MOST: Final = 500


def clean_up() -> int:
    """One round.

    Returns:
        How many files and parts of files were deleted.

    Raises:
        psycopg2.Error, Unavailable: the plugin database does not answer.
        OSError: something cannot be deleted.
    """
    settle_images(None)
    start_attaching()
    volume = Volume(configuration.export_folder())
    for file in files.old(configuration.keep_seconds(), _MOST):
        files.expire(file.id)
    deleted = 0
    for file in files.to_clear(_MOST):
        job = job_store().get(file.job) if file.job is not None else None
        if job is not None and job.finished is None:
            # It was cancelled, and still writes.
            continue
        volume.delete(file.image_id, file.id)
        files.cleared(file.id)
        deleted += 1
    deleted += _delete_orphans(volume)
    volume.delete_empty(_ORPHAN_SECONDS)
    forgotten = exports.forget(HISTORY_DAYS, _MOST)
    if deleted or forgotten:
        LOGGER.info("exports: %d files deleted, %d records deleted", deleted, forgotten)
    return deleted


def _delete_orphans(volume: Volume) -> int:
    """What killed processes and a restored database have left; how many were deleted."""
    old = [each for each in volume.all() if each.age > _ORPHAN_SECONDS]
    known = files.known([each.file for each in old])
    for each in old:
        if each.file not in known:
            each.path.unlink(missing_ok=True)
    return sum(each.file not in known for each in old)
