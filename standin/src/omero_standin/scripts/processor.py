"""The processor: so many scripts at once, each with the session of the one who runs it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from omero_standin import refuse
from omero_standin.binary.folder import SCRIPTS
from omero_standin.scripts.process import ScriptChild
from omero_standin.sessions import Session

if TYPE_CHECKING:
    from omero_standin.kernel import Kernel

# How many scripts run at once; 0 is a server without a processor.
PROCESSORS: Final = "omero.standin.processors"
# Whether scripts that users have uploaded run as well: in OMERO only while they run
# `omero script serve`.
USER_SCRIPTS: Final = "omero.standin.user_scripts"
WAIT_SECONDS: Final = 5
_TIMEOUT: Final = "omero.scripts.timeout"
_DEFAULT_TIMEOUT: Final = "3600000"


class Processor:
    """Runs scripts. A place is taken before a script starts, and free again after it ends."""

    def __init__(self, kernel: Kernel) -> None:
        """The kernel's configuration says how many places there are, at any moment."""
        self._kernel = kernel
        self._free = threading.Condition()
        self._running: set[ScriptChild] = set()
        self._taken = 0

    @property
    def places(self) -> int:
        """How many scripts may run at once."""
        return int(self._kernel.config.get(PROCESSORS, "4"))

    def take(self, seconds: float) -> None:
        """Take a place; a NoProcessorAvailable when none gets free in time."""
        with self._free:
            if not self._free.wait_for(lambda: self._taken < self.places, timeout=seconds):
                # Our one processor answers that it is busy, where there is one.
                raise refuse.no_processor(min(1, self.places))
            self._taken += 1

    def start(self, text: bytes, session: Session, properties: dict[str, str]) -> ScriptChild:
        """Start a script on a place that was taken."""
        given = {
            "omero.user": session.uuid,
            "omero.pass": session.uuid,
            "Ice.Default.Router": self._kernel.router,
            **properties,
        }
        limit = int(self._kernel.config.get(_TIMEOUT, _DEFAULT_TIMEOUT)) / 1000
        library = self._kernel.data.path(SCRIPTS, "any").parent
        child = ScriptChild(text, given, library, limit)
        with self._free:
            self._running.add(child)
        return child

    def release(self, child: ScriptChild | None) -> None:
        """A script has ended, or was not started after all: its place is free."""
        with self._free:
            self._taken -= 1
            if child is not None:
                self._running.discard(child)
            self._free.notify_all()

    def stop(self) -> None:
        """End all scripts, because the server ends."""
        with self._free:
            for child in list(self._running):
                child.kill()
            # Those who started them clean up, and release them.
            self._free.wait_for(lambda: not self._running, timeout=WAIT_SECONDS)
