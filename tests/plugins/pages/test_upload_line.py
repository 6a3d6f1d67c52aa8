"""How the upload page sends a file over a line that breaks, and what it does when it is closed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final

import pytest
from playwright.sync_api import Page

from browser.complaints import Complaints
from browser.pretend_site import STATIC, Answer, Asked, PretendSite
from http_double import answering

PATH: Final = "/upload/a"
CONTENT: Final = b"0123456789"
SEND: Final = """async ({ content, url }) => {
  const it = await import("/static/omeroweb_upload/js/send_file.js");
  const bytes = new TextEncoder().encode(content);
  const source = {
    size: bytes.length,
    async slice(start, end) {
      const value = bytes.slice(start, end);
      return { value: Object.assign(value, { size: value.length }), done: end >= bytes.length };
    },
    close() {},
  };
  const file = { path: "a", size: bytes.length, modified: 1, received: 0, url };
  window.told = { waits: 0, end: "" };
  new it.SendFile({
    job: "1", file, source, line: { size: 4 },
    told: {
      progress() {},
      waiting(yes) { if (yes) told.waits += 1; },
      done() { told.end = "done"; },
      failed({ status }) { told.end = `failed ${status}`; },
    },
  }).start();
}"""


class Server:
    """Answers as the site does, or as the proxy before it while its pod is not ready."""

    def __init__(self, troubles: list[int | None]) -> None:
        """What becomes of the requests after the first piece; nothing stands for no answer."""
        self.troubles, self.received, self.questions = troubles, b"", 0
        self._count = len(troubles)

    def has_had(self, count: int) -> bool:
        """Whether so many of the troubles have come."""
        return self._count - len(self.troubles) >= count

    def __call__(self, asked: Asked) -> Answer | None:
        if self.received and self.troubles:
            status = self.troubles.pop(0)
            return Answer("<h1>not ready</h1>", status, kind="text/html") if status else None
        if asked.method == "PATCH":
            assert asked.headers["upload-offset"] == str(len(self.received))
            self.received += asked.body
        else:
            self.questions += 1
        offset = {"Upload-Offset": str(len(self.received)), "Upload-Length": str(len(CONTENT))}
        return Answer("", 204 if asked.method == "PATCH" else 200, offset)


@pytest.mark.parametrize(
    "troubles",
    [
        # The line is dead, and the browser does not notice.
        [None],
        # Redis or the plugin database is unavailable: the pod is taken out of its Service.
        [503, 502, 503, 504],
    ],
    ids=["stalled", "not ready"],
)
def test_a_file_arrives_whatever_the_line_does(
    page: Page, pretend: PretendSite, complaints: Complaints, troubles: list[int | None]
) -> None:
    complaints.expect("status of 50|net::ERR_ABORTED")
    server = Server([*troubles])
    pretend.answer(PATH, server)
    page.goto(pretend.url("components.html"))
    page.clock.install()
    page.evaluate(SEND, {"content": CONTENT.decode(), "url": PATH})
    for number, trouble in enumerate(troubles, 1):
        until(page, partial(server.has_had, number))
        # The watchdog waits for half a minute, the next attempt for less.
        until(page, partial(waits, page, number, forward=trouble is None))
        page.clock.fast_forward(29_000)
    until(page, lambda: page.evaluate("told.end"))
    assert page.evaluate("told") == {"waits": len(troubles), "end": "done"}
    assert (server.received, server.questions) == (CONTENT, 1)


def waits(page: Page, times: int, *, forward: bool) -> bool:
    """Whether the page has said so many times that it tries again; by itself or after a time."""
    if forward:
        page.clock.fast_forward(31_000)
    return bool(page.evaluate("times => told.waits >= times", times))


SUMS: Final = """async (address) => {
  const { Sums } = await import("/static/omeroweb_upload/js/sums.js");
  const { postJSON } = await import("/static/omero_plugin_common/js/api.js");
  const ends = new AbortController().signal;
  const sums = new Sums(null, (sums) => postJSON(address, { sums }, { keepalive: true }), ends);
  await new Promise((known) => {
    sums.now(7, { sum: async () => "a".repeat(40), close: known });
  });
}"""


class Site(SimpleHTTPRequestHandler):
    """Real, because what a closed page still sends goes past what a test intercepts."""

    sums: ClassVar[list[Any]] = []

    def translate_path(self, path: str) -> str:
        """The files of the plugins, and nothing else."""
        found = (folder / path.removeprefix("/static/") for folder in STATIC)
        return str(next((file for file in found if file.is_file()), "/nowhere"))

    def do_GET(self) -> None:
        """An empty page, or a module."""
        if self.path.startswith("/static/"):
            super().do_GET()
        else:
            self._answer("text/html", b"<!doctype html><title>Page</title>")

    def do_POST(self) -> None:
        """Checksums."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.sums.append((self.path, self.headers["X-CSRFToken"], json.loads(body)))
        self._answer("application/json", b"{}")

    def _answer(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_page_that_is_closed_sends_the_last_checksums(page: Page) -> None:
    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Site)) as url:
        page.context.add_cookies([{"name": "csrftoken", "value": "token-1", "url": url}])
        page.goto(url)
        # Time stands still: it is not the pause between two requests that has passed.
        page.clock.install()
        page.clock.pause_at("2100-01-01")
        page.evaluate(SUMS, "/sums/")
        assert Site.sums == []
        page.goto(f"{url}elsewhere")
        until(page, lambda: bool(Site.sums))
    assert Site.sums == [("/sums/", "token-1", {"sums": {"7": "a" * 40}})]


def until(page: Page, true: Callable[[], bool]) -> None:
    """Wait for something outside of the page."""
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end
        page.wait_for_timeout(20)
