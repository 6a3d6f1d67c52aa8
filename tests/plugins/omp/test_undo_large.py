"""Writing to 200 000 images and undoing it: every pair goes, in a worker of bounded memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from omero_plugin_common.jobs.model import Job
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.job_parameters import UndoJob, WriteJob
from omeroweb_omp_plugin.services.make_selection import make_selection
from omp_lab import Lab

COUNT = 200_000
# 20 000 images take 162 to write and 188 to undo, 5 000 take 5 less.
MOST_MEGABYTES = 400
NAMES = ParserSettings("separators", "_", ("Line", "Number", "Stain"))
# A worker's process: it works on one job, and says how much memory it had at most. Not by
# `ru_maxrss`, which begins with the memory of the process that started this one.
WORKER = """
import sys
from pathlib import Path
from uuid import UUID
import omeroweb_omp_plugin.jobs
from omero_plugin_common import database
from omero_plugin_common.jobs.runner import run
from omero_plugin_common.jobs.store import JobStore
from omero_plugin_common.jobs.timing import Timing
run(UUID(sys.argv[1]), JobStore(database.default(), Timing()))
lines = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")))
"""


@pytest.fixture(scope="module")
def more_in_lab() -> list[dict[str, Any]]:
    images = {"name": "HeLa_{:06d}_DAPI.tif", "count": COUNT, "size": [8, 8, 1, 1, 1]}
    return [{"owner": "ada", "group": "notes", "datasets": [{"name": "many", "images": [images]}]}]


def worked_on(lab: Lab, job: Job) -> tuple[Job, int]:
    """A job after a worker has worked on it, and the worker's memory in MB."""
    # A session that nobody uses for ten minutes ends, and on a busy machine this takes longer.
    lab.close()
    command = [sys.executable, "-c", WORKER, str(job.id)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=1500)
    done = lab.store().get(UUID(str(job.id)))
    assert done is not None
    assert done.state == "done", done.error_text
    return done, int(told.stdout)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_two_hundred_thousand_images(
    lab: Lab, record_property: Callable[[str, object], None]
) -> None:
    conn = lab.user("ada")
    ada = int(conn.getUserId())
    dataset = lab.one("select d.id from Dataset d where d.name = 'many'", "ada")
    made = make_selection(conn, ada, {"Dataset": [dataset]})
    assert made.images == COUNT
    preview = previewing.make_preview(ada, made.id, NAMES, {}, "add")
    links = "select count(l.id) from ImageAnnotationLink l"
    before = lab.one(links, "ada")

    job, writing = worked_on(
        lab, lab.start("ada", "notes", "omp.write", WriteJob(preview=preview.id))
    )
    assert lab.one(links, "ada") == before + COUNT
    done, undoing = worked_on(lab, lab.start("ada", "notes", "omp.undo", UndoJob(job=job.id)))
    assert done.result == {"images": COUNT, "removed": COUNT}
    assert lab.one(links, "ada") == before
    record_property("megabytes", {"write": writing, "undo": undoing})
    assert max(writing, undoing) <= MOST_MEGABYTES
