"""Pages of OMERO.web and of every application in a browser: all they ask for is here, and works.

A request to another host or above the site's path, a 404, and what the policy of the page blocks
each fail the test. The site is below a path of its host, where a page shows whether it knows the
way; what is different at the root is looked at there. What is done on OMERO.web's own pages without
applications is in `tests/plugins/browser`, whose console must be quiet as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Response, expect

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
    "upload": "omeroweb_upload/",
    "upload help": "omeroweb_upload/help/",
}


# Before a search, the page of parade asks for the filters of nothing: docs/omero-web.md names it.
FAULT = r"400 \(Bad Request\) \(.*/parade/(filters|dataproviders)/"


class Asked:
    """What the pages of a browser asked for and should not have."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.wrong: list[str] = []
        self._host, self._path = urlsplit(url).netloc, f"{urlsplit(url).path}/"
        context.add_init_script(REPORT)
        context.on("response", self._answered)
        context.on("request", lambda request: self._asked(request.url))
        context.on("console", lambda message: self._said(message.text))

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https", "ws", "wss"):
            return
        if parts.netloc != self._host:
            self.wrong.append(f"another host: {url}")
        elif not parts.path.startswith(self._path):
            self.wrong.append(f"above the site's path: {url}")

    def _answered(self, response: Response) -> None:
        if response.status in (404, 410) or response.status >= 500:
            self.wrong.append(f"{response.status}: {response.request.method} {response.url}")

    def _said(self, text: str) -> None:
        if "policy" in text.lower() or "mime type" in text.lower():
            self.wrong.append(f"console: {text}")


@pytest.fixture(scope="module")
def below_a_path(
    site: local_services.Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SiteUnderTest]:
    """The folder's site, by a pod below a path."""
    folder: Path = tmp_path_factory.mktemp("below-a-path")
    with local_services.front_of(site, folder, PUBLIC_URL="/omero/") as pod:
        yield SiteUnderTest(f"{pod.url}/omero", "ada", "ada-demo", pod)


@pytest.fixture
def tester(below_a_path: SiteUnderTest) -> SiteUnderTest:
    """Where the site is, and who visits it."""
    return below_a_path


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


def _visit(page: Page, asked: Asked, site: SiteUnderTest, paths: dict[str, str]) -> object:
    """What is wrong on each of some pages."""
    found: dict[str, list[str]] = {}
    for name, path in paths.items():
        address = site.address(path)
        page.goto(address, wait_until="load")
        page.wait_for_load_state("networkidle")
        icons = page.eval_on_selector_all("link[rel~=icon]", "links => links.map(l => l.href)")
        asked.wrong += [f"icon {url}" for url in icons if not page.request.get(url).ok]
        own = f"404: GET {address}"
        if wrong := [each for each in asked.wrong if name != "nowhere" or each != own]:
            found[name] = sorted(set(wrong))
        asked.wrong.clear()
    return found


def test_pages_ask_for_what_is_here(
    page: Page,
    asked: Asked,
    places: dict[str, int],
    tester: SiteUnderTest,
    complaints: Complaints,
) -> None:
    for each in ("404.*/webclient/nowhere/", FAULT):
        complaints.expect(each)
    paths = {name: path.format(**places) for name, path in PAGES.items()}
    assert _visit(page, asked, tester, paths) == {}


def test_what_is_different_at_the_root(
    site: local_services.Site, context: BrowserContext, page: Page
) -> None:
    """OMERO.iviewer asks for something at the root of the host."""
    root = SiteUnderTest(site.url, "ada", "ada-demo", site)
    LoginPage(page, root).log_in_at_once()
    asked = Asked(context, root.url)
    assert _visit(page, asked, root, {"iviewer": "iviewer/?images=1", "figure": "figure/"}) == {}


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


def _shows(picture: Locator) -> None:
    """A picture is there, and it is one."""
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")


def test_a_figure_is_made_saved_and_opened(
    page: Page, asked: Asked, places: dict[str, int], tester: SiteUnderTest
) -> None:
    page.on("dialog", lambda dialog: dialog.accept("Below a path"))
    page.goto(tester.address(f"figure/new/?image={places['image']}"))
    _shows(page.locator("#canvas .img_panel").first)
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_url("**/omero/figure/file/*")
    number = page.url.rpartition("/")[2]
    page.goto(tester.address("figure/"))
    page.get_by_role("button", name="Open File").click()
    page.get_by_role("link", name="Below a path").click()
    page.wait_for_url(f"**/omero/figure/file/{number}")
    page.reload()
    _shows(page.locator("#canvas .img_panel").first)
    page.request.post(
        tester.address("figure/delete_web_figure/"),
        form={"fileId": number},
        headers={"X-CSRFToken": _token(page), "Referer": tester.url},
    )
    assert asked.wrong == []


def _token(page: Page) -> str:
    return next(each["value"] for each in page.context.cookies() if each["name"] == "csrftoken")


def test_viewers_show_the_image(
    page: Page, asked: Asked, places: dict[str, int], tester: SiteUnderTest
) -> None:
    """As they are opened from a dataset, with thumbnails of its other images."""
    image = places["image"]
    page.goto(tester.address(f"gallery/show_dataset/{places['dataset']}/"))
    with page.expect_response(f"**/omero/webgateway/render_image*/{image}/**") as drawn:
        page.locator(f"a[href$='/img_detail/{image}/'] img").click()
    assert drawn.value.ok
    expect(page.locator(".ol-viewport").first).to_be_visible()
    _shows(page.locator(".thumbnail-panel img").nth(1))
    page.goto(tester.address(f"gallery/show_image/{image}/"))
    _shows(page.locator("a[href*='img_detail'] img"))
    with page.expect_response("**/omero/fpbioimage/imageStacks/**") as sent:
        page.goto(tester.address(f"fpbioimage/viewer/{image}/"))
    assert sent.value.ok
    page.wait_for_load_state("networkidle")
    assert asked.wrong == []


def test_what_is_searched_is_found(
    page: Page, asked: Asked, places: dict[str, int], tester: SiteUnderTest, complaints: Complaints
) -> None:
    complaints.expect(FAULT)
    page.goto(tester.address("mapr/anyvalue/?value=HeLa&query=true&experimenter=-1"))
    DataTree(page).expand(DataTree(page).named("HeLa").last)
    page.goto(tester.address("omero_tagsearch/"))
    page.locator("input[value='Choose tags']").click()
    page.locator(".chosen-results li.active-result").first.click()
    _shows(page.locator("tr[id^=image-] img").first)
    page.goto(tester.address("parade/"))
    page.get_by_placeholder("Search for Images").fill("HeLa")
    page.get_by_role("button", name="Search").click()
    _shows(page.locator("#full_page_app img").first)
    answer = page.request.get(tester.address(f"zarr/v0.4/image/{places['image']}.zarr/.zattrs"))
    assert answer.json()["multiscales"]
    assert asked.wrong == []
