"""The worker's sign of life: a file from which the pod's probes see how the worker is.

Its age shows whether the main loop runs: liveness looks at nothing else, so no worker is restarted
because Redis is away. It is empty while the worker takes messages from its queue, and otherwise
says what keeps it from that: readiness looks at both.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, Final

from celery import bootsteps

# The pod's own /tmp; its probes (`worker_probe.sh` of omero_web_container) look in the same folder.
FILE: Final = Path(tempfile.gettempdir()) / "worker-alive"
SECONDS: Final = 5.0


def tell(problem: str = "") -> None:
    """Write the sign of life; with what keeps the worker from its queue, if anything does."""
    # Under another name first, so that no probe reads half of it.
    fresh = FILE.with_name(f"{FILE.name}.{os.getpid()}")
    fresh.write_text(problem, encoding="utf-8")
    fresh.replace(FILE)


class Heartbeat(bootsteps.StartStopStep):  # type: ignore[misc]
    """A sign of life from the start of the worker to its end."""

    def start(self, _worker: Any) -> None:
        """It lives, and has not reached its queue yet."""
        tell("it has not reached its queue yet")

    def stop(self, _worker: Any) -> None:
        """A worker that stops on purpose leaves no sign of life."""
        FILE.unlink(missing_ok=True)


class Consuming(bootsteps.StartStopStep):  # type: ignore[misc]
    """Signs of life while the consumer has its queues; it ends with each lost connection."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_options: Any) -> None:
        """Celery makes one per worker."""
        super().__init__(consumer)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """From now on, from the main loop's own timer."""
        self.stop(consumer)
        tell()
        self._timer = consumer.timer.call_repeatedly(SECONDS, tell, priority=10)

    def stop(self, _consumer: Any) -> None:
        """The consumer (`omero_plugin_common.consumer`) says why."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    shutdown = stop
