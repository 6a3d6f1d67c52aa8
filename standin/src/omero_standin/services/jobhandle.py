"""JobHandle: the status of a job, as processors set it and clients read it."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import time
from typing import Any, Final

from omero.rtypes import rtime

from omero_standin import refuse
from omero_standin.call import Call, plain
from omero_standin.model.enumeration import enumeration, value_of
from omero_standin.model.store import Row
from omero_standin.saving.given import kind_of
from omero_standin.services.access import need_edit, readable
from omero_standin.services.iupdate import Update
from omero_standin.services.managedrepository import fill_job
from omero_standin.services.stateful import Stateful

_ENDED: Final = ("Finished", "Error", "Cancelled")


class JobHandle(Stateful):
    """One job of one client."""

    def __init__(self) -> None:
        """No job is chosen."""
        self._job: Row | None = None

    def submit(self, call: Call, job: Any) -> Any:
        """Save a new job, and choose it; its id."""
        if job is None or job.id is not None:
            raise refuse.usage("Job must be a new instance.")
        fill_job(call, job)
        saved = Update().saveAndReturnObject(call, job)
        self._job = call.store.get(kind_of(job), plain(saved.id))
        return self._job.id

    def attach(self, call: Call, job_id: int) -> Any:
        """Choose a job; its status."""
        self._job = readable(call, "Job", job_id)
        return self.jobStatus(call)

    def getJob(self, call: Call) -> Any:
        """The job."""
        return call.marshaller().object(self._chosen(), {"status": {}})

    def jobStatus(self, call: Call) -> Any:
        """Its status."""
        return call.marshaller().object(call.store.get(*self._chosen().values["status"]))

    def jobFinished(self, _call: Call) -> Any:
        """When it ended; null while it has not."""
        finished = self._chosen().values.get("finished")
        return None if finished is None else rtime(finished)

    def jobMessage(self, _call: Call) -> Any:
        """Its message."""
        return self._chosen().values.get("message") or ""

    def jobRunning(self, call: Call) -> Any:
        """Whether it is running."""
        return value_of(call.store, self._chosen(), "status") == "Running"

    def jobError(self, call: Call) -> Any:
        """Whether it has failed."""
        return value_of(call.store, self._chosen(), "status") == "Error"

    def cancelJob(self, call: Call) -> None:
        """Say that it is cancelled; whatever runs it looks at that itself."""
        self.setStatus(call, "Cancelled")

    def setStatus(self, call: Call, status: str) -> Any:
        """Set its status; the one it had."""
        return self.setStatusAndMessage(call, status, None)

    def setMessage(self, call: Call, message: str) -> Any:
        """Set its message; the one it had."""
        job = self._chosen()
        need_edit(call, job)
        before = job.values.get("message") or ""
        call.store.update(job, message=message)
        return before

    def setStatusAndMessage(self, call: Call, status: str, message: Any) -> Any:
        """Set both, unless the message is null; the status it had."""
        job = self._chosen()
        need_edit(call, job)
        if not call.store.holding("JobStatus", "value", status):
            raise refuse.usage(f"there is no status {status} of jobs")
        before = value_of(call.store, job, "status") or ""
        now = int(time.time() * 1000)
        changes: dict[str, Any] = {"status": enumeration(call.store, "JobStatus", status)}
        if plain(message) is not None:
            changes["message"] = plain(message)
        if status == "Running":
            changes["started"] = now
        elif status in _ENDED:
            changes["finished"] = now
        call.store.update(job, **changes)
        return before

    def _chosen(self) -> Row:
        if self._job is None:
            raise refuse.usage("JobHandle not ready: Please submit() or attach() to a job.")
        return self._job
