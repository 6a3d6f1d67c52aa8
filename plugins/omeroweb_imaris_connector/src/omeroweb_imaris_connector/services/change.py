"""Cancelling, repeating and deleting exports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from omero_plugin_common.errors import Conflict
from omero_plugin_common.jobs.launch import job_store
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.services import attach_jobs, show, start
from omeroweb_imaris_connector.store import exports
from omeroweb_imaris_connector.volume.places import Volume


def cancel(export_id: UUID, caller: Any) -> None:
    """Its user does not want it any more. What was begun for nobody else is deleted.

    Of several images, those whose files are there stay.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: it has ended.
    """
    listed = show.one(export_id, caller)
    going = [each for each in listed.parts if show.goes_on(listed.export, each)]
    if not going:
        raise Conflict("This export has ended already", code="ended")
    for each in going:
        for job in (exports.cancel(each.part.id), each.part.attach_job):
            if job is not None:
                job_store().request_cancel(job)


def retry(export_id: UUID, caller: Any) -> None:
    """Export once more the images that have no file, as they are now; attach what was not.

    Raises:
        NotFound: there is none, it is somebody else's, or the images are gone.
        Conflict: it has not ended, or nothing of it failed.
        ApiError: see `start.start`.
    """
    listed = show.one(export_id, caller)
    lost, not_attached = [], []
    for each in listed.parts:
        state, message = show.state_of(listed.export, each)
        if state == "done" and message:
            not_attached.append(each.part)
        elif state in ("failed", "cancelled", "expired"):
            lost.append(each.part)
    if show.goes_on(listed.export, *listed.parts) or not (lost or not_attached):
        raise Conflict("Only an export that failed, was cancelled or expired can be repeated",
                       code="not_failed")  # fmt: skip
    for part in not_attached:
        attach_jobs.start_one(listed.export, part, caller.request_id)
    if lost:
        start.start_again(listed.export, lost, caller)


def delete(export_id: UUID, caller: Any) -> None:
    """Forget an export, and delete its files where nobody else has asked for them.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: it has not ended.
    """
    listed = show.one(export_id, caller)
    if show.goes_on(listed.export, *listed.parts):
        raise Conflict("This export has not ended: cancel it first", code="not_ended")
    volume = Volume(configuration.export_folder())
    for image, file in exports.delete(export_id):
        volume.delete(image, file)
