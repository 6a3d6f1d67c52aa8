"""The probes of the worker pod: does its main loop run, does it take messages, can it do jobs?

The operator takes the first word of what a failed probe says, where it is in CamelCase and before a
colon, as the reason of its condition.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

# Written every 5 s by omero_plugin_common.heartbeat; not imported here because that would import
# Celery.
FILE: Final = Path(tempfile.gettempdir()) / "worker-alive"
OLDEST_SECONDS: Final = 60
# Written by omero_plugin_common.readiness: what keeps the worker from doing jobs.
PROBLEM: Final = Path(tempfile.gettempdir()) / "worker-problem"


def run(file: Path = FILE) -> int:
    """Exit code 0 when the worker gave a sign of life within the last minute."""
    try:
        age = time.time() - file.stat().st_mtime
    except FileNotFoundError:
        sys.stderr.write(f"{file} does not exist: the worker has not started, or has stopped\n")
        return 1
    if age > OLDEST_SECONDS:
        sys.stderr.write(f"{file} is {age:.0f} s old: the worker's main loop hangs\n")
        return 1
    return 0


def ready(file: Path = FILE, problem: Path = PROBLEM) -> int:
    """The same, and nothing keeps the worker from messages or jobs; a restart would not help it."""
    if run(file):
        return 1
    queue = file.read_text(encoding="utf-8") if file.exists() else "the worker has stopped"
    if queue:
        sys.stderr.write(f"QueueUnreachable: the worker cannot use its queue in Redis: {queue}\n")
        return 1
    try:
        words = problem.read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0
    sys.stderr.write(f"PluginDatabaseUnusable: {words}")
    return 1
