"""Why the container ended, where the operator finds it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

LOG: Final = Path("/dev/termination-log")
LONGEST: Final = 1000


def explain(command: str, problem: object) -> None:
    """Write one line to standard error and to the pod's termination log.

    Args:
        command: which command of the image ended.
        problem: why; it must not hold a secret.
    """
    line = " ".join(f"omero-web-container {command}: {problem}".split())[:LONGEST]
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
    log = Path(os.environ.get("TERMINATION_LOG", LOG))
    if not log.exists() and "TERMINATION_LOG" not in os.environ:
        # Not in a pod; nothing may be made in /dev.
        return
    try:
        log.write_text(f"{line}\n", encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"cannot write {log}: {error.strerror}\n")
