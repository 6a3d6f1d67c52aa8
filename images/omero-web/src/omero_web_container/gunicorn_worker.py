"""gunicorn's worker with threads, as a pod needs it."""

from __future__ import annotations

import socket
import sys
import time
from typing import Any, Final

from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from omero_web_container import front, health_server

# A body that nobody reads comes from the front's own files, as fast as it is taken. Of one that a
# slow client still sends, the front takes the answer and closes the connection.
_UNREAD_SECONDS: Final = 30.0


class Worker(ThreadWorker):  # type: ignore[misc]
    """Takes no more than it can do, and shows the health server that it runs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """As gunicorn's."""
        super().__init__(*args, **options)
        if front.shared_folder():
            # The front opens a connection for each request: what waits is taken by the worker that
            # has a thread for it. gunicorn's own would queue up to a thousand while another idles.
            self.worker_connections = self.cfg.threads

    def handle_request(self, req: Any, conn: Any) -> Any:
        """As gunicorn's, and what an application has not read of a request's body is taken.

        gunicorn's own takes 64 kB of it. Where a connection is closed with more in it, the kernel
        resets it, and who is still sending never reads the answer: a form that is too large, which
        is refused by its length alone, became the front's 503.
        """
        kept = super().handle_request(req, conn)
        if not kept:
            try:
                conn.sock.shutdown(socket.SHUT_WR)
                until = time.monotonic() + _UNREAD_SECONDS
                conn.parser.finish_body(deadline=until, max_bytes=sys.maxsize)
            except (OSError, ParseException):
                # They have their answer, and are gone.
                return kept
        return kept

    def notify(self) -> None:
        """A sign of life to gunicorn and to the health server: each second, and more often."""
        super().notify()
        health_server.PULSE.beat()
