"""Starting the worker's jobs of an upload: reading its files, and importing them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from omero_plugin_common.errors import Conflict
from omero_plugin_common.jobs.launch import enqueue
from omero_plugin_common.jobs.store import Owner
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import State, Upload

# The workers that have the staging volume take it.
QUEUE: Final = "imports"
EXAMINE: Final = "upload.examine"
IMPORT: Final = "upload.import"


def start_examine(upload: Upload, leaving: State, request_id: str = "") -> Upload:
    """Let a worker read what the files contain.

    Args:
        upload: all of its files have arrived.
        leaving: the state that it has.
        request_id: for the log.

    Raises:
        Conflict: somebody else has moved it on.
        psycopg2.Error, Unavailable: the plugin database does not answer; nothing was started.
    """
    return _start(upload, leaving, "checking", EXAMINE, request_id)


def start_import(upload: Upload, leaving: State, request_id: str = "") -> Upload:
    """Let a worker import the files; arguments and errors as `start_examine`."""
    return _start(upload, leaving, "importing", IMPORT, request_id)


def _start(upload: Upload, leaving: State, state: State, kind: str, request_id: str) -> Upload:
    moved = uploads.move(upload.id, [leaving], state)
    if moved is None:
        raise Conflict(
            "This upload has changed in the meantime: reload the page", code="upload_changed"
        )
    try:
        job = _enqueue(upload, kind, request_id)
    except BaseException:
        # Nothing has it now: it is as it was.
        uploads.move(upload.id, [state], leaving)
        raise
    # The one that the state is about is stored.
    return uploads.move(upload.id, [state], state, examine_job=job, import_job=job) or moved


def _enqueue(upload: Upload, kind: str, request_id: str) -> UUID:
    owner = Owner(upload.user_id, upload.user_name, upload.group_id, request_id)
    files = "1 file" if upload.file_count == 1 else f"{upload.file_count} files"
    return enqueue(kind, owner, {"upload": str(upload.id)}, about=files).id
