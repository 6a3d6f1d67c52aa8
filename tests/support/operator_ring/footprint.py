"""What a running operator takes of the machine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from operator_ring.process import OperatorProcess


@dataclass(frozen=True)
class Footprint:
    """One look.

    Attributes:
        resident: Memory in MiB, with what it shares with other processes.
        threads: Threads.
        files: Open files and connections.
        tasks: Tasks of its event loop.
    """

    resident: float
    threads: int
    files: int
    tasks: int

    def __str__(self) -> str:
        return (
            f"{self.resident:.1f} MiB, {self.threads} threads, {self.files} files, "
            f"{self.tasks} tasks"
        )


def at_rest(operator: OperatorProcess) -> Footprint:
    """The least of many looks over a quarter of a minute: passes come and go all the time."""
    looks = []
    for _ in range(50):
        looks.append(footprint(operator))
        time.sleep(0.3)
    return Footprint(
        min(look.resident for look in looks),
        min(look.threads for look in looks),
        min(look.files for look in looks),
        min(look.tasks for look in looks),
    )


def footprint(operator: OperatorProcess) -> Footprint:
    """Look at a process that runs."""
    own = Path("/proc") / str(operator.pid)
    told = dict(
        line.split(":", 1) for line in (own / "status").read_text().splitlines() if ":" in line
    )
    return Footprint(
        int(told["VmRSS"].split()[0]) / 1024,
        int(told["Threads"]),
        len(list((own / "fd").iterdir())),
        int(operator.metric("omero_operator_tasks")),
    )
