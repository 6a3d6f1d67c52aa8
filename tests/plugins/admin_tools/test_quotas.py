"""Limits of groups: the table, the file, the rules, the history, and what an upload sees."""

from __future__ import annotations

from typing import Any, Final

# First: imported after Glacier2 it would define its exceptions a second time.
import httpx
import pytest

from people import Person
from plugin_site import Browser
from upload_site import UploadBrowser, browser_of
from whole_site import WholeSite

PLUGIN: Final = "/omeroweb_admin_tools/storage/quota/"
GIGABYTE: Final = 1024**3
# Ten mebibytes more each day, to the day before today.
PAST: Final = (
    "insert into admin_tools_usage_days (day, user_id, group_id, bytes) "
    "select current_date - n, %s, %s, (30 - n)::bigint * 10 * 1024 * 1024 "
    "from generate_series(1, 20) as n"
)


@pytest.fixture
def ada(whole: WholeSite, no_worker: None, person: Person) -> UploadBrowser:
    return browser_of(whole, person)


def _update(root: Browser, status: int = 200, **body: Any) -> Any:
    answer = root.post(f"{PLUGIN}update/", body)
    assert answer.status_code == status, answer.text
    return answer.json()


def _send(root: Browser, text: str | bytes, **form: str) -> httpx.Response:
    content = text if isinstance(text, bytes) else text.encode()
    return root.client.post(
        f"{PLUGIN}import/",
        data=form,
        files={"file": ("quotas.csv", content, "text/csv")},
        headers={"X-CSRFToken": root.token},
    )


def _of(root: Browser, group: str) -> dict[str, Any]:
    [found] = [
        each for each in root.get(f"{PLUGIN}data/").json()["groups"] if each["group"] == group
    ]
    return dict(found)


def test_a_limit_is_set_and_stops_an_upload(
    root: Browser, ada: UploadBrowser, person: Person
) -> None:
    name = person.group.name
    change = {"group": name, "quota_gb": 1.5}
    dry = _update(root, updates=[change], dry_run=True)
    assert dry["changes"] == [{"group": name, "before": None, "after": 3 * 2**29}]
    assert name not in root.get(f"{PLUGIN}data/").json()["quotas_gb"]
    set_ = _update(root, updates=[change], why="a new microscope")
    assert (set_["quotas_gb"][name], set_["changes"]) == (1.5, dry["changes"])
    shown = _of(root, name)
    # It is counted at once: no upload waits for a worker's next round.
    assert (shown["limit"], shown["from"], shown["bytes"]) == (3 * 2**29, "set", 0)
    newest = root.get(f"{PLUGIN}data/").json()["logs"][0]
    assert newest["message"] == f"{name}: no limit → 1.5 GiB, by root: a new microscope"
    body = {"files": [{"relative_path": "a", "size": 2 * GIGABYTE}], "target": {"new_dataset": "N"}}
    assert ada.tell("start/", body, 409)["code"] == "over_quota"
    # What is the same changes nothing, and takes no line of the history.
    assert _update(root, updates=[change])["changes"] == []
    assert root.get(f"{PLUGIN}data/").json()["logs"][0]["id"] == newest["id"]
    _update(root, updates=[{"group": name, "quota_gb": None}])
    assert _of(root, name)["limit"] is None


def test_when_a_group_reaches_its_limit(
    whole: WholeSite, no_worker: None, root: Browser, person: Person
) -> None:
    name, id_ = person.group.name, person.group.id
    assert _of(root, name)["full_in_days"] is None
    _update(root, updates=[{"group": name, "quota_gb": 1}])
    # Without growth, never.
    assert _of(root, name)["full_in_days"] is None
    with whole.base.transaction() as cursor:
        cursor.execute(PAST, (person.id, id_))
    try:
        # It has nothing now: all of its gigabyte is left, at 10 MiB a day.
        assert _of(root, name)["full_in_days"] == 102
    finally:
        with whole.base.transaction() as cursor:
            cursor.execute("delete from admin_tools_usage_days where group_id = %s", (id_,))
        _update(root, updates=[{"group": name, "quota_gb": None}])
    assert _of(root, name)["full_in_days"] is None


@pytest.mark.parametrize(
    ("group", "raw"),
    [
        ("../..", "1"), ("..", "1"), ("system", "1"), ("user", "1"), ("no such group", "1"),
        ("", "1"), (None, "NaN"), (None, "Infinity"), (None, "-1"), (None, "0"), (None, "1e300"),
        (None, '"much"'),
    ],
)  # fmt: skip
def test_names_and_numbers_that_cannot_be(
    root: Browser, person: Person, group: str | None, raw: str
) -> None:
    name = person.group.name if group is None else group
    body = f'{{"updates": [{{"group": "{name}", "quota_gb": {raw}}}]}}'
    headers = {"X-CSRFToken": root.token, "Content-Type": "application/json"}
    answer = root.client.post(f"{PLUGIN}update/", content=body, headers=headers)
    assert answer.status_code == 400, answer.text
    assert _of(root, person.group.name)["limit"] is None
    root.get(f"{PLUGIN}data/").json()


def test_one_bad_line_changes_none(root: Browser, person: Person) -> None:
    good = {"group": person.group.name, "quota_gb": 2}
    answer = _update(root, 400, updates=[good, {"group": "no such group", "quota_gb": 2}])
    assert answer["error"].startswith("OMERO has no group 'no such group'")
    twice = _update(root, 400, updates=[good, good])
    assert "twice" in twice["error"]
    assert _of(root, person.group.name)["limit"] is None


def test_a_file_with_a_dry_run_first(root: Browser, person: Person) -> None:
    name = person.group.name
    text = f"Group;Quota [GB]\r\n{name};0,5\r\n"
    dry = _send(root, text, dry_run="1").json()
    assert dry["changes"] == [{"group": name, "before": None, "after": GIGABYTE // 2}]
    assert _of(root, name)["limit"] is None
    assert _send(root, text, why="of 2026").json()["dry_run"] is False
    assert _of(root, name)["limit"] == GIGABYTE // 2
    bad = _send(root, f"{name},1\nno such group,2\n")
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_table")
    assert "line 2" in bad.json()["error"]
    assert _send(root, b"\xff\xfe\x00").status_code == 400
    assert _of(root, name)["limit"] == GIGABYTE // 2
    # What is downloaded can be sent back and changes nothing.
    table = root.get(f"{PLUGIN}table/").content
    assert _send(root, table, dry_run="1").json()["changes"] == []
    empty = root.get(f"{PLUGIN}template/")
    assert empty.content.decode("utf-8-sig") == "Group,Quota [GB]\r\n"


def test_a_default_is_for_new_groups_only(whole: WholeSite, root: Browser, person: Person) -> None:
    def rules(**body: Any) -> httpx.Response:
        return root.post(f"{PLUGIN}rules/", body)

    assert rules(minimum_gb=2, new_groups_gb=1).status_code == 400
    one = {"minimum_gb": 0.25, "new_groups_gb": 1}
    try:
        assert rules(**one, why="trial").json()["rules"]["new_groups"] == GIGABYTE
        new = whole.people.group(label="newer lab")
        assert _of(root, person.group.name)["limit"] is None
        assert (_of(root, new.name)["limit"], _of(root, new.name)["from"]) == (
            GIGABYTE, "new groups",
        )  # fmt: skip
        small = _update(root, 400, updates=[{"group": new.name, "quota_gb": 0.1}])
        assert "the smallest that this site allows is 256.0 MiB" in small["error"]
        # A limit that was taken from it does not come back.
        _update(root, updates=[{"group": new.name, "quota_gb": None}])
        rules(minimum_gb=0.25, new_groups_gb=2)
        assert _of(root, new.name)["limit"] is None
    finally:
        assert rules(minimum_gb=1e-9, new_groups_gb=None).status_code == 200
