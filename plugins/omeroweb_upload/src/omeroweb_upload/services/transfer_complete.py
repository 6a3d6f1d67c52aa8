"""What happens when the last file of an upload has arrived."""

from __future__ import annotations

from uuid import UUID

from omero_plugin_common.errors import Conflict
from omeroweb_upload.services.worker_jobs import start_examine
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import Upload


def transfer_complete(job: UUID) -> Upload | None:
    """Let a worker read the files, if all of them are there; it may be called at any time.

    Args:
        job: the upload.

    Returns:
        The upload as it is afterwards; nothing when files are still missing.

    Raises:
        psycopg2.Error, Unavailable: the plugin database does not answer; it can be called again.
    """
    if not uploads.is_complete(job):
        return None
    upload = uploads.by_id(job)
    if upload is None or upload.state != "uploading":
        return upload
    try:
        return start_examine(upload, "uploading")
    except Conflict:
        # The file that arrived at the same moment has done it.
        return uploads.by_id(job)
