"""Processors that clients have added: `omero script serve`, and programs with one of their own.

Such a processor runs in its client's process and is called over the client's connection. It is
asked whether it takes a job, answers through a callback, and is given what it has accepted
(`ProcessorCallbackI` of https://github.com/ome/omero-blitz).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import Ice

if TYPE_CHECKING:
    from omero_standin.sessions import Sessions

log = logging.getLogger(__name__)
_ANSWER_MS: Final = 10_000
_LOOK_SECONDS: Final = 0.2
# What a script that was lost with its processor has ended with.
_LOST: Final = -1


@dataclass(frozen=True, slots=True)
class Added:
    """One processor of one session."""

    session: str
    user: int
    admin: bool
    proxy: Any
    # Makes a proxy of something else that the same client serves.
    over: Callable[[Any], Any]


class AddedProcessors:
    """All of them; they go with their sessions."""

    def __init__(self, sessions: Sessions) -> None:
        """Nobody has added one."""
        self._lock = threading.Lock()
        self._held: dict[Any, Added] = {}
        sessions.on_end(self._forget)

    def add(self, added: Added) -> None:
        """One more."""
        with self._lock:
            self._held[added.proxy.ice_getIdentity()] = added

    def remove(self, identity: Any) -> None:
        """One less; one that is gone stays gone."""
        with self._lock:
            self._held.pop(identity, None)

    def of(self, user: int) -> list[Added]:
        """Those that may run what a user runs: the user's own, and administrators'."""
        with self._lock:
            return [each for each in self._held.values() if each.admin or each.user == user]

    def _forget(self, session: str) -> None:
        with self._lock:
            for identity in [key for key, each in self._held.items() if each.session == session]:
                del self._held[identity]


class RemoteChild:
    """A script that runs in an added processor, with what a child process of ours can do.

    The processor keeps the streams and sets the job's status itself.
    """

    is_own: Final = False

    def __init__(self, process: Any) -> None:
        """`process` is the proxy that the processor answered with."""
        self._process = process
        self.stopped: str | None = None

    def when_ended(self, told: Callable[[int], None]) -> None:
        """Call `told` with the exit code, from another thread."""
        threading.Thread(target=lambda: told(self._ended()), daemon=True).start()

    def stop(self, why: str) -> bool:
        """Ask the script to end; false when it had ended by itself."""
        return self._end("cancel", why)

    def kill(self) -> bool:
        """End it at once; false when it had ended by itself."""
        return self._end("kill", "killed")

    def clean(self) -> None:
        """The processor removes its folder."""

    def _end(self, how: str, why: str) -> bool:
        try:
            if self._process.poll() is not None:
                return False
            self.stopped = self.stopped or why
            getattr(self._process, how)()
        except Ice.Exception as error:
            log.info("the processor of a script is gone: %s", type(error))
            return False
        return True

    def _ended(self) -> int:
        """The exit code. It is polled: a client that waits could not be asked to cancel."""
        try:
            while (code := self._process.poll()) is None:
                time.sleep(_LOOK_SECONDS)
        except Ice.Exception as error:
            log.info("the processor of a script is gone: %s", type(error))
            self.stopped = self.stopped or "the processor is gone"
            return _LOST
        return int(code.val)


def asked(added: Added, user: Any, group: Any, job: Any, callback: Any) -> None:
    """Ask a processor whether it takes a job; it answers through the callback."""
    try:
        proxy = added.proxy.ice_invocationTimeout(_ANSWER_MS)
        proxy.willAccept(user, group, job, callback)
    except Ice.Exception as error:
        log.info("a processor does not answer: %s", type(error))
