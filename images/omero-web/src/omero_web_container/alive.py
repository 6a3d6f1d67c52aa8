"""The probes of the worker pod: is the sign of life young enough, and can it do jobs?"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

# Written every 10 s by omero_plugin_common.heartbeat; not imported here because that would import
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
    """The same, and nothing keeps the worker from doing jobs; a restart would not help it then."""
    if run(file):
        return 1
    try:
        words = problem.read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0
    sys.stderr.write(f"PluginDatabaseUnusable: {words}")
    return 1
