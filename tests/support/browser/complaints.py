"""What a page complained about: a test fails on what it did not expect."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Error, Page, Request

# A page that is left ends the requests it still had.
_ENDED_BY_LEAVING = "net::ERR_ABORTED"


@dataclass
class Complaints:
    """Console errors and warnings, uncaught exceptions and failed requests of one page."""

    lines: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    expected: list[re.Pattern[str]] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Collect from now on."""
        page.on("console", self._console)
        page.on("pageerror", self._exception)
        page.on("requestfailed", self._request)

    def expect(self, pattern: str) -> None:
        """Such a line is part of the test, such as the 401 that it provokes."""
        self.expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        """What nobody said would come."""
        return [line for line in self.lines if not any(each.search(line) for each in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        line = f"console {message.type}: {message.text} ({where})"
        self.log.append(line)
        if message.type == "error":
            self.lines.append(line)

    def _exception(self, error: Error) -> None:
        line = f"exception: {error.stack or error.message}"
        self.log.append(line)
        self.lines.append(line)

    def _request(self, request: Request) -> None:
        line = f"no answer: {request.method} {request.url}: {request.failure}"
        self.log.append(line)
        if request.failure != _ENDED_BY_LEAVING:
            self.lines.append(line)
