"""A server of one provider. It answers as it is told to, and remembers what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from ai_servers.formats import FORMATS, KEY, Asked, End, Format, Odd
from http_double import answering

_TOO_MUCH: Final = b" " * 100_000
# Google says 400 where others say 401.
WRONG_KEY: Final = {"google": 400}


@dataclass
class Fault:
    """What happens instead of an answer.

    Attributes:
        status: of the answer.
        headers: of the answer.
        raw: the body; the provider's complaint when not given.
        text: what the complaint says.
        silent: says nothing until the server is stopped.
        endless: sends and sends.
        drips: a byte from time to time.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    text: str = "something is wrong"
    silent: bool = False
    endless: bool = False
    drips: bool = False


@dataclass
class Request:
    """What was sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class AiServer:
    """A provider on this machine.

    Attributes:
        faults: used up one per request, before any answer.
        reply: makes the model's text from the question.
        end: why answers end.
        requests: all that came, faults included.
        waiting: set while a request is answered with silence.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.format: Format = FORMATS[kind]
        self.key = KEY
        self.faults: list[Fault] = []
        self.reply: Callable[[Asked], str] = lambda _asked: "{}"
        self.end: Callable[[Asked], End] = lambda _asked: "complete"
        self.requests: list[Request] = []
        self.waiting = threading.Event()
        self.stopped = threading.Event()
        handler = type("Handler", (_Handler,), {"owner": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True

    @property
    def base(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.http.server_address[1]}{self.format.base}"

    def asked(self) -> list[Asked]:
        """The questions among the requests."""
        return [
            self.format.asked(each.path, each.headers, each.body)
            for each in self.requests
            if each.body is not None
        ]


@contextmanager
def running(kind: str) -> Iterator[AiServer]:
    """A server to the end of the block."""
    server = AiServer(kind)
    with answering(server.http):
        try:
            yield server
        finally:
            server.stopped.set()


class _Handler(BaseHTTPRequestHandler):
    owner: AiServer

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - its own name
        """Nothing: tests read `requests`."""

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self._answer(json.loads(self.rfile.read(size)))

    def _answer(self, body: Any) -> None:
        owner, form = self.owner, self.owner.format
        headers = {name.lower(): value for name, value in self.headers.items()}
        owner.requests.append(Request(self.command, self.path, headers, body))
        if owner.faults:
            return self._fail(owner.faults.pop(0))
        if form.key(headers) != owner.key:
            status = WRONG_KEY.get(owner.kind, 401)
            text = f"Incorrect API key provided: {form.key(headers)}"
            return self._send(status, json.dumps(form.complaint(status, text)).encode(), {})
        if body is None and urlsplit(self.path).path == form.models_path:
            return self._send(200, json.dumps(form.models()).encode(), {})
        try:
            asked = form.asked(self.path, headers, body)
        except (Odd, KeyError, TypeError, ValueError) as odd:
            return self._send(400, json.dumps(form.complaint(422, repr(odd))).encode(), {})
        whole = form.answer(owner.reply(asked), owner.end(asked))
        return self._send(200, json.dumps(whole).encode(), {})

    def _fail(self, fault: Fault) -> None:
        if fault.silent:
            self.owner.waiting.set()
            self.owner.stopped.wait()
            return
        if fault.endless or fault.drips:
            self.send_response(200)
            self.end_headers()
            piece = _TOO_MUCH if fault.endless else b" "
            pause = 0.0 if fault.endless else 0.05
            try:
                while not self.owner.stopped.wait(pause):
                    self.wfile.write(piece)
            except OSError:
                # The client has read enough.
                return
            return
        raw = fault.raw
        if raw is None:
            raw = json.dumps(self.owner.format.complaint(fault.status, fault.text)).encode()
        self._send(fault.status, raw, fault.headers)

    def _send(self, status: int, raw: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
