"""`/healthz` and `/metrics` beside gunicorn: a process of its own, which no request keeps busy.

It is forked from gunicorn's master when OMERO.web is loaded, and ends with it. That gunicorn runs,
it sees by the sign of life that each worker's main loop gives, not by a request: those wait when
all threads are busy, and a restart would only interrupt them.
"""

from __future__ import annotations

import mmap
import os
import signal
import socket
import socketserver
import struct
import time
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from omero_web_container import front

_CLIENT_SECONDS: Final = 10


# gunicorn replaces a worker that is silent for `omero.web.wsgi_timeout`; when none has given a sign
# of life for three times as long, and for three minutes, its master does not do so any more.
_PATIENCE: Final = 3
_PATIENCE_SECONDS: Final = 180.0


class Pulse:
    """When one of several processes last gave a sign of life; made before they are forked.

    Attributes:
        longest: after how many seconds without one all of them count as stuck.
    """

    def __init__(self, longest: float = _PATIENCE_SECONDS) -> None:
        """The first sign of life."""
        self.longest = longest
        self._shared = mmap.mmap(-1, 8)
        self.beat()

    def beat(self) -> None:
        """A sign of life."""
        struct.pack_into("d", self._shared, 0, time.monotonic())

    @property
    def stuck(self) -> bool:
        """Whether the last one is too long ago."""
        (last,) = struct.unpack_from("d", self._shared, 0)
        return bool(time.monotonic() - last > self.longest)


PULSE: Final = Pulse()


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    """On IPv4, and on IPv6 where the machine has it."""

    daemon_threads = True
    request_queue_size = 64
    address_family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET
    master = 0

    def server_bind(self) -> None:
        """Take connections of both families."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        # WSGIServer's would look up the name of the machine.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "health", self.server_address[1]
        self.setup_environ()

    def service_actions(self) -> None:
        """Each half second: end when gunicorn's master has."""
        if os.getppid() != self.master:
            os._exit(0)


class _Handler(WSGIRequestHandler):
    """Without a line for each request: the application writes one where it is worth it."""

    timeout = _CLIENT_SECONDS

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def start(arbiter: Any) -> None:
    """Fork the health server, where a front and a kubelet will ask it.

    Args:
        arbiter: gunicorn's master.
    """
    if front.shared_folder() is None:
        return
    PULSE.longest = max(_PATIENCE_SECONDS, _PATIENCE * arbiter.cfg.timeout)
    PULSE.beat()
    # Before the fork: a port that is taken ends the start.
    server = _Server(("", front.health_port()), _Handler)
    master = os.getpid()
    if os.fork():
        server.socket.close()
        return
    try:
        _serve(server, master, arbiter)
    finally:
        os._exit(1)


def _serve(server: _Server, master: int, arbiter: Any) -> None:
    """What the fork does."""
    from omero_web_container.access_log import logged
    from omero_web_container.client_address import with_client_address
    from omero_web_container.healthz import with_healthz
    from omero_web_container.metrics_server import with_metrics

    for number in (*arbiter.SIGNALS, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    # Ctrl-C is for the master, which it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for listener in arbiter.LISTENERS:
        listener.sock.close()
    server.master = master
    server.set_app(with_client_address(logged(with_healthz(with_metrics(_nothing)))))
    server.serve_forever()


def _nothing(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("404 Not Found", [("Content-Length", "0")])
    return []
