"""A site that exists in the browser only: static files from the sources, answers from the test.

For components alone. Pages of a real OMERO.web are tested with the real one.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Request, Route

from local_services import ROOT

ORIGIN: Final = "http://plugin.test"
STATIC: Final = (
    ROOT / "common/src/omero_plugin_common/static",
    ROOT / "plugins/omeroweb_omp_plugin/src/omeroweb_omp_plugin/static",
    ROOT / "plugins/omeroweb_upload/src/omeroweb_upload/static",
)
# As strict as a site may be: everything from the site itself, nothing inline.
POLICY: Final = "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"


@dataclass(frozen=True)
class Answer:
    """What a path answers."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"


@dataclass(frozen=True)
class Asked:
    """A request of the page; `body` is what its JSON says, or bytes."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


# Nothing: no answer ever comes.
Answering = Callable[[Asked], Answer | None]


@dataclass
class PretendSite:
    """Routes of a browser context."""

    pages: Path
    prefix: str = ""
    asked: list[Asked] = field(default_factory=list)
    _answers: dict[str, Answering] = field(default_factory=dict)

    def attach(self, context: BrowserContext) -> None:
        """Answer everything that the context asks of the origin."""
        context.route(f"{ORIGIN}/**", self._route)

    def url(self, name: str) -> str:
        """The address of one of the test's pages."""
        return f"{ORIGIN}{self.prefix}/{name}"

    def answer(self, path: str, answering: Answering | Answer) -> None:
        """From now on this path answers so."""
        fixed = answering
        self._answers[path] = (lambda _: fixed) if isinstance(fixed, Answer) else fixed

    def requests(self, path: str) -> list[Asked]:
        """What was asked of a path."""
        return [each for each in self.asked if each.path == path]

    def _route(self, route: Route, request: Request) -> None:
        parts = urlsplit(request.url)
        path = parts.path.removeprefix(self.prefix)
        file = self._file(path)
        if path in self._answers:
            asked = _asked(request, path, parts.query)
            self.asked.append(asked)
            if answer := self._answers[path](asked):
                _fulfil(route, answer)
        elif file:
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            headers = {"Content-Type": kind, "Content-Security-Policy": POLICY}
            route.fulfill(body=file.read_bytes(), headers=headers)
        else:
            route.fulfill(status=404, body=f"there is no {path}")

    def _file(self, path: str) -> Path | None:
        inside = path.removeprefix("/static/")
        folders = STATIC if inside != path else [self.pages]
        files = (folder / inside.lstrip("/") for folder in folders)
        return next((file for file in files if file.is_file()), None)


def _asked(request: Request, path: str, query: str) -> Asked:
    pairs = {name: values[-1] for name, values in parse_qs(query).items()}
    headers, body = request.all_headers(), request.post_data_buffer
    if body and "json" in headers["content-type"]:
        return Asked(request.method, path, pairs, headers, json.loads(body))
    return Asked(request.method, path, pairs, headers, body)


def _fulfil(route: Route, answer: Answer) -> None:
    text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    headers = {"Content-Type": answer.kind, **answer.headers}
    route.fulfill(status=answer.status, headers=headers, body=text)
