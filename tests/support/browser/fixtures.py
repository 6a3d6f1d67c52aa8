"""Fixtures and hooks of browser tests; a conftest imports all of them.

`page` is a page of a fresh profile. The test fails when the page complained about something that
`complaints.expect` did not announce; a picture and the console stay in .artifacts/browser/.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from browser.chromium import chromium
from browser.complaints import Complaints
from browser.keep import keep
from browser.objects.login import LoginPage
from browser.site_under_test import SiteUnderTest, remote_site
from browser.widths import HEIGHTS

# The browser that is running and its end: starting one costs more than most tests do with it.
_kept: list[Browser] = []
_end = ExitStack()


@pytest.fixture
def browser() -> Browser:
    """Chromium, the same one for tests that follow each other."""
    if not _kept:
        _kept.append(_end.enter_context(chromium()))
    return _kept[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None]:
    """End the browser before a test that has no use for it.

    While it is there, Playwright keeps an event loop on this thread: no other can run, and Django
    refuses to work with its database.
    """
    yield
    if nextitem is None or "browser" not in getattr(nextitem, "fixturenames", ()):
        _kept.clear()
        _end.close()


@pytest.fixture
def width() -> int:
    """Pixels; what a page looks like at several ones: `widths.at_widths`."""
    return 1280


@pytest.fixture
def context(browser: Browser, width: int) -> Iterator[BrowserContext]:
    """A fresh profile."""
    made = browser.new_context(
        viewport={"width": width, "height": HEIGHTS[width]},
        # A site under test may have a certificate of its own making.
        ignore_https_errors=True,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    # A loaded machine is slow; a test that waits for what never comes still ends.
    made.set_default_timeout(60_000)
    made.set_default_navigation_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def complaints() -> Complaints:
    """What the page said against itself."""
    return Complaints()


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints) -> Page:
    """An empty page that is listened to."""
    made = context.new_page()
    complaints.listen(made)
    return made


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """After the test's own assertions: was there anything in the console?"""
    result = yield
    complaints = pyfuncitem.funcargs.get("complaints")
    if isinstance(complaints, Complaints) and (found := complaints.unexpected()):
        pytest.fail("the page complained:\n" + "\n".join(found), pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what explains a failure while the page is still open."""
    report = yield
    given = item.funcargs if isinstance(item, pytest.Function) else {}
    page, complaints = given.get("page"), given.get("complaints")
    if report.failed and isinstance(page, Page) and isinstance(complaints, Complaints):
        report.sections.append(("browser", f"kept in {keep(item.nodeid, page, complaints)}"))
    return report


@pytest.fixture
def site(request: pytest.FixtureRequest) -> SiteUnderTest:
    """The site that SITE_URL names, else the shared one, with a user of this test alone."""
    if remote := remote_site():
        return remote
    # Only now: the tests of a remote site start nothing.
    whole, person = (request.getfixturevalue(name) for name in ("whole", "person"))
    whole.need_worker()
    return SiteUnderTest(whole.site.url, person.name, person.password, whole.site)


@pytest.fixture
def visitor(page: Page, site: SiteUnderTest) -> Page:
    """The page of somebody who has logged in."""
    LoginPage(page, site).log_in_at_once()
    return page
