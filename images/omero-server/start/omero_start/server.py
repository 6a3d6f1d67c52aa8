"""OMERO.server as a child of this process, which stops it in order.

`omero admin start --foreground` waits for icegridnode and dies at once of SIGTERM. Its container
would end with it, and with the container, by SIGKILL, every server that icegridnode was stopping.
"""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import FrameType


def run(environment: Mapping[str, str], lock: int) -> int:
    """Start the server and wait for its end.

    Args:
        environment: Its environment.
        lock: The volume's lock, which its processes inherit; -1 for none.

    Returns:
        The exit code; 0 when it ended because it was told to.
    """
    child = subprocess.Popen(
        ["omero", "admin", "start", "--foreground"],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        pass_fds=[lock] if lock >= 0 else [],
        # Signals to the process group of PID 1 do not reach it.
        start_new_session=True,
    )
    told = []

    def stop(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        # Before icegridnode exists there is nothing to stop in order.
        for process in children(child.pid) or [child.pid]:
            os.kill(process, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    code = child.wait()
    return 0 if told else code


def children(parent: int) -> list[int]:
    """Processes that a process has started and that have not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # The name of the program, in parentheses, may hold anything.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(entry.name))
    return found
