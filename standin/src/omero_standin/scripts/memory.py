"""The memory of sessions: named values that a script gets (inputs) and gives back (outputs)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from omero_standin.sessions import Sessions


@dataclass(slots=True)
class Memory:
    """What one session holds, as Ice values."""

    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)


class Memories:
    """The memory of all sessions; it goes with the session."""

    def __init__(self, sessions: Sessions) -> None:
        """Sessions that end are forgotten."""
        self._lock = threading.Lock()
        self._held: dict[str, Memory] = {}
        sessions.on_end(self._forget)

    def of(self, session: str) -> Memory:
        """The memory of a session."""
        with self._lock:
            return self._held.setdefault(session, Memory())

    def _forget(self, session: str) -> None:
        with self._lock:
            self._held.pop(session, None)
