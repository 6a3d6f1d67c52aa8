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


_node = ""
# Nothing in it wakes the reaper as well.
LOST: Final[SimpleQueue[Lost | None]] = SimpleQueue()


def node_name() -> str:
    """The name of this worker: Celery's, since the pod of a worker may have several.

    Tests and commands that are no worker are known by the name of the machine alone.
    """
    return _node or socket.gethostname()


def set_node_name(name: str) -> None:
    """Celery says the worker's name before it forks the processes that take jobs."""
    global _node
    _node = name


def worker_name(pid: int) -> str:
    """The name under which a process of this worker takes jobs."""
    return f"{node_name()}:{pid}"
