"""Jobs whose process ended under them: from Celery's main process, which sees it, to the reaper."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Lost:
    """A process of this worker that ended while it ran a job.

    Attributes:
        job: which.
        worker: the process, as `worker_name` names it.
    """

    job: UUID
    worker: str


# Nothing in it wakes the reaper as well.
LOST: Final[SimpleQueue[Lost | None]] = SimpleQueue()


def worker_name(pid: int) -> str:
    """The name under which a process of this worker takes jobs."""
    return f"{socket.gethostname()}:{pid}"
