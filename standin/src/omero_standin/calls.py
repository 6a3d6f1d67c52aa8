"""What happens to a call before it is answered: it is counted, and may meet a fault on order.

Both are for tests: a page or a job has a budget of calls, and must live with a lost session, a
slow server, a refusal.
"""

from __future__ import annotations

import fnmatch
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import Glacier2
import omero

from omero_standin import refuse
from omero_standin.sessions import Session, Sessions

LOST, SLOW, REFUSED = "lost", "slow", "refused"
KINDS: Final = (LOST, SLOW, REFUSED)
LOGIN: Final = "Router.createSession"


@dataclass
class Fault:
    """What the next calls meet whose `Interface.operation` matches a pattern with `*`.

    A command is called `Command.Delete2`, and so on; a refused one is answered by an `ERR`.

    `lost` ends the session, `slow` waits some seconds, `refused` answers with an exception of OMERO
    (`error`, a name like `SecurityViolation`). After `times` calls it is over.
    """

    call: str
    kind: str
    times: int = 1
    seconds: float = 0.0
    error: str = "SecurityViolation"
    message: str = "refused because a test asked for it"
    # The uuid of the session or the id of the user that it is for; everybody's without.
    session: str = ""

    def __post_init__(self) -> None:
        """Refuse what makes no sense, at once and not when it is met."""
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r} is not one of {', '.join(KINDS)}")
        raised = getattr(omero, self.error, None)
        if not (isinstance(raised, type) and issubclass(raised, omero.ServerError)):
            raise ValueError(f"error {self.error!r} is not an exception of OMERO")


class Calls:
    """Counts and faults of one server."""

    def __init__(self, sessions: Sessions) -> None:
        """A lost session is one of `sessions`."""
        self._sessions = sessions
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._faults: list[Fault] = []

    def count(self, interface: str, operation: str) -> None:
        """Count a call."""
        with self._lock:
            self._counts[f"{interface}.{operation}"] += 1

    def counts(self) -> dict[str, int]:
        """Calls so far, by `Interface.operation`."""
        with self._lock:
            return dict(self._counts)

    def forget(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self._counts.clear()

    def order(self, fault: Fault) -> None:
        """The next matching calls meet a fault."""
        with self._lock:
            self._faults.append(fault)

    def faults(self) -> list[Fault]:
        """The faults that are still to come."""
        with self._lock:
            return list(self._faults)

    def cancel(self) -> None:
        """No faults any more."""
        with self._lock:
            self._faults.clear()

    def meet(self, interface: str, operation: str, session: Session) -> None:
        """Let a call meet what is ordered for it; nothing is locked meanwhile."""
        if not self._faults:
            return
        fault = self._take(f"{interface}.{operation}", session)
        if fault is None:
            return
        if fault.kind == SLOW:
            time.sleep(fault.seconds)
        elif fault.kind == LOST:
            self._sessions.end(session.uuid)
            raise refuse.session_gone(session.uuid)
        else:
            raised: Any = getattr(omero, fault.error)
            raise raised("", fault.error, fault.message)

    def meet_login(self) -> None:
        """Let a login meet what is ordered for `Router.createSession`, by this name alone.

        Refused, it is as by a router whose OMERO.server does not answer: SessionRouterI.cpp of
        Glacier2 3.6 says so of any failure of what checks the password.

        Raises:
            Glacier2.PermissionDeniedException: it is refused.
        """
        fault = self._take(LOGIN)
        if fault is None:
            return
        if fault.kind == SLOW:
            time.sleep(fault.seconds)
        else:
            raise Glacier2.PermissionDeniedException("internal server error")

    def _take(self, name: str, session: Session | None = None) -> Fault | None:
        who = {""} if session is None else {"", session.uuid, str(session.user)}
        with self._lock:
            for fault in self._faults:
                # A pattern with `*` is for the calls of a session.
                named = fault.call == name if session is None else fault.call != LOGIN
                if named and fault.session in who and fnmatch.fnmatchcase(name, fault.call):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None
