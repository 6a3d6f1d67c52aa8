"""Unmodified OMERO.web on the stand-in, as a browser would use it."""

from __future__ import annotations

import json
import re

import pytest

from form_browser import Browser
from local_services import Site

# The kinds of the JSON API that start empty.
EMPTY = ("projects", "datasets", "images", "screens", "plates", "wells", "rois")


@pytest.fixture
def browser(site: Site) -> Browser:
    """A browser that has not logged in."""
    return Browser(site.url)


def test_the_login_page_says_that_a_stand_in_serves_it(browser: Browser) -> None:
    status, page, _ = browser.get("/webclient/login/")
    assert status == 200
    assert "This site runs on a stand-in for OMERO.server" in page


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
    assert "runs on a stand-in for" not in page

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
