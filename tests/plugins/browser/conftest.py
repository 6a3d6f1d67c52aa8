"""OMERO.web without any application, on the stand-in's demo, in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

import local_services
from browser.complaints import Complaints
from browser.objects.viewer import image_after_tables
from browser.site_under_test import SiteUnderTest
from whole_site import WholeSite

# A member of a private group, which is the first that is shown, and owner of another.
USER = "ada"


@pytest.fixture(scope="package")
def site(whole: WholeSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteUnderTest]:
    """The shared site's data in an OMERO.web without applications, which replace its own viewer.

    Its user is one of the stand-in's demo; each test leaves their data as they were.
    """
    bare = {"WEB_APPS": "", "WEB_EXTRA_PLUGINS": "[]"}
    with local_services.web_beside(whole.site, tmp_path_factory.mktemp("bare"), **bare) as beside:
        yield SiteUnderTest(beside.url, USER, f"{USER}-demo", beside)


@pytest.fixture(autouse=True)
def windows(page: Page, complaints: Complaints) -> None:
    """Windows that a page opens are listened to as well; viewers do not race in any."""
    page.on("popup", complaints.listen)
    image_after_tables(page.context)


@pytest.fixture
def image(visitor: Page, site: SiteUnderTest) -> int:
    """An image of the visitor that nobody has written on but the demo."""
    address = site.address("api/v0/m/images/?limit=1&orphaned=true")
    return int(visitor.request.get(address).json()["data"][0]["@id"])
