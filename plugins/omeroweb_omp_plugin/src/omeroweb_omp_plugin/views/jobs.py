"""Starting jobs, and watching them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse

from omero_plugin_common.errors import NotFound
from omero_plugin_common.job_views import job_as_json, visible_job
from omero_plugin_common.jobs import Job
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import csv_stream
from omeroweb_omp_plugin.configuration import PLUGIN
from omeroweb_omp_plugin.services import backup, job_words, start_job
from omeroweb_omp_plugin.services import in_omero as showing
from omeroweb_omp_plugin.services.job_parameters import (
    AcquisitionJob,
    SelectionJob,
    StartDeletion,
    StartRestore,
    StartWrite,
)
from omeroweb_omp_plugin.views.limits import LIMIT

_LARGEST_BACKUP_BYTES: Final = 50_000_000


@json_view("POST", body=StartWrite, rate_limit=LIMIT, action="omp.write")
def start_write(request: Any, _caller: Caller, body: StartWrite) -> dict[str, Any]:
    """Write what a preview shows.

    Returns:
        job
    """
    return start_job.start_write(request, body).as_json()


@json_view("POST", body=AcquisitionJob, rate_limit=LIMIT, action="omp.acquisition")
def start_acquisition(request: Any, _caller: Caller, body: AcquisitionJob) -> dict[str, Any]:
    """Copy acquisition metadata into pairs.

    Returns:
        job
    """
    return start_job.start_acquisition(request, body).as_json()


@json_view("POST", body=SelectionJob, rate_limit=LIMIT, action="omp.delete_plugin")
def start_delete_plugin(request: Any, _caller: Caller, body: SelectionJob) -> dict[str, Any]:
    """Remove what the plugin wrote.

    Returns:
        job
    """
    return start_job.start_delete_plugin(request, body).as_json()


@json_view("POST", body=StartDeletion, rate_limit=LIMIT, action="omp.delete_all")
def start_delete_all(request: Any, _caller: Caller, body: StartDeletion) -> dict[str, Any]:
    """Remove all key-value pairs.

    Returns:
        job
    """
    return start_job.start_delete_all(request, body).as_json()


@json_view(
    "POST",
    file="backup",
    limit=_LARGEST_BACKUP_BYTES,
    instead="Restore the stored backup instead: the card of the job that made it has “Restore”; "
    "a script sends the id of that job to restore/stored/",
    rate_limit=LIMIT,
    action="omp.restore",
)
def start_restore(request: Any, _caller: Caller, backup: Any) -> dict[str, Any]:
    """Put back the pairs of a backup of this page.

    Returns:
        job
    """
    return start_job.start_restore(request, backup.read(), backup.name or "").as_json()


@json_view("POST", body=SelectionJob, rate_limit=LIMIT, action="omp.backup")
def start_backup(request: Any, _caller: Caller, body: SelectionJob) -> dict[str, Any]:
    """Store all pairs of a selection's images, under the id of the job.

    Returns:
        job
    """
    return start_job.start_backup(request, body).as_json()


@json_view("GET")
def stored_backup(_request: Any, caller: Caller, job_id: UUID) -> StreamingHttpResponse:
    """A backup that a job has stored, as a file to keep.

    Returns:
        CSV
    """
    stored = start_job.stored_backup(job_id, caller.user_id)
    return csv_stream(backup.stored_as_csv(stored.id), f"{job_words.file_name(stored)}.csv")


@json_view("POST", body=StartRestore, rate_limit=LIMIT, action="omp.restore")
def start_restore_stored(request: Any, _caller: Caller, body: StartRestore) -> dict[str, Any]:
    """Put back the pairs that a job has stored.

    Returns:
        job
    """
    return start_job.start_restore_stored(request, body).as_json()


@json_view("GET")
def in_omero(_request: Any, caller: Caller, job_id: UUID) -> HttpResponseRedirect:
    """The images that a job worked on, in OMERO.web.

    Returns:
        a redirection to OMERO.web, such as `/webclient/?show=dataset-1|dataset-2`
    """
    shown = showing.shown_by(_job_of_ours(job_id, caller))
    return HttpResponseRedirect(f"{reverse('webindex')}?show={shown}")


@json_view("GET")
def progress(_request: Any, caller: Caller, job_id: UUID) -> dict[str, Any]:
    """How far a job of this plugin is.

    Returns:
        job, with "percent"
    """
    job = _job_of_ours(job_id, caller)
    percent = None if not job.total else round(100 * job.done / job.total, 1)
    return job_as_json(job) | {"percent": percent}


def _job_of_ours(job_id: UUID, caller: Caller) -> Job:
    """A job of this plugin.

    Raises:
        NotFound: there is none, it is another plugin's, or the caller may not see it.
    """
    job = visible_job(job_id, caller)
    if job.plugin != PLUGIN:
        raise NotFound("There is no such job; finished jobs are deleted after a while")
    return job
