"""Before the server is stopped: wait for imports that run, then stop it in order.

    python server_drain.py SECONDS REPOSITORY...

The public image ends its container at SIGTERM before icegridnode has stopped its servers, so
icegridnode is told here, and waited for. What it says goes to the container's log.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import server_work as work

NODE = "icegridnode"
# Part of the pod's time to end that is left for the servers.
STOP_SECONDS = 280


def drain(
    seconds: float,
    folders: Sequence[str],
    say: Callable[[str], object],
    node: str = NODE,
    pause: float = 1,
) -> bool:
    """Wait and stop.

    Args:
        seconds: The longest wait for imports.
        folders: Where they write.
        say: For the log.
        node: Name of the program that runs the servers.
        pause: Seconds between two looks.

    Returns:
        Whether the servers have ended.
    """
    until = time.monotonic() + seconds
    told: list[str] = []
    while busy := work.written_now(folders, time.time()):
        if busy != told:
            say(f"waiting for {len(busy)} files that are being written, such as {busy[0]}")
            told = busy
        if time.monotonic() >= until:
            say(f"{len(busy)} files were still being written after {seconds:.0f} s: {busy[0]}")
            break
        time.sleep(pause)
    nodes = work.processes(node)
    for pid in nodes:
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    while nodes and work.processes(node) and time.monotonic() < until:
        time.sleep(pause)
    return not work.processes(node)


def _say(text: str) -> None:
    with suppress(OSError), Path("/proc/1/fd/1").open("w", encoding="utf-8") as log:
        # The output of a hook is seen by nobody; that of the first process is the container's log.
        log.write(f"omero-server drain: {text}\n")


if __name__ == "__main__":
    drain(float(sys.argv[1]), sys.argv[2:], _say)
