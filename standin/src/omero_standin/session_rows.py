"""Sessions as rows of the model, which queries find, also when they are over.

As events do, they outlive the session; unlike events they are gone with the process.
"""

from __future__ import annotations

import time
import uuid

from omero_standin.model.row import Ref, Row
from omero_standin.model.store import Store
from omero_standin.sessions import Session, Sessions


class SessionRows:
    """A `Session` for each session and the `Node` that they are on."""

    def __init__(self, store: Store, sessions: Sessions) -> None:
        """Each session that begins gets a row; one that ends, its `closed`."""
        self._store = store
        now = _milliseconds(time.time())
        values = {"uuid": str(uuid.uuid4()), "conn": "standin", "up": now}
        self._node = Row("Node", store.reserve("Node", 1), values, 0, 0, now)
        store.load([self._node])
        sessions.on_begin(self._begin)
        sessions.on_end(self._end)

    def limits(self, session: Session) -> None:
        """The time limits of a session have changed."""
        for row in self._store.holding("Session", "uuid", session.uuid):
            self._store.amend(row, timeToIdle=session.idle, timeToLive=session.live)

    def _begin(self, session: Session) -> None:
        started = _milliseconds(session.started)
        values = {
            "uuid": session.uuid,
            "node": self._node.ref,
            "owner": Ref("Experimenter", session.user),
            "sudoer": None if session.sudoer is None else Ref("Experimenter", session.sudoer),
            "timeToIdle": session.idle,
            "timeToLive": session.live,
            "started": started,
            "defaultEventType": "User",
            "userAgent": session.agent,
            "userIP": session.ip,
        }
        self._store.load([Row("Session", session.id, values, 0, 0, started)])

    def _end(self, key: str) -> None:
        for row in self._store.holding("Session", "uuid", key):
            self._store.amend(row, closed=_milliseconds(time.time()))


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
