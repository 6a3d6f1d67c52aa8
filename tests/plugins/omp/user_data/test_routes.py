"""What a user keeps with the plugin, over the wire: methods, tokens, other users, limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ai_servers import KEY, AiServer
from omp_site import PLUGIN, OmpBrowser, OmpSite

CONTENT = {
    "mode": "separators", "pattern": "_", "variables": ["Well", "", "Stain"],
    "shape_names": [["", "Field"]], "constants": [{"key": "Study", "value": "S1"}],
    "also": ["dataset"], "namespace": "our.lab", "tags": ["Stain"], "target": "images",
    "project": 7,
}  # fmt: skip
GET = ("varsets/", "ai-credentials/", "ai-credentials/models/", "user-settings/")
POST = (
    "varsets/save/",
    "varsets/load/",
    "varsets/delete/",
    "ai-credentials/save/",
    "ai-credentials/test/",
    "user-settings/save/",
    "user-data/delete-api-keys/",
    "user-data/delete-variable-sets/",
    "user-data/delete-all/",
)


@pytest.fixture
def ada(omp: OmpSite) -> OmpBrowser:
    return omp.browser("ada")


@pytest.fixture
def grace(omp: OmpSite) -> OmpBrowser:
    return omp.browser("grace")


def _saved(omp: OmpSite) -> int:
    with omp.base.transaction() as cursor:
        cursor.execute(
            "select (select count(*) from omp_variable_sets) + (select count(*) from "
            "omp_ai_credentials) + (select count(*) from omp_user_settings) as n"
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row["n"])


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_every_route_has_one_method(omp: OmpSite, ada: OmpBrowser, method: str) -> None:
    for path in GET + POST:
        if method == ("GET" if path in GET else "POST"):
            continue
        answer = ada.client.request(method, f"/{PLUGIN}/{path}", headers={"X-CSRFToken": ada.token})
        assert answer.status_code == 405, path
        assert answer.headers["Allow"] == ("GET" if path in GET else "POST")


@pytest.mark.parametrize("path", POST)
def test_nothing_changes_without_the_token_or_a_login(
    omp: OmpSite, ada: OmpBrowser, path: str
) -> None:
    before = _saved(omp)
    assert ada.client.post(f"/{PLUGIN}/{path}", json={}).status_code == 403
    stranger = OmpBrowser(omp.site.url)
    stranger.client.get("/webclient/login/")
    assert stranger.post(f"/{PLUGIN}/{path}", {}).status_code == 401
    assert _saved(omp) == before


@pytest.mark.parametrize("path", GET)
def test_nothing_is_shown_without_a_login(omp: OmpSite, path: str) -> None:
    assert OmpBrowser(omp.site.url).get(f"/{PLUGIN}/{path}").status_code == 401


def test_a_set_is_saved_shared_loaded_overwritten_and_deleted(
    omp: OmpSite, ada: OmpBrowser, grace: OmpBrowser
) -> None:
    lab = omp.groups["lab"]
    name = '<img src=x onerror="alert(1)">'
    body = {"name": name, "content": CONTENT, "group": lab.id}
    ada.send("varsets/save/", body)
    told = ada.send("varsets/save/", body, status=409)
    assert told["code"] == "exists"
    ada.send("varsets/save/", {**body, "replaces": told["replaces"]})
    listed = ada.ask("varsets/")
    assert [each["name"] for each in listed["sets"]] == [name]
    assert listed["groups"] == [{"id": lab.id, "name": lab.name}]
    [seen] = grace.ask("varsets/")["sets"]
    assert (seen["own"], seen["ownerName"], seen["group"]["name"]) == (
        False,
        omp.logins["ada"].name,
        lab.name,
    )
    wanted = {"name": name, "owner": omp.logins["ada"].id}
    assert grace.send("varsets/load/", wanted)["content"] == CONTENT
    grace.send("varsets/delete/", {"name": name}, status=404)
    alan = omp.browser("alan")
    assert alan.ask("varsets/")["sets"] == []
    alan.send("varsets/load/", wanted, status=404)
    alan.send("varsets/save/", body, status=403)
    assert ada.send("varsets/delete/", {"name": name}) == {"deleted": name}
    grace.send("varsets/load/", wanted, status=404)


def test_root_sees_no_set_of_others(omp: OmpSite, ada: OmpBrowser) -> None:
    ada.send("varsets/save/", {"name": "mine", "content": CONTENT})
    root = omp.browser("root")
    assert root.ask("varsets/")["sets"] == []
    root.send("varsets/load/", {"name": "mine", "owner": omp.logins["ada"].id}, status=404)
    ada.send("varsets/delete/", {"name": "mine"})


def test_settings_are_the_same_in_another_browser(omp: OmpSite, ada: OmpBrowser) -> None:
    saved = ada.send("user-settings/save/", {"settings": {"separators": "+", "mode": "regex"}})
    assert omp.browser("ada").ask("user-settings/") == saved
    assert saved["settings"]["separators"] == "+"
    assert omp.browser("grace").ask("user-settings/")["settings"]["separators"] == "_-. "
    ada.send("user-settings/save/", {"settings": {"separators": 5}}, status=400)
    assert ada.ask("user-settings/") == saved


def test_a_key_goes_in_and_never_comes_out(
    omp: OmpSite, ada: OmpBrowser, ai_server: AiServer
) -> None:
    answers: list[Any] = [ada.ask("ai-credentials/")]
    assert answers[0]["enabled"] is True
    assert answers[0]["providers"][0]["host"] == ai_server.base[7:-3]
    body = {"provider": "Lab", "apiKey": f" {KEY}\n"}
    answers.append(ada.send("ai-credentials/test/", body))
    answers.append(ada.send("ai-credentials/save/", body))
    answers.append(ada.send("ai-credentials/test/", {"provider": "Lab"}))
    answers.append(ada.ask("ai-credentials/models/?provider=Lab"))
    assert answers[-1]["models"] == ["small-1", "large-2"]
    answers.append(ada.ask("ai-credentials/"))
    assert answers[-1]["providers"][0]["lastUsed"]
    answers.append(
        ada.send("ai-credentials/test/", {"provider": "Lab", "apiKey": f"x{KEY}"}, status=409)
    )
    assert answers[-1]["code"] == "ai_key_refused"
    answers.append(ada.send("ai-credentials/save/", {"provider": "Lab", "apiKey": f"{KEY} x"}, 400))
    assert KEY not in json.dumps(answers)
    assert KEY not in omp.log()
    with omp.base.transaction() as cursor:
        cursor.execute("select api_key from omp_ai_credentials")
        assert all(KEY not in row["api_key"] for row in cursor.fetchall())


def test_a_provider_that_the_site_does_not_have(omp: OmpSite, ada: OmpBrowser) -> None:
    for answer in (
        ada.ask("ai-credentials/models/?provider=Evil", 404),
        ada.send("ai-credentials/save/", {"provider": "Evil", "apiKey": KEY}, 404),
        ada.send("ai-credentials/test/", {"provider": "Evil"}, 404),
    ):
        assert answer["code"] == "ai_off"
    wrong = {"provider": "Lab", "apiKey": KEY, "baseUrl": "http://169.254.169.254/"}
    assert ada.send("ai-credentials/test/", wrong, 400)["code"] == "bad_body"


def test_deleting_takes_ones_own_data_and_nobody_elses(
    omp: OmpSite, ada: OmpBrowser, grace: OmpBrowser
) -> None:
    for browser in (ada, grace):
        browser.send("user-data/delete-all/")
        browser.send("varsets/save/", {"name": "one", "content": CONTENT})
        browser.send("ai-credentials/save/", {"provider": "Lab", "apiKey": KEY})
        browser.send("user-settings/save/", {"settings": {"separators": "+"}})
    for user in ("ada", "grace"):
        omp.select(user, ["a.tif"])
    assert ada.send("user-data/delete-api-keys/") == {"deleted": {"apiKeys": 1}}
    assert ada.send("user-data/delete-variable-sets/") == {"deleted": {"variableSets": 1}}
    everything = grace.send("user-data/delete-all/")["deleted"]
    assert everything == {
        "apiKeys": 1,
        "variableSets": 1,
        "settings": 1,
        "aiValues": 0,
        "selections": 1,
        "uploads": 0,
        "written": 0,
        "writtenValues": 0,
        "jobs": 0,
    }
    assert ada.ask("user-settings/")["settings"]["separators"] == "+"
    assert ada.send("user-data/delete-all/")["deleted"]["selections"] == 1
    assert ada.ask("user-settings/")["settings"]["separators"] == "_-. "


def test_bulk_deletions_and_tests_of_keys_count_together(omp: OmpSite, grace: OmpBrowser) -> None:
    for path in ("user-data/delete-api-keys/", "user-data/delete-variable-sets/") * 2:
        grace.send(path)
    for _ in range(2):
        grace.send("ai-credentials/test/", {"provider": "Lab", "apiKey": KEY})
    refused = grace.send("user-data/delete-all/", status=429)
    assert 0 < refused["retryAfter"] <= 60
    omp.browser("alan").send("user-data/delete-api-keys/")
