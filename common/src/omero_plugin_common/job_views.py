"""What pages and scripts ask about jobs."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from omero_plugin_common.errors import BadRequest, Conflict, Forbidden, NotFound
from omero_plugin_common.jobs.launch import job_store, start
from omero_plugin_common.jobs.model import Job, iso
from omero_plugin_common.jobs.registry import report_columns, title_of, undone_by
from omero_plugin_common.rate_limit import RateLimiter
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.steps import report, report_store, undo_store
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import csv_answer

_LIST_LIMIT: Final = 100
_UNDO_LIMIT: Final = RateLimiter("undo")


@json_view("GET")
def list_jobs(request: Any, caller: Caller) -> dict[str, Any]:
    """The newest 100 jobs: of one plugin by `?plugin=`, everybody's by `?all=1` (administrators).

    Returns:
        {"jobs": [job, …]}
    """
    everybody = request.GET.get("all") == "1"
    if everybody and not caller.is_admin:
        raise Forbidden("Only administrators of OMERO see everybody's jobs")
    plugin = request.GET.get("plugin") or None
    if plugin is not None and "\0" in plugin:
        raise BadRequest("`plugin` is not a name")
    jobs = job_store().of_user(None if everybody else caller.user_id, plugin, _LIST_LIMIT)
    return {"jobs": [job_as_json(job) for job in jobs]}


@json_view("GET")
def show_job(_request: Any, caller: Caller, job_id: UUID) -> dict[str, Any]:
    """One job.

    Returns:
        job
    """
    return job_as_json(visible_job(job_id, caller))


@json_view("POST", action="jobs.cancel")
def cancel_job(request: Any, caller: Caller, job_id: UUID) -> dict[str, Any]:
    """Ask a job to stop. Doing it again is no error while the job has not ended.

    Returns:
        job
    """
    visible_job(job_id, caller)
    request.audit.add("job", [str(job_id)])
    job = job_store().request_cancel(job_id)
    if job is None:
        raise _no_such_job()
    if job.state not in ("cancelling", "cancelled"):
        raise Conflict(f"The job has already ended: {job.state}", code="job_ended")
    return job_as_json(job)


@json_view("GET")
def job_log(request: Any, caller: Caller, job_id: UUID) -> dict[str, Any]:
    """At most 500 lines of a job's log, those after the number `?after=`.

    Returns:
        {"lines": [{"n", "time", "level", "text"}, …], "next": N}
    """
    visible_job(job_id, caller)
    after = number_from_query(request, "after")
    lines = job_store().log_after(job_id, after)
    return {
        "lines": [line | {"time": iso(line["time"])} for line in lines],
        "next": lines[-1]["n"] if lines else after,
    }


@json_view("GET")
def job_report(_request: Any, caller: Caller, job_id: UUID) -> HttpResponse:
    """What a job did to each object.

    Returns:
        CSV
    """
    job = visible_job(job_id, caller)
    columns = report_columns(job.kind)
    if columns is None:
        raise NotFound("Jobs of this kind have no report")
    lines = report.as_csv(columns, report_store.lines(job.id))
    return csv_answer(lines, f"report-{job.id}.csv")


@json_view("POST", rate_limit=_UNDO_LIMIT, action="jobs.undo")
def undo_job(request: Any, caller: Caller, job_id: UUID) -> dict[str, Any]:
    """Start a job that undoes one: what it added goes, what it removed comes back.

    Returns:
        job
    """
    job = visible_job(job_id, caller)
    request.audit.add("job", [str(job_id)])
    kind = undone_by(job.kind)
    if kind is None:
        raise NotFound("Jobs of this kind cannot be undone")
    if job.user_id != caller.user_id:
        raise Forbidden(f"This job belongs to {job.user_name}, who alone can undo it")
    if job.finished is None:
        raise Conflict("This job has not ended: cancel it first", code="job_not_ended")
    if not undo_store.is_stored(job.id):
        raise Conflict("This job changed nothing that could be undone", code="nothing_to_undo")
    about = " · ".join(filter(None, [job.title or title_of(job.kind), job.about]))
    parameters = {"job": str(job.id)}
    return job_as_json(start(request, kind, parameters, group_id=job.group_id, about=about))


def visible_job(job_id: UUID, caller: Caller) -> Job:
    """A job, if it is the caller's own or the caller is an administrator.

    Raises:
        NotFound: there is none; somebody else's is answered as one that does not exist.
    """
    job = job_store().get(job_id)
    if job is None or not (caller.is_admin or job.user_id == caller.user_id):
        raise _no_such_job()
    return job


def job_as_json(job: Job) -> dict[str, Any]:
    """A job as pages get it, with the addresses of its report and of what undoes it."""
    has_report = report_columns(job.kind) is not None
    can_be_undone = undone_by(job.kind) and job.finished and job.started

    def address(of: str) -> str:
        return str(reverse(f"omero_plugin_common_job_{of}", args=[job.id]))

    return job.as_json() | {
        # Those of earlier versions were stored without.
        "title": job.title or title_of(job.kind),
        "report": address("report") if has_report else None,
        "undo": address("undo") if can_be_undone else None,
    }


def _no_such_job() -> NotFound:
    return NotFound("There is no such job; finished jobs are deleted after a while")
