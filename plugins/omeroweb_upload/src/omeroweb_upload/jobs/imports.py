"""Jobs that read the files of an upload and import them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from omero_plugin_common.jobs import JobContext, job
from omero_plugin_common.jobs.ending import Ending, ended_with_its_job
from omeroweb_upload.services import finish_import
from omeroweb_upload.services.examine import examine as examine_files
from omeroweb_upload.services.import_turn import take_turn
from omeroweb_upload.services.import_units import import_units
from omeroweb_upload.services.job_parameters import UploadJob
from omeroweb_upload.services.worker_jobs import EXAMINE, IMPORT, QUEUE
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import State, Upload

# Workers are restarted while a large import goes on for days.
_ATTEMPTS = 30


@job(EXAMINE, parameters=UploadJob, unit="files", queue=QUEUE, title="Reading uploaded files")
def examine(context: JobContext) -> dict[str, Any]:
    """Ask Bio-Formats what the files are."""
    upload = uploads.by_id(context.parsed(UploadJob).upload)
    if upload is None or upload.state != "checking":
        return {}
    with _ended_with_its_job(context, upload, "checking"):
        return examine_files(context, upload)


@job(
    IMPORT, parameters=UploadJob, unit="bytes", queue=QUEUE, attempts=_ATTEMPTS,
    title="Importing uploaded files",
)  # fmt: skip
def import_(context: JobContext) -> dict[str, Any]:
    """Import the files, and what belongs to them."""
    upload = uploads.move(
        context.parsed(UploadJob).upload, {"ready", "importing"}, "importing",
        import_job=context.job.id,
    )  # fmt: skip
    if upload is None:
        return {}
    with _ended_with_its_job(context, upload, "importing"):
        take_turn(context)
        with context.omero() as conn:
            counts = import_units(context, upload, conn)
            return finish_import.finish(context, upload, conn, counts)


def _ended_with_its_job(
    context: JobContext, upload: Upload, state: State
) -> AbstractContextManager[None]:
    """An upload does not stay in a state that no job works on."""

    def end(how: Ending, words: str) -> None:
        if how == "cancelled":
            uploads.move(upload.id, {state}, "cancelled")
        else:
            uploads.move(upload.id, {state}, "error", message=words)

    return ended_with_its_job(context, end)
