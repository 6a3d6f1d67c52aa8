"""Administrators of OMERO get in; others get 403 from every route, and no link in the menu."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from people import Person
from plugin_site import Browser
from whole_site import WholeSite

PLUGIN: Final = "/omeroweb_admin_tools/"
ROUTES: Final = Path(__file__).parents[3] / "docs/routes.md"
# What everybody who is logged in may read.
FOR_ALL: Final = {f"{PLUGIN}help/", f"{PLUGIN}root-status/"}


def routes() -> list[tuple[str, str]]:
    """Method and address of all routes, as the page of routes lists them."""
    found = re.findall(rf"^### (\w+) ({PLUGIN}\S*)$", ROUTES.read_text(), re.M)
    values = {"<slug:view>": "users", "<uuid:run>": str(UUID(int=7)), "<slug:kind>": "txt"}
    for name, value in values.items():
        found = [(method, address.replace(name, value)) for method, address in found]
    return found


@pytest.fixture
def ada(whole: WholeSite, person: Person) -> Browser:
    return Browser(whole.site.url).log_in(person.name, person.password)


def test_others_get_403_from_every_route(ada: Browser) -> None:
    asked = [each for each in routes() if each[1] not in FOR_ALL]
    assert len(asked) == 27
    for method, address in asked:
        answer = ada.get(address) if method == "GET" else ada.post(address, {"updates": []})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), address
        page = ada.client.get(
            address, headers={"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
        )
        assert page.status_code == (403 if method == "GET" else 405), address
    assert ada.get(f"{PLUGIN}root-status/").json() == {"is_root_user": False, "is_admin": False}


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
