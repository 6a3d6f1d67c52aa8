"""Unmodified OMERO.web on the stand-in, as a browser would use it."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import pytest

from local_services import Site

# The kinds of the JSON API that start empty.
EMPTY = ("projects", "datasets", "images", "screens", "plates", "wells", "rois")


class Browser:
    """Cookies, forms and pages."""

    def __init__(self, url: str) -> None:
        """Nobody is logged in."""
        self.url = url
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, text and final address."""
        return self._open(urllib.request.Request(self.url + path))  # noqa: S310 - loopback

    def post(self, path: str, **fields: str) -> tuple[int, str, str]:
        """Send a form with its CSRF token."""
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        body = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": token or ""}).encode()
        headers = {"Referer": self.url}
        return self._open(urllib.request.Request(self.url + path, body, headers))  # noqa: S310 - loopback

    def log_in(self, user: str, password: str) -> tuple[int, str, str]:
        """Fill in the login page."""
        self.get("/webclient/login/")
        return self.post("/webclient/login/", username=user, password=password, server="1")

    def _open(self, request: urllib.request.Request) -> tuple[int, str, str]:
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode(errors="replace"), answer.url
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace"), error.url


@pytest.fixture
def browser(site: Site) -> Browser:
    """A browser that has not logged in."""
    return Browser(site.url)


def test_the_login_page_says_that_a_stand_in_serves_it(browser: Browser) -> None:
    status, page, _ = browser.get("/webclient/login/")
    assert status == 200
    assert "A stand-in for OMERO.server serves this site" in page


def test_a_wrong_password_stays_on_the_login_page(browser: Browser) -> None:
    status, page, url = browser.log_in("root", "wrong")
    assert status == 200
    assert url.endswith("/webclient/login/")
    assert "Error:" in page
    assert not [
        cookie
        for cookie in browser.cookies
        if cookie.name == "sessionid" and "wrong" in str(cookie.value)
    ]


def test_login_tree_json_api_logout(site: Site, browser: Browser) -> None:
    status, page, url = browser.log_in("root", site.standin.password)
    assert (status, url) == (200, f"{site.url}/webclient/")
    assert "root root" in page
    assert "A stand-in for" not in page

    status, text, _ = browser.get("/webclient/api/containers/?id=0&experimenter_id=-1&group=-1")
    assert status == 200, text
    tree = json.loads(text)
    assert [tree[kind] for kind in ("projects", "datasets", "screens", "plates")] == [
        [],
        [],
        [],
        [],
    ]
    assert tree["orphaned"]["childCount"] == 0

    for kind in EMPTY:
        status, text, _ = browser.get(f"/api/v0/m/{kind}/")
        assert status == 200, text
        assert json.loads(text)["meta"]["totalCount"] == 0
    status, text, _ = browser.get("/api/v0/m/experimenters/0/")
    assert json.loads(text)["data"]["UserName"] == "root"

    status, _, url = browser.post("/webclient/logout/")
    assert (status, url) == (200, f"{site.url}/webclient/login/")
    status, _, url = browser.get("/webclient/")
    assert "/webclient/login/" in url


@pytest.mark.parametrize(
    "path",
    [
        "/webclient/",
        "/webclient/usertags/",
        "/webclient/search/",
        "/webclient/history/",
        "/webclient/group_user_content/",
        "/webclient/list_scripts/",
        "/webclient/activities_json/",
        "/webclient/keepalive_ping/",
        "/webclient/api/groups/",
        "/webclient/api/tags/?id=0&group=-1&experimenter_id=-1",
        "/webclient/api/images/?orphaned=true&page=1",
        "/webadmin/experimenters/",
        "/webadmin/groups/",
        "/webadmin/myaccount/edit/",
        "/webadmin/stats/",
        "/api/v0/m/experimentergroups/",
    ],
)
def test_pages_of_a_fresh_site(site: Site, browser: Browser, path: str) -> None:
    browser.log_in("root", site.standin.password)
    status, text, _ = browser.get(path)
    assert status == 200, re.sub(r"\s+", " ", text)[:600]


def test_static_files_are_served(site: Site, browser: Browser) -> None:
    # The image collects them when it is built; here only the link has to be right.
    _, page, _ = browser.get("/webclient/login/")
    assert 'href="/static/omero_platform_notice/notice.css"' in page


def test_secrets_and_sessions_are_in_no_log(site: Site, browser: Browser) -> None:
    browser.log_in("root", site.standin.password)
    browser.get("/api/v0/m/projects/?bsession=secret-session")
    logs = site.web.log.read_text() + site.standin.log.read_text()
    assert site.standin.password not in logs
    assert site.redis.password not in logs
    assert "secret-session" not in logs
