"""Pages of OMERO.web and of every application in a browser: all they ask for is here, and works.

A request to another host, a 404, and what the policy of the page blocks each fail the test. What is
done on OMERO.web's own pages without applications is in `tests/plugins/browser`, whose console
must be quiet as well.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

import local_services
from browser.complaints import Complaints
from browser.objects.login import LoginPage
from browser.objects.tree import DataTree
from browser.site_under_test import SiteUnderTest

# Reports what a policy blocks, also where no console says so.
REPORT = """addEventListener("securitypolicyviolation", event => console.error(
  `blocked by the policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));"""
PAGES = {
    "login": "webclient/login/",
    "nowhere": "webclient/nowhere/",
    "user": "webclient/userdata/",
    "search": "webclient/search/",
    "history": "webclient/history/",
    "settings": "webadmin/myaccount/",
    "gallery": "gallery/",
    "gallery dataset": "gallery/show_dataset/{dataset}/",
    "gallery image": "gallery/show_image/{image}/",
    "gallery search": "gallery/search/",
    "figure": "figure/",
    "figure of an image": "figure/new/?image={image}",
    "fpbioimage": "fpbioimage/viewer/{image}/",
    "iviewer": "iviewer/?images={image}",
    "image viewer": "webclient/img_detail/{image}/",
    "mapr": "mapr/anyvalue/?experimenter=-1",
    "mapr value": "mapr/anyvalue/?value=HeLa&query=true&experimenter=-1",
    "parade": "parade/",
    "zarr": "zarr/",
    "tagsearch": "omero_tagsearch/",
    "omp": "omeroweb_omp_plugin/",
    "omp help": "omeroweb_omp_plugin/help/",
}


# Scripts of pages that fail for reasons of their own: docs/omero-web.md names them.
FAULTS = (
    "OME is not defined",
    "WeblitzViewport is not a function",
    "Unexpected token 'export'",
    "omero_parade is not defined",
)


class Asked:
    """What the pages of a browser asked for and should not have."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.wrong: list[str] = []
        self._host = urlsplit(origin).netloc
        context.add_init_script(REPORT)
        context.on("response", self._answered)
        context.on("request", lambda request: self._asked(request.url))
        context.on("console", lambda message: self._said(message.text))

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self._host:
            self.wrong.append(f"another host: {url}")

    def _answered(self, response: Response) -> None:
        if response.status in (404, 410) or response.status >= 500:
            self.wrong.append(f"{response.status}: {response.request.method} {response.url}")

    def _said(self, text: str) -> None:
        if "policy" in text.lower() or "mime type" in text.lower():
            self.wrong.append(f"console: {text}")


@pytest.fixture
def tester(site: local_services.Site) -> SiteUnderTest:
    """The folder's site, and who visits it."""
    return SiteUnderTest(site.url, "ada", "ada-demo", site)


@pytest.fixture
def asked(page: Page, context: BrowserContext, tester: SiteUnderTest) -> Asked:
    """From the login on."""
    LoginPage(page, tester).log_in_at_once()
    return Asked(context, tester.url)


@pytest.fixture
def places(page: Page, asked: Asked, tester: SiteUnderTest) -> dict[str, int]:
    """A dataset and an image of it, in the group that is active from now on."""
    for each in page.request.get(tester.address("api/v0/m/datasets/?childCount=true")).json()[
        "data"
    ]:
        if each["omero:childCount"]:
            group = each["omero:details"]["group"]["@id"]
            page.request.get(tester.address(f"webclient/active_group/?active_group={group}"))
            images = page.request.get(
                tester.address(f"api/v0/m/datasets/{each['@id']}/images/?limit=1")
            )
            return {"dataset": each["@id"], "image": images.json()["data"][0]["@id"]}
    raise AssertionError("the demo has no dataset with images")


def test_pages_ask_for_what_is_here(
    page: Page,
    asked: Asked,
    places: dict[str, int],
    tester: SiteUnderTest,
    complaints: Complaints,
) -> None:
    for each in ("404.*/webclient/nowhere/", *FAULTS):
        complaints.expect(each)
    found: dict[str, list[str]] = {}
    for name, path in PAGES.items():
        address = tester.address(path.format(**places))
        page.goto(address, wait_until="load")
        page.wait_for_load_state("networkidle")
        icons = page.eval_on_selector_all("link[rel~=icon]", "links => links.map(l => l.href)")
        asked.wrong += [f"icon {url}" for url in icons if not page.request.get(url).ok]
        own = f"404: GET {address}"
        if wrong := [each for each in asked.wrong if name != "nowhere" or each != own]:
            found[name] = sorted(set(wrong))
        asked.wrong.clear()
    assert found == {}


def test_panels_of_omero_web(
    page: Page, asked: Asked, places: dict[str, int], tester: SiteUnderTest
) -> None:
    page.goto(tester.address(f"webclient/?show=dataset-{places['dataset']}"))
    expect(DataTree(page).thumbnails.first).to_be_visible()
    chooser = page.locator("#center_panel_chooser select")
    for label, place in (("Parade", "#omero_parade"), ("Auto Tag", "#auto_tag_panel")):
        chooser.select_option(label=label)
        expect(page.locator(f"{place} >> visible=true").first).to_be_visible()
        page.wait_for_load_state("networkidle")
    page.goto(tester.address(f"webclient/?show=image-{places['image']}"))
    expect(page.locator("#object-id")).to_have_text(f"image-{places['image']}")
    page.wait_for_load_state("networkidle")
    assert asked.wrong == []


@pytest.mark.parametrize("width", [360])
def test_the_menu_of_the_gallery_opens_on_a_narrow_screen(
    page: Page, asked: Asked, tester: SiteUnderTest
) -> None:
    """Its jQuery came from another host."""
    page.goto(tester.address("gallery/"))
    link = page.get_by_role("link", name="Logout")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Toggle navigation").click()
    expect(link).to_be_visible()
    assert asked.wrong == []
