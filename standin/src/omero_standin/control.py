"""The control port of tests: counts and faults of a running stand-in, over HTTP on the loopback.

GET    /counts   {"IQuery.projection": 3, …}
DELETE /counts   count anew
GET    /faults   the faults that are still to come
POST   /faults   one more: {"call": "IQuery.*", "kind": "slow", "seconds": 2, "times": 1}
DELETE /faults   none any more
"""

from __future__ import annotations

import dataclasses
import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from omero_standin.calls import Calls, Fault

_LONGEST_BODY = 10_000


class Control:
    """Listens until it is stopped."""

    def __init__(self, calls: Calls, port: int) -> None:
        """Take the port of the loopback address."""
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(calls))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,))

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(calls: Calls) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Read."""
            if self.path == "/counts":
                self._answer(calls.counts())
            elif self.path == "/faults":
                self._answer([dataclasses.asdict(each) for each in calls.faults()])
            else:
                self._refuse(HTTPStatus.NOT_FOUND, f"no such page: {self.path}")

        def do_DELETE(self) -> None:
            """Begin anew."""
            actions = {"/counts": calls.forget, "/faults": calls.cancel}
            if action := actions.get(self.path):
                action()
                self._answer({})
            else:
                self._refuse(HTTPStatus.NOT_FOUND, f"no such page: {self.path}")

        def do_POST(self) -> None:
            """Order a fault."""
            if self.path != "/faults":
                self._refuse(HTTPStatus.NOT_FOUND, f"no such page: {self.path}")
                return
            length = min(int(self.headers.get("Content-Length") or 0), _LONGEST_BODY)
            try:
                calls.order(Fault(**json.loads(self.rfile.read(length))))
            except (TypeError, ValueError) as error:
                self._refuse(HTTPStatus.BAD_REQUEST, str(error))
            else:
                self._answer({})

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            """A test's own questions are not worth a line in the server's log."""

        def _answer(self, found: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
            body = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _refuse(self, status: HTTPStatus, message: str) -> None:
            self._answer({"error": message}, status)

    return Handler
