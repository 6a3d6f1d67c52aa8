"""A circuit breaker: while a server does not answer, OMERO.server or Redis, nobody waits for it.

Michael Nygard's pattern of this name ("Release It!"): the first request that gets no answer opens
the circuit, the following ones are refused at once, and one thread asks until the server answers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from omero_plugin_common.omero_client import ServerAway

LOGGER: Final = logging.getLogger(__name__)
ASK_SECONDS: Final = 1.0
# A call that was under way is ended after this time without any answer: longer than a collection of
# garbage in a large Java heap takes.
GIVE_UP_SECONDS: Final = 15.0


class Circuit:
    """Whether one server may be asked."""

    def __init__(
        self,
        name: str,
        answers: Callable[[], bool],
        give_up: Callable[[float], object] = lambda _since: None,
        *,
        ask_seconds: float = ASK_SECONDS,
        give_up_seconds: float = GIVE_UP_SECONDS,
    ) -> None:
        """Closed at first: everybody may ask.

        Args:
            name: the server, as log lines begin: `OMERO.server a:4064`, `Redis`.
            answers: asks the server, within a few seconds.
            give_up: ends the calls that began before a time of `time.monotonic()`.
            ask_seconds: how long it waits between two questions while it is open.
            give_up_seconds: how long it is open before it gives up what is under way.
        """
        self._name = name
        self._answers = answers
        self._give_up = give_up
        self._ask_seconds = ask_seconds
        self._give_up_seconds = give_up_seconds
        self._lock = threading.Lock()
        self._open = False

    @property
    def is_open(self) -> bool:
        """Whether nobody may ask now."""
        return self._open

    def check(self) -> None:
        """Refuse at once while the circuit is open.

        Raises:
            ServerAway: the server did not answer the last question.
        """
        if self._open:
            raise ServerAway(self._name)

    def failed(self, reason: str) -> None:
        """The server did not answer somebody: nobody asks any more until it answers.

        Args:
            reason: the name of what was raised.
        """
        with self._lock:
            if self._open:
                return
            self._open = True
        LOGGER.warning("%s does not answer: %s", self._name, reason)
        threading.Thread(target=self._wait_for_answer, name="circuit", daemon=True).start()

    def ask(self) -> None:
        """Ask whether the server answers, where nobody has asked lately."""
        if not self._open and not self._answers():
            self.failed("a question of the circuit")

    def _has_answer(self) -> bool:
        try:
            return self._answers()
        except Exception:
            # Nobody else would close the circuit: the thread must go on.
            LOGGER.exception("%s cannot be asked", self._name)
            return False

    def _wait_for_answer(self) -> None:
        opened = time.monotonic()
        given_up = False
        while not self._has_answer():
            if not given_up and time.monotonic() - opened >= self._give_up_seconds:
                given_up = True
                self._give_up(opened)
            time.sleep(self._ask_seconds)
        self._open = False
        LOGGER.warning("%s answers again, after %.0f s", self._name, time.monotonic() - opened)
