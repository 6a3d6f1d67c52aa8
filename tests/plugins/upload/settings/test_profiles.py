"""Profiles over the wire: whose they are, who may load them, what overwrites what."""

from __future__ import annotations

from typing import Any

import pytest

from omeroweb_upload.services.profiles import PROFILES
from people import Group, People
from upload_site import PLUGIN, UploadBrowser, browser_of
from whole_site import WholeSite

CONTENT = {
    "target": {"new_project": "Liver", "from_folders": True, "folder_depth": 2},
    "settings": {
        "driver": "command_line",
        "confirm": "always",
        "attach": [{"extensions": [".pdf", ".größe"], "to": "dataset"}],
        "batch_files": 7,
    },
}
POST = (
    "profiles/save/",
    "profiles/load/",
    "profiles/delete/",
    "user-settings/save/",
    "special-method-settings/load/",
    "special-method-settings/save/",
    "special-method-settings/delete/",
    "preflight/",
)
GET = ("profiles/", "user-settings/", "targets/", "projects/")


@pytest.fixture
def lab(people: People) -> Group:
    return people.group()


@pytest.fixture
def ada(whole: WholeSite, people: People, lab: Group) -> UploadBrowser:
    return browser_of(whole, people.person(lab))


@pytest.fixture
def grace(whole: WholeSite, people: People, lab: Group) -> UploadBrowser:
    return browser_of(whole, people.person(lab))


@pytest.fixture
def alan(whole: WholeSite, people: People) -> UploadBrowser:
    return browser_of(whole, people.person())


def _names(browser: UploadBrowser) -> list[tuple[str, bool]]:
    return [(each["name"], each["own"]) for each in browser.ask("profiles/")["profiles"]]


@pytest.mark.parametrize("route", [*GET, *POST])
def test_each_route_has_one_method_and_wants_a_login(ada: UploadBrowser, route: str) -> None:
    method, other = ("GET", "POST") if route in GET else ("POST", "GET")
    headers = {"X-CSRFToken": ada.token}
    wrong = ada.client.request(other, f"/{PLUGIN}/{route}", headers=headers)
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, method)
    if method == "POST":
        assert ada.client.post(f"/{PLUGIN}/{route}", json={}).json()["code"] == "csrf"
    ada.client.cookies.delete("sessionid")
    nobody = ada.client.request(method, f"/{PLUGIN}/{route}", headers=headers)
    assert nobody.status_code == 401


def test_a_profile_is_saved_shared_loaded_overwritten_and_deleted(
    ada: UploadBrowser, grace: UploadBrowser, alan: UploadBrowser, lab: Group
) -> None:
    name = '<img src=x onerror="alert(1)">'
    body = {"name": f"  {name} ", "content": CONTENT, "group": lab.id}
    saved = ada.tell("profiles/save/", body)
    assert saved["name"] == name
    content = saved["content"]
    assert content["target"]["new_project"] == "Liver"
    assert content["settings"]["attach"] == CONTENT["settings"]["attach"]
    told = ada.tell("profiles/save/", body, status=409)
    assert told["code"] == "exists"
    ada.tell("profiles/save/", {**body, "replaces": told["replaces"]})
    # Somebody else's tab has the older one.
    assert ada.tell("profiles/save/", {**body, "replaces": told["replaces"]}, 409)["replaces"]
    [seen] = grace.ask("profiles/")["profiles"]
    assert (seen["own"], seen["group"]["name"]) == (False, lab.name)
    wanted = {"name": name, "owner": seen["owner"]}
    assert grace.tell("profiles/load/", wanted)["content"] == content
    assert grace.tell("profiles/delete/", {"name": name}, status=404)["code"] == "not_found"
    assert _names(alan) == []
    alan.tell("profiles/load/", wanted, status=404)
    alan.tell("profiles/save/", body, status=403)
    assert ada.tell("profiles/delete/", {"name": name}) == {"deleted": name}
    grace.tell("profiles/load/", wanted, status=404)
    gone = ada.tell("profiles/save/", {**body, "replaces": told["replaces"]}, status=409)
    assert gone["code"] == "deleted"


def test_what_is_not_shared_is_ones_own(ada: UploadBrowser, grace: UploadBrowser) -> None:
    ada.tell("profiles/save/", {"name": "mine", "content": CONTENT})
    grace.tell("profiles/save/", {"name": "mine", "content": {}})
    assert _names(ada) == _names(grace) == [("mine", True)]
    owner = ada.ask("profiles/")["profiles"][0]["owner"]
    grace.tell("profiles/load/", {"name": "mine", "owner": owner}, status=404)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "   "},
        {"name": "x" * 101},
        {"name": "nul\0"},
        {"content": {"settings": {"driver": "psychic"}}},
        {"content": {"settings": {"attach": [{"extensions": ["pdf"], "to": "image"}]}}},
        {"content": {"target": {"dataset": 1, "new_dataset": "x"}}},
        {"content": {"target": {"project": "1"}}},
        {"content": {"unknown": 1}},
        {"group": -1},
        {"group": 2**63},
        {"replaces": "yesterday"},
    ],
)
def test_what_does_not_fit_is_rejected(ada: UploadBrowser, change: dict[str, Any]) -> None:
    told = ada.tell("profiles/save/", {"name": "p", "content": CONTENT, **change}, status=400)
    assert told["code"] in ("bad_body", "bad_json", "bad_request")
    assert _names(ada) == []


def test_there_is_a_limit(
    ada: UploadBrowser, whole: WholeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.tell("profiles/save/", {"name": "first", "content": {}})
    owner = ada.ask("profiles/")["profiles"][0]["owner"]
    with whole.base.transaction() as cursor:
        cursor.execute(
            "insert into upload_profiles (user_id, name, content) "
            "select %s, 'p' || n, '{}' from generate_series(2, %s) n",
            (owner, PROFILES.most),
        )
    assert ada.tell("profiles/save/", {"name": "more", "content": {}}, 409)["code"] == "too_many"
    listed = ada.ask("profiles/")
    assert len(listed["profiles"]) == listed["most"]
