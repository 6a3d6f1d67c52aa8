"""What a user does to an upload: confirm, remove files, cancel, try again."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

from omero_plugin_common.errors import BadRequest, Conflict
from omero_plugin_common.jobs.launch import job_store
from omeroweb_upload import configuration
from omeroweb_upload.services import show_upload
from omeroweb_upload.services.at_work import is_at_work
from omeroweb_upload.services.settle import settled, worker_job
from omeroweb_upload.services.transfer_complete import transfer_complete
from omeroweb_upload.services.worker_jobs import start_examine, start_import
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import ENDED, State, Upload
from omeroweb_upload.transfer import paths
from omeroweb_upload.transfer.staging import Staging

_CANCELLABLE: Final[tuple[State, ...]] = (
    "uploading", "checking", "awaiting_confirmation", "ready", "importing",
)  # fmt: skip
_IN_WORDS: Final = {
    "uploading": "its files have not all arrived",
    "checking": "its files are being read",
    "awaiting_confirmation": "it waits for your confirmation",
    "ready": "it is about to be imported",
    "importing": "it is being imported",
    "done": "it has been imported",
    "error": "it ended with an error",
    "cancelled": "it was cancelled",
    "expired": "its files were deleted because nobody went on with it",
}


def confirm(upload: Upload, request_id: str) -> Upload:
    """Import what was found; one that is imported already, or has been, stays as it is.

    Raises:
        Conflict: it has not come that far, or it has ended without an import.
    """
    if upload.state in ("importing", "done"):
        return upload
    if upload.state not in ("awaiting_confirmation", "ready"):
        raise _not_now(upload, "be imported")
    return start_import(upload, upload.state, request_id)


def prune(upload: Upload, keep: Collection[str], request_id: str) -> Upload:
    """Take files out before the import: those that are not named.

    What was found in the others is found again, since files that belong together may have lost one.

    Args:
        upload: the upload.
        keep: paths of files that stay.
        request_id: for the log.

    Raises:
        BadRequest: no file would stay, or a path cannot be used.
        Conflict: it is being read or imported, or has ended.
    """
    if upload.state not in ("uploading", "awaiting_confirmation"):
        raise _not_now(upload, "lose files")
    kept = {paths.usable(path) for path in keep}
    if not uploads.has_any(upload.id, kept):
        raise BadRequest(
            "None of these paths is a file of this upload: to remove all of them, cancel it",
            code="nothing_left",
        )
    removed = uploads.remove_files(upload.id, kept)
    staging = Staging(configuration.staging_folder())
    for path in removed:
        staging.remove_file(upload.id, PurePosixPath(path))
    if upload.state == "uploading":
        return transfer_complete(upload.id) or uploads.by_id(upload.id) or upload
    return start_examine(upload, upload.state, request_id) if removed else upload


def cancel(upload: Upload) -> Upload:
    """End it. What is in OMERO stays; the files that were sent are deleted.

    While a worker has them, they are deleted by the clean-up, once it has stopped.

    Raises:
        Conflict: it has ended already.
    """
    if upload.state == "cancelled":
        return upload
    job = worker_job(upload)
    moved = uploads.move(upload.id, _CANCELLABLE, "cancelled", message="You cancelled it")
    if moved is None:
        raise _not_now(upload, "be cancelled")
    if job is not None:
        job_store().request_cancel(job)
    return moved


def try_again(upload: Upload, request_id: str) -> Upload:
    """Import again what failed, or read the files again where that failed.

    Raises:
        Conflict: nothing failed, the files are no longer there, or a worker has not stopped yet.
    """
    if upload.state not in ENDED:
        raise _not_now(upload, "be tried again")
    if upload.cleared is not None:
        raise Conflict(
            "The files of this upload were deleted from the site: send them again",
            code="files_deleted",
        )
    # It would end what begins now.
    if upload.state == "cancelled" and is_at_work(upload):
        raise Conflict(
            "This upload is still being cancelled: try again in a moment", code="still_cancelling"
        )
    if not show_upload.can_be_tried_again(upload, uploads.totals(upload.id)):
        raise Conflict("Nothing of this upload failed", code="nothing_failed")
    uploads.failed_again(upload.id)
    if not uploads.has_units(upload.id):
        return start_examine(upload, upload.state, request_id)
    return start_import(upload, upload.state, request_id)


def store_sums(upload: Upload, sums: dict[int, str]) -> int:
    """Store the SHA-1 that the browser has computed of files, by their numbers; how many."""
    return uploads.set_browser_sums(upload.id, sums)


def own(job: UUID, user_id: int) -> Upload:
    """An upload of a user as it is now.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return settled(uploads.load(job, user_id))


def _not_now(upload: Upload, what: str) -> Conflict:
    return Conflict(
        f"This upload cannot {what}: {_IN_WORDS[upload.state]}", code=f"upload_{upload.state}"
    )
