"""The worker's sign of life: a file touched every ten seconds while its main loop runs.

The probe of the worker pod looks at the file's age, so a worker that hangs is restarted even though
its process still exists.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from celery import bootsteps

# The pod's own /tmp; its probe (omero_web_container.alive) looks in the same folder.
FILE: Final = Path(tempfile.gettempdir()) / "worker-alive"
SECONDS: Final = 10.0


class Heartbeat(bootsteps.StartStopStep):  # type: ignore[misc]
    """Touches the file from the worker's own timer."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **_options: Any) -> None:
        """Celery makes one per worker."""
        super().__init__(parent)
        self._timer: Any = None

    def start(self, parent: Any) -> None:
        """From now on, every ten seconds."""
        FILE.touch()
        self._timer = parent.timer.call_repeatedly(SECONDS, FILE.touch, priority=10)

    def stop(self, parent: Any) -> None:
        """A worker that stops on purpose leaves no sign of life."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        FILE.unlink(missing_ok=True)
