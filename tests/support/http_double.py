"""Serves over HTTP in a thread: any server, or a double that writes down what it is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs, urlsplit


class Answering(Protocol):
    """A double: what it answers, where it is, and what it was asked."""

    asked: list[tuple[str, dict[str, str], dict[str, str]]]
    url: str

    def answer(self, path: str, query: dict[str, str], /) -> tuple[int, str]:
        """Status and body."""


Served = TypeVar("Served", bound=Answering)


@contextmanager
def answering(server: HTTPServer) -> Iterator[str]:
    """A server of the standard library, which answers until the block ends; its address."""
    # Its own default is to look twice a second whether it shall stop: each test would wait for it.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    with server:
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    # The default of five is less than a page asks at once: Linux drops the others' first packets,
    # and they try again after one second, three and seven.
    request_queue_size = 128


@contextmanager
def serving(double: Served) -> Iterator[Served]:
    """The double at an address of this machine, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, form: dict[str, str]) -> None:
            parts = urlsplit(self.path)
            double.asked.append((self.path, dict(self.headers), form))
            status, text = double.answer(parts.path, form or _first(parts.query))
            body = text.encode()
            try:
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{double.url}elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                # Who asked has gone.
                self.close_connection = True

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(_first(self.rfile.read(int(self.headers["Content-Length"])).decode()))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Nothing."""

    with answering(_Server(("127.0.0.1", 0), Handler)) as double.url:
        yield double


def _first(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
