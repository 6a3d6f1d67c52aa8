"""The probes of the worker pod: does its main loop run, does it take messages, can it do jobs?

The operator takes the first word of what a failed probe says, where it is in CamelCase and before a
colon, as the reason of its condition. It learns of them by Events, of which the kubelet sends 25
for a pod, and then one in five minutes. So the probes of a worker that starts, or cannot work, look
for a while before they fail: a container has two Events in a minute, and recovers at once.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

# Written every 5 s by omero_plugin_common.heartbeat; not imported here because that would import
# Celery.
FILE: Final = Path(tempfile.gettempdir()) / "worker-alive"
OLDEST_SECONDS: Final = 60
# Written by omero_plugin_common.readiness: what keeps the worker from doing jobs.
PROBLEM: Final = Path(tempfile.gettempdir()) / "worker-problem"


# Shorter than the time-outs of the probes, in `desired/celery.py` of the operator.
SECONDS_TO_START: Final = 25.0
SECONDS_TO_BE_READY: Final = 20.0
_PAUSE: Final = 0.5


def run() -> int:
    """Exit code 0 when the worker gave a sign of life within the last minute."""
    return _exit_code(problem_of_life, 0)


def started() -> int:
    """Exit code 0 as soon as the worker gives a sign of life, within some time."""
    return _exit_code(problem_of_life, SECONDS_TO_START)


def ready() -> int:
    """Exit code 0 as soon as nothing keeps the worker from jobs; a restart would not help it."""
    return _exit_code(problem_of_work, SECONDS_TO_BE_READY)


def problem_of_life(file: Path = FILE) -> str:
    """What is wrong with the worker's sign of life; nothing when it is a minute old at most."""
    try:
        age = time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return f"{file} does not exist: the worker has not started, or has stopped"
    if age > OLDEST_SECONDS:
        return f"{file} is {age:.0f} s old: the worker's main loop hangs"
    return ""


def problem_of_work(file: Path = FILE, problem: Path = PROBLEM) -> str:
    """What keeps the worker from messages or jobs, if anything does."""
    if found := problem_of_life(file):
        return found
    queue = file.read_text(encoding="utf-8") if file.exists() else "the worker has stopped"
    if queue:
        return f"QueueUnreachable: the worker cannot use its queue in Redis: {queue}"
    try:
        words = problem.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    return f"PluginDatabaseUnusable: {words}"


def _exit_code(look: Callable[[], str], seconds: float) -> int:
    until = time.monotonic() + seconds
    while (problem := look()) and time.monotonic() < until:
        time.sleep(_PAUSE)
    if problem:
        sys.stderr.write(f"{problem}\n")
    return 1 if problem else 0
