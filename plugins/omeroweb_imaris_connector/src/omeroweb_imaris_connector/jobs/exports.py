"""Jobs that write files and attach them to images."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from omero_plugin_common import metrics
from omero_plugin_common.errors import NotLoggedIn, Unavailable
from omero_plugin_common.jobs import JobContext, job
from omero_plugin_common.jobs.ending import ended_with_its_job
from omero_plugin_common.omero_errors import omero_error
from omeroweb_imaris_connector.services.attach_file import attach_file
from omeroweb_imaris_connector.services.attach_jobs import start_attaching
from omeroweb_imaris_connector.services.names import ATTACH, QUEUE, WRITE, AttachJob, WriteJob
from omeroweb_imaris_connector.services.write_file import write_file
from omeroweb_imaris_connector.store import files


@job(WRITE, parameters=WriteJob, unit="planes", queue=QUEUE, title="Exporting to Imaris")
def write(context: JobContext) -> dict[str, Any]:
    """Write the file of an image, check it, and offer it."""
    file_id = context.parsed(WriteJob).file
    began = time.monotonic()
    ends = partial(files.end, file_id)
    # A file does not stay in a state that no job works on.
    with ended_with_its_job(context, ends), _session_of_the_job():
        result = write_file(context, file_id)
    metrics.EXPORT_SECONDS.observe(time.monotonic() - began)
    start_attaching(file_id)
    return result


@job(ATTACH, parameters=AttachJob, unit="bytes", queue=QUEUE, title="Attaching the file for Imaris")
def attach(context: JobContext) -> dict[str, Any]:
    """Attach a file to its image in OMERO."""
    with _session_of_the_job():
        return attach_file(context, context.parsed(AttachJob).part)


@contextmanager
def _session_of_the_job() -> Iterator[None]:
    """The session that ended is the job's own: a new attempt has a new one."""
    try:
        yield
    except Exception as error:
        if isinstance(omero_error(error), NotLoggedIn):
            raise Unavailable(
                "The session of this job in OMERO has ended; it begins again with a new one",
                code="session_lost",
            ) from error
        raise
