"""Administrators of OMERO get in; others get 403 from every route, and no link in the menu."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from admin_tools_routes import PLUGIN, routes
from people import Person
from plugin_site import Browser
from whole_site import WholeSite

# What everybody who is logged in may read.
FOR_ALL: Final = {f"{PLUGIN}help/", f"{PLUGIN}root-status/"}


@pytest.fixture
def ada(whole: WholeSite, person: Person) -> Browser:
    return Browser(whole.site.url).log_in(person.name, person.password)


def test_others_get_403_from_every_route(ada: Browser) -> None:
    asked = [each for each in routes() if each[1] not in FOR_ALL]
    assert len(asked) == 31
    for method, address in asked:
        answer = ada.get(address) if method == "GET" else ada.post(address, {"updates": []})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), address
        page = ada.client.get(
            address, headers={"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
        )
        assert page.status_code == (403 if method == "GET" else 405), address
    assert ada.get(f"{PLUGIN}root-status/").json() == {"is_root_user": False, "is_admin": False}


# What a route needs of a restricted administrator; an empty text is nothing more.
NEEDS: Final = {
    "": "",
    "help/": "",
    "root-status/": "",
    "storage/": "",
    "storage/data/": "",
    "storage/table/users.csv": "",
    "storage/quota/data/": "",
    "storage/quota/template/": "",
    "storage/quota/table/": "",
    "storage/quota/update/": "ModifyGroup",
    "storage/quota/import/": "ModifyGroup",
    "storage/quota/rules/": "ModifyGroup",
}


@pytest.mark.parametrize("has", [(), ("ModifyGroup",), ("ReadSession",), ("Sudo", "ModifyUser")])
def test_restricted_administrators_see_what_their_privileges_need(
    whole: WholeSite, has: tuple[str, ...]
) -> None:
    """The rest needs what only administrators without restrictions have: `ReadSession`."""
    one = whole.people.administrator(*has)
    browser = Browser(whole.site.url).log_in(one.name, one.password)
    for method, address in routes():
        needed = NEEDS.get(address.removeprefix(PLUGIN), "ReadSession")
        answer = browser.get(address) if method == "GET" else browser.post(address, {})
        if not needed or needed in has:
            assert answer.status_code != 403, address
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "no_privilege"), address
            assert needed in answer.json()["error"]
    index = browser.get(PLUGIN).text
    for page in ("logs/", "resource-monitoring/", "server-database-testing/"):
        assert (f'href="{PLUGIN}{page}"' in index) == ("ReadSession" in has)
    assert f'href="{PLUGIN}storage/"' in index


def test_the_account_of_monitoring_sees_no_logs(whole: WholeSite) -> None:
    name, path = (whole.variables[f"MONITORING_{each}"] for each in ("USER", "PASSWORD_FILE"))
    browser = Browser(whole.site.url).log_in(name, Path(path).read_text())
    assert browser.get(f"{PLUGIN}logs/").status_code == 403
    assert browser.get(f"{PLUGIN}logs/data/").json()["code"] == "no_privilege"
    assert browser.post(f"{PLUGIN}server-database-testing/run/", {}).status_code == 403


def test_nobody_gets_401_or_the_login(whole: WholeSite) -> None:
    nobody = Browser(whole.site.url)
    nobody.get("/webclient/login/")
    for method, address in routes():
        answer = nobody.get(address) if method == "GET" else nobody.post(address, {})
        assert answer.status_code in (302, 401), address


def test_only_administrators_have_it_in_their_menu(ada: Browser, root: Browser) -> None:
    for page in ("/webclient/", "/omeroweb_upload/"):
        assert PLUGIN not in ada.get(page).text
        assert f'href="{PLUGIN}"' in root.get(page).text
    for page in (
        "",
        "storage/",
        "logs/",
        "resource-monitoring/",
        "server-database-testing/",
        "help/",
    ):
        assert root.get(PLUGIN + page).status_code == 200
    assert root.get(f"{PLUGIN}root-status/").json() == {"is_root_user": True, "is_admin": True}


def test_without_a_token_nothing_is_changed(root: Browser) -> None:
    for method, address in routes():
        if method == "POST":
            answer = root.client.post(address, json={})
            assert (answer.status_code, answer.json()["code"]) == (403, "csrf"), address
            assert root.get(address).status_code == 405
