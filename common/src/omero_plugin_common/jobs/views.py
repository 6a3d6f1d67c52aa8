"""What the page asks about jobs."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from omero_plugin_common.errors import BadRequest, Conflict, Forbidden, NotFound
from omero_plugin_common.jobs.launch import job_store
from omero_plugin_common.jobs.model import Job, iso
from omero_plugin_common.web import Caller, json_view

_LIST_LIMIT: Final = 100
_LARGEST: Final = 2**63 - 1


@json_view("GET")
def list_jobs(request: Any, caller: Caller) -> dict[str, Any]:
    """`?plugin=` one plugin's; `?all=1` everybody's, for administrators. The newest 100."""
    everybody = request.GET.get("all") == "1"
    if everybody and not caller.is_admin:
        raise Forbidden("Only administrators of OMERO see everybody's jobs")
    plugin = request.GET.get("plugin") or None
    if plugin is not None and "\0" in plugin:
        raise BadRequest("`plugin` is not a name")
    found = job_store().of_user(None if everybody else caller.user_id, plugin, _LIST_LIMIT)
    return {"jobs": [job.as_json() for job in found]}


@json_view("GET")
def show_job(_request: Any, caller: Caller, job_id: UUID) -> dict[str, Any]:
    """One job."""
    return _visible(job_id, caller).as_json()


@json_view("POST", action="jobs.cancel")
def cancel_job(request: Any, caller: Caller, job_id: UUID) -> dict[str, Any]:
    """Ask it to stop. Again is no error while it has not ended."""
    _visible(job_id, caller)
    request.audit.add("job", [str(job_id)])
    job = job_store().request_cancel(job_id)
    if job is None:
        raise _no_such_job()
    if job.state not in ("cancelling", "cancelled"):
        raise Conflict(f"The job has already ended: {job.state}", code="job_ended")
    return job.as_json()


@json_view("GET")
def job_log(request: Any, caller: Caller, job_id: UUID) -> dict[str, Any]:
    """`?after=N` lines after that number."""
    _visible(job_id, caller)
    text = request.GET.get("after") or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= _LARGEST):
        raise BadRequest("`after` must be the number of a line")
    lines = job_store().log_after(job_id, int(text))
    return {
        "lines": [line | {"time": iso(line["time"])} for line in lines],
        "next": lines[-1]["n"] if lines else int(text),
    }


def _visible(job_id: UUID, caller: Caller) -> Job:
    """The job, if it is the caller's own or the caller is an administrator.

    Somebody else's is answered as one that does not exist.
    """
    job = job_store().get(job_id)
    if job is None or not (caller.is_admin or job.user_id == caller.user_id):
        raise _no_such_job()
    return job


def _no_such_job() -> NotFound:
    return NotFound("There is no such job; finished jobs are deleted after a while")
