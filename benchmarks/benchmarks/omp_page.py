"""The OMP plugin's page of a project with 50 datasets and 100 000 images, in Chromium.

Each sample is a visit with an empty cache. `usable` is when the project's datasets are listed with
their counts; then all are ticked, and `preview` is when the first rows of what would be written are
there.
Requests and bytes are those that OMERO.web's own pages do not make: its logo, style sheets and the
user's picture are left out, the plugin library's files are not. Bytes are bodies as transferred.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, expect

from benchmarks.samples import percentile
from browser.chromium import chromium
from browser.objects.login import LoginPage
from browser.site_under_test import SiteUnderTest
from omero_ci.console import step
from omp_pages import PageSite, page_site

VERSIONS: Final = ("omero-web", "Django", "playwright")
HEADER: Final = f"{'figure':<44} {'p50':>9} {'max':>9} {'goal':>8}  met"
# Paths that stock OMERO.web's pages ask for as well.
_STOCK: Final = ("/static/webgateway/", "/static/webclient/", "/static/3rdparty/", "/webclient/",
                 "/webgateway/")  # fmt: skip
_PATIENCE_MS: Final = 120_000


@dataclass(frozen=True)
class Figure:
    """One number of the page, a value per visit."""

    name: str
    goal: float | None
    values: list[float]

    def line(self) -> str:
        """One line of the table."""
        middle, most = percentile(self.values, 50), max(self.values)
        goal = "" if self.goal is None else f"{self.goal:g}"
        met = "" if self.goal is None else ("yes" if middle <= self.goal else "NO")
        return f"{self.name:<44} {middle:>9.2f} {most:>9.2f} {goal:>8}  {met}"

    def plain(self) -> dict[str, Any]:
        """The figure as JSON data."""
        return {"name": self.name, "goal": self.goal, "values": self.values}


def measure(visits: int) -> list[Figure]:
    """Visit the page.

    Args:
        visits: how often; one more before them warms the server up.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        step("visits of a project with 100 000 images"),
        page_site(Path(folder), large=True) as place,
        chromium() as browser,
    ):
        project = place.lab.one("select p.id from Project p where p.name = 'Large'", "ada")
        seen = [_visit(browser, place, project) for _ in range(visits + 1)][1:]
    goals = {
        "usable, s": 1.5,
        "requests until usable": 12,
        "kB until usable": 250,
        "preview shown, s": None,
        "requests until the preview": 12,
        "kB until the preview": 250,
    }
    return [Figure(name, goals[name], [each[name] for each in seen]) for name in goals]


def _visit(browser: Browser, place: PageSite, project: int) -> dict[str, float]:
    with _logged_in(browser, place.visited) as page:
        asked: list[Request] = []
        page.on("requestfinished", lambda each: asked.append(each))
        began = time.perf_counter()
        page.goto(
            place.visited.address(f"omeroweb_omp_plugin/?project={project}"), wait_until="commit"
        )
        tick_all = page.get_by_role("checkbox", name="Select all rows")
        expect(page.get_by_text("Tick a dataset")).to_be_visible(timeout=_PATIENCE_MS)
        usable = time.perf_counter() - began
        until_usable = _beyond(asked)
        tick_all.check()
        expect(page.locator("#omp-table [role=gridcell] button").first).to_be_visible(
            timeout=_PATIENCE_MS
        )
        preview = time.perf_counter() - began
        whole = _beyond(asked)
        return {
            "usable, s": usable,
            "requests until usable": len(until_usable),
            "kB until usable": _kilobytes(until_usable),
            "preview shown, s": preview,
            "requests until the preview": len(whole),
            "kB until the preview": _kilobytes(whole),
        }


@contextmanager
def _logged_in(browser: Browser, site: SiteUnderTest) -> Iterator[Page]:
    """A page with an empty cache and a session."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        page = context.new_page()
        LoginPage(page, site).log_in_at_once()
        yield page
    finally:
        context.close()


def _beyond(asked: list[Request]) -> list[Request]:
    return [each for each in asked if not urlsplit(each.url).path.startswith(_STOCK)]


def _kilobytes(asked: list[Request]) -> float:
    return sum(each.sizes()["responseBodySize"] for each in asked) / 1000
