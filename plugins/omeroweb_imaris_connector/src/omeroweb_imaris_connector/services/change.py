"""Cancelling, repeating and deleting exports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from omero_plugin_common.errors import Conflict
from omero_plugin_common.jobs.launch import job_store
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.planning import states
from omeroweb_imaris_connector.services import attach_jobs, show, start
from omeroweb_imaris_connector.store import exports
from omeroweb_imaris_connector.volume.places import Volume


def cancel(export_id: UUID, caller: Any) -> None:
    """Its user does not want it any more. What was begun for nobody else is deleted.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: it has ended.
    """
    listed = show.one(export_id, caller)
    if show.state_of(listed)[0] in states.ENDED:
        raise Conflict("This export has ended already", code="ended")
    job = exports.cancel(export_id)
    for each in (job, listed.export.attach_job):
        if each is not None:
            job_store().request_cancel(each)


def retry(export_id: UUID, caller: Any) -> None:
    """Export the image once more, as it is now; or attach the file, where only that failed.

    Raises:
        NotFound: there is none, it is somebody else's, or the image is gone.
        Conflict: it has not ended, or nothing of it failed.
        ApiError: see `start.start`.
    """
    listed = show.one(export_id, caller)
    state, message = show.state_of(listed)
    export = listed.export
    if state == "done" and message:
        attach_jobs.start_one(export, caller.request_id)
    elif state in ("failed", "cancelled", "expired"):
        start.start_again(export, caller)
    else:
        raise Conflict("Only an export that failed, was cancelled or expired can be repeated",
                       code="not_failed")  # fmt: skip


def delete(export_id: UUID, caller: Any) -> None:
    """Forget an export, and delete its file where nobody else has asked for it.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: it has not ended.
    """
    listed = show.one(export_id, caller)
    if show.state_of(listed)[0] not in states.ENDED:
        raise Conflict("This export has not ended: cancel it first", code="not_ended")
    alone = exports.delete(export_id)
    if alone is not None:
        Volume(configuration.export_folder()).delete(listed.file.image_id, alone)
