"""gunicorn's worker with threads, as a pod needs it."""

from __future__ import annotations

from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from omero_web_container import front, health_server


class Worker(ThreadWorker):  # type: ignore[misc]
    """Takes no more than it can do, and shows the health server that it runs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """As gunicorn's."""
        super().__init__(*args, **options)
        if front.shared_folder():
            # The front opens a connection for each request: what waits is taken by the worker that
            # has a thread for it. gunicorn's own would queue up to a thousand while another idles.
            self.worker_connections = self.cfg.threads

    def notify(self) -> None:
        """A sign of life to gunicorn and to the health server: each second, and more often."""
        super().notify()
        health_server.PULSE.beat()
