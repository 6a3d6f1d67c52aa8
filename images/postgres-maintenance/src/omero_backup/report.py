"""The result of a run for the operator: one line of JSON as the pod's termination message."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

# Kubernetes cuts what is longer than 4096 bytes, and what is cut is no JSON.
_MOST_BYTES = 4096
_LONGEST = 1500


def write(action: str, result: str, message: str, **more: Any) -> None:
    """Leave the result where the kubelet reads it; outside a pod nothing is written."""
    path = Path(os.environ.get("TERMINATION_LOG", "/dev/termination-log"))
    if not path.exists():
        return
    message = message[:_LONGEST]
    while len(line := _line(action=action, result=result, message=message, **more)) > _MOST_BYTES:
        # A letter of another alphabet takes six bytes, or twelve.
        message = message[: len(message) * 3 // 4]
    with suppress(OSError):
        path.write_text(line)


def _line(**told: Any) -> str:
    return json.dumps(told) + "\n"
