"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, expect, sync_playwright

PROGRAM: Final = Path("/usr/bin/chromium-headless-shell")
# The first two: the tests run as root, without a display. The others keep Chromium from traffic of
# its own, which a closed network would refuse and the console report.
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What a page is expected to show may take its time on a loaded machine.
_MS_TO_SHOW: Final = 60_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for the block."""
    if not PROGRAM.exists():
        raise FileNotFoundError(f"{PROGRAM} is not installed: run `ci/tools/install`")
    expect.set_options(timeout=_MS_TO_SHOW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=[*_ARGUMENTS])
        try:
            yield browser
        finally:
            browser.close()
