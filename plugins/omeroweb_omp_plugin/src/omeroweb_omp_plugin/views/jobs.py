"""Starting jobs, watching them, and fetching what they did."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpResponse
from pydantic import Field

from omero_plugin_common import jobs
from omero_plugin_common.errors import BadRequest, NotFound
from omero_plugin_common.jobs.launch import job_store
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.web import Body, Caller, json_view
from omeroweb_omp_plugin.planning import report
from omeroweb_omp_plugin.services import backup, start_job
from omeroweb_omp_plugin.services.requests import (
    AcquisitionJob,
    Id,
    RestoreJob,
    SelectionJob,
    WriteJob,
)
from omeroweb_omp_plugin.settings import PLUGIN
from omeroweb_omp_plugin.store import previews, reports, selections, uploads
from omeroweb_omp_plugin.views.limits import LIMIT
from omeroweb_omp_plugin.views.selections import as_file

_LARGEST_BACKUP_BYTES: Final = 50_000_000
Password = Annotated[str, Field(max_length=1000, repr=False)]
Typed = Annotated[str, Field(max_length=100)]


class StartWrite(Body):
    """Password and confirmation are needed when the preview replaces all pairs."""

    preview: Id
    password: Password = ""
    confirmation: Typed = ""


class StartDeletion(Body):
    """Images, and what shows that the user means it."""

    selection: Id
    password: Password = ""
    confirmation: Typed = ""


@json_view("POST", body=StartWrite, rate_limit=LIMIT, action="omp.write")
def start_write(request: Any, caller: Caller, body: StartWrite) -> dict[str, Any]:
    """Write what a preview shows."""
    preview = previews.load(body.preview, caller.user_id)
    group = _checked(request, caller, preview.selection)
    if preview.mode == "replace_all":
        start_job.check_confirmed(caller.user_name, "replace_all", body.password, body.confirmation)
    selections.keep_for_a_job(preview.selection, caller.user_id)
    what = WriteJob(preview=previews.copy(preview.id, caller.user_id))
    return jobs.start(request, "omp.write", what, group_id=group).as_json()


@json_view("POST", body=AcquisitionJob, rate_limit=LIMIT, action="omp.acquisition")
def start_acquisition(request: Any, caller: Caller, body: AcquisitionJob) -> dict[str, Any]:
    """Copy acquisition metadata."""
    group = _checked(request, caller, body.selection)
    selections.keep_for_a_job(body.selection, caller.user_id)
    return jobs.start(request, "omp.acquisition", body, group_id=group).as_json()


@json_view("POST", body=SelectionJob, rate_limit=LIMIT, action="omp.delete_plugin")
def start_delete_plugin(request: Any, caller: Caller, body: SelectionJob) -> dict[str, Any]:
    """Take away what the plugin wrote."""
    group = _checked(request, caller, body.selection)
    selections.keep_for_a_job(body.selection, caller.user_id)
    return jobs.start(request, "omp.delete_plugin", body, group_id=group).as_json()


@json_view("POST", body=StartDeletion, rate_limit=LIMIT, action="omp.delete_all")
def start_delete_all(request: Any, caller: Caller, body: StartDeletion) -> dict[str, Any]:
    """Take away all key-value pairs."""
    group = _checked(request, caller, body.selection)
    start_job.check_confirmed(caller.user_name, "delete_all", body.password, body.confirmation)
    selections.keep_for_a_job(body.selection, caller.user_id)
    what = SelectionJob(selection=body.selection)
    return jobs.start(request, "omp.delete_all", what, group_id=group).as_json()


@json_view("POST", limit=_LARGEST_BACKUP_BYTES, rate_limit=LIMIT, action="omp.restore")
def start_restore(request: Any, caller: Caller) -> dict[str, Any]:
    """Put back the pairs of a backup, the file `backup` of a form."""
    if "backup" not in request.FILES:
        raise BadRequest("Send a backup of this page as the file `backup`")
    try:
        text = request.FILES["backup"].read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest("This file is not UTF-8 text: choose a backup of this page") from None
    images = [each.id for each in backup.images_in(backup.read(text))]
    request.audit.add("Image", images)
    group = start_job.check_may_start(caller.conn, caller.is_admin, images)
    what = RestoreJob(upload=uploads.save(caller.user_id, text))
    return jobs.start(request, "omp.restore", what, group_id=group).as_json()


@json_view("GET")
def progress(_request: Any, caller: Caller, job_id: UUID) -> dict[str, Any]:
    """How far a job is."""
    job = _own(job_id, caller)
    percent = None if not job.total else round(100 * job.done / job.total, 1)
    return job.as_json() | {"percent": percent}


@json_view("GET")
def report_csv(_request: Any, caller: Caller, job_id: UUID) -> HttpResponse:
    """What a job did to each image."""
    job = _own(job_id, caller)
    text = report.header() + "".join(report.as_csv(reports.lines(job.id)))
    return as_file(text, f"report-{job.id}.csv")


def _checked(request: Any, caller: Caller, selection: UUID) -> int:
    """The group to work in, for images that the caller may work on."""
    images = [each.id for each in selections.load(selection, caller.user_id).images]
    request.audit.add("Image", images)
    return start_job.check_may_start(caller.conn, caller.is_admin, images)


def _own(job_id: UUID, caller: Caller) -> Job:
    """A job of this plugin; somebody else's is answered as one that does not exist."""
    job = job_store().get(job_id)
    mine = job is not None and (caller.is_admin or job.user_id == caller.user_id)
    if job is None or not mine or job.plugin != PLUGIN:
        raise NotFound("There is no such job; finished jobs are deleted after a while")
    return job
