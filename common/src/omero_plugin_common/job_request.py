"""A job's message in the worker's main process, which sees how the child ends that works on it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from billiard.einfo import ExceptionInfo, ExceptionWithTraceback
from billiard.exceptions import WorkerLostError
from celery.worker.request import Request

from omero_plugin_common.jobs.lost import LOST, Lost, worker_name

# A child that exits by itself is reported by what it exited with.
_ENDS: Final = (WorkerLostError, SystemExit, KeyboardInterrupt)


class JobRequest(Request):  # type: ignore[misc]
    """Tells the reaper when the child that ran the job is gone (SIGKILL, out of memory)."""

    def on_failure(
        self, exc_info: ExceptionInfo, send_failed_event: bool = True, return_ok: bool = False
    ) -> Any:
        """Celery's own handling puts the message back; the job is given back here."""
        error = exc_info.exception
        if isinstance(error, ExceptionWithTraceback):
            error = error.exc
        if isinstance(error, _ENDS) and self.worker_pid is not None:
            LOST.put(Lost(UUID(self.args[0]), worker_name(self.worker_pid)))
        return super().on_failure(exc_info, send_failed_event, return_ok)
