"""The page of the plugin in a browser, on a site of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from browser.objects.omp import OmpPage
from browser.site_under_test import SiteUnderTest
from omp_pages import PageSite, page_site


@pytest.fixture(scope="package")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    """One site for all tests of this folder."""
    with page_site(tmp_path_factory.mktemp("pages")) as site:
        yield site


@pytest.fixture
def place(running_site: PageSite) -> PageSite:
    """The site, where nobody has reached a limit and no job of another test is seen."""
    running_site.omp.forget_limits()
    running_site.omp.forget_jobs()
    running_site.omp.forget_written()
    return running_site


@pytest.fixture
def site(place: PageSite) -> SiteUnderTest:
    """For page objects."""
    return place.visited


@pytest.fixture
def omp(visitor: Page, site: SiteUnderTest) -> OmpPage:
    """The plugin's page, open."""
    return OmpPage(visitor, site, "omeroweb_omp_plugin/").open_at()
