"""Jobs that change the pairs of images."""

from __future__ import annotations

from typing import Any, Final

from omero_plugin_common.jobs import JobContext, JobFailed, job
from omeroweb_omp_plugin.planning.plan import Deletion
from omeroweb_omp_plugin.services import backup, last_written
from omeroweb_omp_plugin.services.backup import BACKUP
from omeroweb_omp_plugin.services.copy_acquisition import copy_acquisition
from omeroweb_omp_plugin.services.delete_pairs import delete_pairs
from omeroweb_omp_plugin.services.job_parameters import (
    AcquisitionJob,
    RestoreJob,
    SelectionJob,
    UndoJob,
    WriteJob,
)
from omeroweb_omp_plugin.services.undo_job import undo_job
from omeroweb_omp_plugin.services.write_pairs import write_pairs
from omeroweb_omp_plugin.store import previews, selections, uploads
from omeroweb_omp_plugin.store.hash_keys import site_keys

# The columns of `steps.Line`.
REPORT: Final = (
    "image_id", "image_name", "outcome", "pairs_written", "sets_removed", "message", "kind",
)  # fmt: skip
UNDO: Final = "omp.undo"


@job(
    "omp.write", parameters=WriteJob, unit="images", report=REPORT, undo=UNDO,
    title="Writing key-value pairs",
)  # fmt: skip
def write(context: JobContext) -> dict[str, Any]:
    """Write what a preview shows."""
    preview = previews.load(context.parsed(WriteJob).preview, context.job.user_id)
    selection = selections.load(preview.selection, context.job.user_id)
    with context.omero() as conn:
        result = write_pairs(context, conn, selection, preview, site_keys())
    last_written.save(context.job.user_id, selection, preview)
    return result


@job(
    "omp.acquisition", parameters=AcquisitionJob, unit="images", report=REPORT, undo=UNDO,
    title="Copying acquisition metadata",
)  # fmt: skip
def acquisition(context: JobContext) -> dict[str, Any]:
    """Copy acquisition metadata into pairs."""
    wanted = context.parsed(AcquisitionJob)
    selection = selections.load(wanted.selection, context.job.user_id)
    with context.omero() as conn:
        return copy_acquisition(context, conn, selection, site_keys(), original=wanted.original)


@job(
    "omp.delete_plugin", parameters=SelectionJob, unit="images", report=REPORT, undo=UNDO,
    title="Deleting what the plugin wrote",
)  # fmt: skip
def delete_plugin(context: JobContext) -> dict[str, Any]:
    """Remove what the plugin wrote."""
    return _delete(context, "plugin")


@job(
    "omp.delete_all", parameters=SelectionJob, unit="images", report=REPORT, undo=UNDO,
    title="Deleting all key-value pairs",
)  # fmt: skip
def delete_all(context: JobContext) -> dict[str, Any]:
    """Remove all key-value pairs."""
    return _delete(context, "all")


@job(
    "omp.restore", parameters=RestoreJob, unit="images", report=REPORT, undo=UNDO,
    title="Restoring a backup",
)  # fmt: skip
def restore(context: JobContext) -> dict[str, Any]:
    """Put a backup back."""
    wanted = context.parsed(RestoreJob)
    with context.omero() as conn:
        if wanted.backup is not None:
            return backup.restore_stored(context, conn, wanted.backup, site_keys())
        if wanted.upload is None:
            raise JobFailed("This job names no backup")
        text = uploads.load(wanted.upload, context.job.user_id)
        return backup.restore_file(context, conn, backup.read(text), site_keys())


@job(BACKUP, parameters=SelectionJob, unit="images", title="Backing up")
def make_backup(context: JobContext) -> dict[str, Any]:
    """Store the pairs of images."""
    wanted = context.parsed(SelectionJob)
    selection = selections.load(wanted.selection, context.job.user_id)
    with context.omero() as conn:
        return backup.make(context, conn, selection)


@job(UNDO, parameters=UndoJob, unit="images", report=REPORT, undo=UNDO, title="Undoing a job")
def undo(context: JobContext) -> dict[str, Any]:
    """Undo a job of these, this one included."""
    with context.omero() as conn:
        return undo_job(context, conn, context.parsed(UndoJob).job)


def _delete(context: JobContext, which: Deletion) -> dict[str, Any]:
    wanted = context.parsed(SelectionJob)
    selection = selections.load(wanted.selection, context.job.user_id)
    with context.omero() as conn:
        return delete_pairs(context, conn, selection, which, site_keys())
