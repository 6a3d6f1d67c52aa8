"""A bad line between a browser and a site: it is slow, and it breaks."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page

from forwarder import Forwarder

# Of a second: a file of some megabytes takes some seconds.
_BYTES: Final = 500_000


class SlowLine:
    """A line to a port of this machine."""

    def __init__(self, forwarder: Forwarder) -> None:
        self._forwarder = forwarder

    @property
    def url(self) -> str:
        """The site's address over this line."""
        return f"http://127.0.0.1:{self._forwarder.port}"

    def slow_down(self, page: Page) -> None:
        """From now on, until the page is loaded again."""
        session = page.context.new_cdp_session(page)
        limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
        session.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": _BYTES})

    def cut(self) -> None:
        """All connections break, and new ones cannot be made."""
        assert self._forwarder.cut() > 0

    def mend(self) -> None:
        """It is there again."""
        self._forwarder.mend()
