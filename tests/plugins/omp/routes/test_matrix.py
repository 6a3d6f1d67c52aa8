"""Who may do what: four levels of groups, four people, every action."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from omp_lab import Lab
from omp_site import PLUGIN, OmpBrowser

GROUPS = ("private", "reading", "notes", "sharing")
SETTINGS = {"mode": "separators", "pattern": "_", "names": ["Line", "Number", "Stain"]}
ACTIONS = ("write", "acquisition", "delete_plugin", "delete_all", "restore")
SELECTED, REFUSED, HIDDEN, ADMINISTRATOR = "selected", "refused", "hidden", "administrator"
# What each person may do with ada's images in a group of each level.
EXPECTED = {
    "ada": dict.fromkeys(GROUPS, SELECTED),
    "ben": {"private": HIDDEN, "reading": REFUSED, "notes": SELECTED, "sharing": SELECTED},
    "chi": dict.fromkeys(GROUPS, HIDDEN),
    "manager": dict.fromkeys(GROUPS, ADMINISTRATOR),
}
BACKUP = "image_id,image_name,annotation_id,namespace,description,key,value\r\n"


def start(browser: OmpBrowser, action: str, selection: str, images: list[int], user: str) -> Any:
    """The answer to the request that starts an action."""
    sure = {"password": user, "confirmation": "DELETE"}
    match action:
        case "write":
            body = {"selection": selection, "settings": SETTINGS, "mode": "add"}
            made = browser.send("previews/", body)
            return browser.post(f"/{PLUGIN}/start_job/", {"preview": made["preview"]})
        case "acquisition":
            return browser.post(f"/{PLUGIN}/start_acq_job/", {"selection": selection})
        case "delete_plugin":
            return browser.post(f"/{PLUGIN}/start_delete_plugin_job/", {"selection": selection})
        case "delete_all":
            body = {"selection": selection, **sure}
            return browser.post(f"/{PLUGIN}/start_delete_all_job/", body)
        case _:
            lines = "".join(f"{image},x,1,,,restored,yes\r\n" for image in images)
            return upload(browser, BACKUP + lines)


def upload(browser: OmpBrowser, text: str) -> httpx.Response:
    """The answer to a backup that is sent."""
    return browser.client.post(
        f"/{PLUGIN}/restore/",
        files={"backup": ("backup.csv", text.encode(), "text/csv")},
        headers={"X-CSRFToken": browser.token},
    )


@pytest.mark.parametrize("user", EXPECTED)
@pytest.mark.parametrize("group", GROUPS)
def test_every_action_of_everybody_in_every_group(place: Any, group: str, user: str) -> None:
    lab: Lab = place.lab
    browser: OmpBrowser = place.browser(user)
    expected = EXPECTED[user][group]
    images = lab.images(group)
    typed = lab.annotate("ada", images[:1], {"typed": "by ada"})
    chosen = browser.post(f"/{PLUGIN}/selections/", {"datasets": [lab.dataset(group)]})
    if expected == HIDDEN:
        assert (chosen.status_code, chosen.json()["code"]) == (404, "empty_selection")
        selection = place.browser("ada").send("selections/", {"images": images})["selection"]
        for action in ACTIONS[1:4]:
            assert start(browser, action, selection, images, user).status_code == 404
            place.omp.forget_limits()
        assert browser.get(f"/{PLUGIN}/selections/{selection}/backup.csv").status_code == 404
        assert start(browser, "restore", selection, images, user).status_code == 403
        assert lab.pairs(images[0]) == [{"typed": "by ada"}]
        return
    selection = chosen.json()["selection"]
    backup = browser.get(f"/{PLUGIN}/selections/{selection}/backup.csv")
    assert "typed,by ada" in backup.text
    before = lab.sets(images)
    for action in ACTIONS:
        place.omp.forget_limits()
        answer = start(browser, action, selection, images, user)
        if expected != SELECTED:
            code = "administrator" if expected == ADMINISTRATOR else "forbidden"
            assert (answer.status_code, answer.json()["code"]) == (403, code), action
            continue
        assert answer.status_code == 200, answer.text
        done = browser.finished(answer.json()["id"])
        assert done["state"] == "done", done
        # In a read-annotate group a member cannot take away what the owner typed.
        stays = (user, group) == ("ben", "notes")
        _check(lab, action, images, done["result"], {typed} if stays else set())
    if expected != SELECTED:
        assert lab.sets(images) == before


def _check(lab: Lab, action: str, images: list[int], outcomes: Any, stays: set[int]) -> None:
    """What an action has done; `stays` is what a deletion of all must leave."""
    found = lab.sets(images)
    names = {name for sets in found.values() for each in sets for name, _ in each.pairs}
    match action:
        case "write":
            assert outcomes == {"images": 3, "written": 3}
            assert {"Line", "Number", "Stain", "omp_hash"} <= names
        case "acquisition":
            assert outcomes == {"images": 3, "written": 3}
            assert "Image size (X Y Z C T)" in names
        case "delete_plugin":
            assert outcomes == {"images": 3, "removed": 3}
            assert names == {"typed"}
        case "delete_all":
            assert {each.annotation for sets in found.values() for each in sets} == stays
        case "restore":
            assert outcomes == {"images": 3, "restored": 3}
            assert "restored" in names


def test_the_preview_says_who_may_not_write(place: Any) -> None:
    ben = place.browser("ben")
    chosen = ben.send("selections/", {"datasets": [place.lab.dataset("reading")]})
    body = {"selection": chosen["selection"], "settings": SETTINGS, "mode": "replace_own"}
    made = ben.send("previews/", body)
    rows = ben.ask(f"previews/{made['preview']}/rows/")["rows"]
    assert {row["state"] for row in rows} == {"refused"}
    assert rows[0]["reasons"] == ["You may not annotate this image"]
    assert rows[0]["cells"] == []
    changed = ben.ask(f"previews/{made['preview']}/rows/?filter=changed")
    assert (changed["total"], changed["lookedUp"]) == (0, 3)
