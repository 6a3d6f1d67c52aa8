"""Knowing a process again, and ending it and no other.

A process is known by its number together with the moment it started, so that a number that the
kernel has given to someone else is left alone. Everything we start also carries a marker in its
environment: it finds the children of our processes, and those a killed run did not record.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.common.errors import Refusal

MARKER = "OMERO_PLATFORM_CLUSTER"


@dataclass(frozen=True)
class Process:
    """A recorded process of the cluster.

    Attributes:
        pid: Its number.
        started: When it started, in the kernel's ticks since boot.
        boot: Which boot of the machine those ticks count from.
        command: The fingerprint of its command line and the files it reads at start.
    """

    pid: int
    started: int
    boot: str
    command: str

    @property
    def is_running(self) -> bool:
        """Tell whether this very process is still there and no zombie."""
        return self.boot == boot_id() and start_ticks(self.pid) == self.started

    @property
    def age(self) -> float:
        """Return the seconds since it started."""
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
        return uptime - self.started / os.sysconf("SC_CLK_TCK")


def boot_id() -> str:
    """Return what tells this boot of the machine from all others."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def start_ticks(pid: int) -> int | None:
    """Return when a process started, or nothing when there is none or it is a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name is in brackets and may hold anything, brackets and blanks too.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else int(fields[19])


def marked_processes(marker: str) -> Iterator[int]:
    """Yield the processes with a cluster's marker in their environment, zombies left out."""
    wanted = f"{MARKER}={marker}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # Gone since, or another user's.
        if wanted in variables and start_ticks(int(entry.name)) is not None:
            yield int(entry.name)


def stop(process: Process, patience: float = 10.0) -> None:
    """Ask one recorded process to end, and kill it when it does not."""
    if not process.is_running:
        return
    os.kill(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        _reap()
        if start_ticks(process.pid) != process.started:
            return
        time.sleep(0.05)
    kill_and_wait([process.pid])


def kill_and_wait(pids: Sequence[int]) -> None:
    """Kill processes and wait until the kernel has let go of them."""
    before = {pid: ticks for pid in pids if (ticks := start_ticks(pid)) is not None}
    for pid in before:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + 20
    while any(start_ticks(pid) == ticks for pid, ticks in before.items()):
        if time.monotonic() > deadline:
            raise Refusal(f"processes {sorted(before)} do not end although they were killed")
        _reap()
        time.sleep(0.02)


def _reap() -> None:
    """Take leave of children of this very run, which would stay zombies otherwise."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
