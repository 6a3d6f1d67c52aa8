"""Long work of a user, done by a worker: survives closed browsers, killed workers and restarts.

The states: queued → running → done | failed | cancelled, with cancelling between running and
cancelled. A job that waits for another one goes back from running to queued.
"""

from omero_plugin_common.jobs.context import JobCancelled, JobContext, JobFailed, JobWaits
from omero_plugin_common.jobs.launch import start
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.registry import job

__all__ = ["Job", "JobCancelled", "JobContext", "JobFailed", "JobWaits", "job", "start"]
