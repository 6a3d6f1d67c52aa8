"""The work of the plugin's jobs, and what it keeps encrypted."""

from __future__ import annotations

from typing import Any

import omeroweb_omp_plugin.services.extract_values_jobs  # noqa: F401 - declares those that ask AI
from omero_plugin_common import secret_box
from omero_plugin_common.jobs import JobContext, job
from omeroweb_omp_plugin.planning.plan import Deletion
from omeroweb_omp_plugin.services import backup
from omeroweb_omp_plugin.services.acquisition import copy_acquisition
from omeroweb_omp_plugin.services.delete_pairs import delete_pairs
from omeroweb_omp_plugin.services.hash_keys import site_keys
from omeroweb_omp_plugin.services.requests import (
    AcquisitionJob,
    RestoreJob,
    SelectionJob,
    WriteJob,
)
from omeroweb_omp_plugin.services.write_pairs import write_pairs
from omeroweb_omp_plugin.store import previews, selections, uploads

secret_box.declare_column("omp_hash_secret", "id", "secret")


@job("omp.write", parameters=WriteJob, unit="images")
def write(context: JobContext) -> dict[str, Any]:
    """Write what a preview shows."""
    preview = previews.load(context.parsed(WriteJob).preview, context.job.user_id)
    selection = selections.load(preview.selection, context.job.user_id)
    with context.omero() as conn:
        return write_pairs(context, conn, selection, preview, site_keys())


@job("omp.acquisition", parameters=AcquisitionJob, unit="images")
def acquisition(context: JobContext) -> dict[str, Any]:
    """Copy acquisition metadata into pairs."""
    wanted = context.parsed(AcquisitionJob)
    selection = selections.load(wanted.selection, context.job.user_id)
    with context.omero() as conn:
        return copy_acquisition(context, conn, selection, site_keys(), original=wanted.original)


@job("omp.delete_plugin", parameters=SelectionJob, unit="images")
def delete_plugin(context: JobContext) -> dict[str, Any]:
    """Take away what the plugin wrote."""
    return _delete(context, "plugin")


@job("omp.delete_all", parameters=SelectionJob, unit="images")
def delete_all(context: JobContext) -> dict[str, Any]:
    """Take away all key-value pairs."""
    return _delete(context, "all")


@job("omp.restore", parameters=RestoreJob, unit="images")
def restore(context: JobContext) -> dict[str, Any]:
    """Put a backup back."""
    text = uploads.load(context.parsed(RestoreJob).upload, context.job.user_id)
    with context.omero() as conn:
        return backup.restore(context, conn, backup.read(text))


def _delete(context: JobContext, which: Deletion) -> dict[str, Any]:
    wanted = context.parsed(SelectionJob)
    selection = selections.load(wanted.selection, context.job.user_id)
    with context.omero() as conn:
        return delete_pairs(context, conn, selection, which, site_keys())
