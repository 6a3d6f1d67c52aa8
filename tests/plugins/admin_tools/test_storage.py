"""Who has how much: what is counted, how often OMERO is asked, and what leaves as CSV."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

# First: imported after Glacier2 it would define its exceptions a second time.
import httpx
import pytest
from omero.gateway import BlitzGateway

import local_services
from omero_plugin_common import spreadsheet
from omeroweb_admin_tools.services.storage import permissions_label
from people import Person
from plugin_site import Browser
from whole_site import WholeSite

DATA: Final = "/omeroweb_admin_tools/storage/data/"
USERS, GROUPS = 500, 100
# What OMERO.web itself asks for a request of anybody: it connects, and sees whose session it is.
OWN: Final = (
    "IAdmin.getEventContext",
    "Router.createSession",
    "ServiceFactory.detachOnDestroy",
    "ServiceFactory.getAdminService",
    "ServiceFactory.setCallback",
)
# To give them a count of an earlier day.
PAST: Final = (
    "insert into admin_tools_usage_days (day, user_id, group_id, bytes) "
    "select current_date - n, %s, %s, 1000 - 10 * n from generate_series(1, 20) as n"
)


def _row(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    [found] = [row for row in rows if wanted.items() <= row.items()]
    return found


def test_bytes_of_a_user_and_a_group(whole: WholeSite, person: Person, root: Browser) -> None:
    before = root.get(f"{DATA}?fresh=1").json()
    idle = _row(before["by_user"], username=person.name)
    assert (idle["bytes"], idle["groups"]) == (0, sorted([person.group.name, "user"]))
    _attach(whole, person, b"x" * 1234)
    shown = root.get(DATA).json()
    assert (shown["counted"], shown["by_user"]) == (before["counted"], before["by_user"])
    after = root.get(f"{DATA}?fresh=1").json()
    assert after["age_seconds"] < 60
    assert _row(after["by_user"], username=person.name)["bytes"] == 1234
    group = _row(after["by_group"], group=person.group.name)
    assert (group["bytes"], group["permissions"]) == (1234, "Read-annotate")
    assert person.name in group["users"]
    both = _row(after["by_user_group"], username=person.name)
    assert (both["group"], both["bytes"]) == (person.group.name, 1234)
    gained = after["totals"]["omero_binary_bytes"] - before["totals"]["omero_binary_bytes"]
    assert gained >= 1234
    assert after["totals"]["free_bytes"] > 0
    for view in ("by_user", "by_group", "by_user_group"):
        sizes = [row["bytes"] for row in after[view]]
        assert sizes == sorted(sizes, reverse=True)


def test_growth(whole: WholeSite, no_worker: None, person: Person, root: Browser) -> None:
    with whole.base.transaction() as cursor:
        # A worker may have counted on this site.
        cursor.execute("delete from admin_tools_usage_days")
        cursor.execute(PAST, (person.id, person.group.id))
    try:
        data = root.get(DATA + "?fresh=1").json()
    finally:
        with whole.base.transaction() as cursor:
            cursor.execute("delete from admin_tools_usage_days")
    group = _row(data["by_group"], group=person.group.name)
    assert group["bytes_per_day"] == pytest.approx(10)
    days = data["growth"]["days"]
    assert [each["bytes"] for each in days[:2]] == [800, 810]
    assert data["growth"]["bytes_per_day"] == pytest.approx(10)
    assert data["growth"]["days_left"] == data["totals"]["free_bytes"] // 10
    words = f"{person.group.name} grows by 10 bytes a day, 100 % of all growth; it has no quota."
    assert data["recommendations"] == [{"urgent": False, "words": words, "advice": ""}]


def test_no_formula_reaches_a_spreadsheet(whole: WholeSite, root: Browser) -> None:
    group = whole.people.group(label='=HYPERLINK("http://evil","x")')
    person = whole.people.person(group, label="+cmd")
    assert root.get(f"{DATA}?fresh=1").status_code == 200
    for view, name in (("users", person.name), ("groups", group.name)):
        answer = root.get(f"/omeroweb_admin_tools/storage/table/{view}.csv")
        assert f"omero-storage-{view}.csv" in answer.headers["Content-Disposition"]
        text = answer.content.decode("utf-8-sig")
        cells = [row[0] for row in spreadsheet.read(text)]
        assert name in cells
        assert all(not line.strip('"').startswith(("=", "+")) for line in text.splitlines())
    assert root.get("/omeroweb_admin_tools/storage/table/others.csv").status_code == 404


@pytest.mark.parametrize(
    ("permissions", "label"),
    [
        ("rwrw--", "Read-write"), ("rwra--", "Read-annotate"), ("rwr---", "Read-only"),
        ("rw----", "Private"),
    ],
)  # fmt: skip
def test_permissions_in_words(permissions: str, label: str) -> None:
    assert permissions_label(permissions) == label


@pytest.mark.timeout(600)
def test_five_calls_for_five_hundred_users_in_a_hundred_groups(
    whole: WholeSite, no_worker: None, tmp_path: Path
) -> None:
    """Of the whole page: of each address that its script asks when it is opened."""
    description = tmp_path / "many.json"
    description.write_text(json.dumps(_many()))
    names = ("OMP_DATA_", "PLUGIN_KEYS_", "JOB_SERVICE_", "PYTHONPATH", "OMERO_WEB_STATIC_")
    given = {name: value for name, value in whole.variables.items() if name.startswith(names)}
    with local_services.site(
        tmp_path, data=str(description), WEB_APPS="admin_tools", **given
    ) as site:
        manager = Browser(site.url).log_in("manager", "manager")
        # The page asks nothing of its own; OMERO.web reads its head, and what it needs once.
        page = manager.get("/omeroweb_admin_tools/storage/").text
        asked = re.findall(r'data-(?:usage|quotas)="([^"]+)"', page)
        assert asked == [DATA, "/omeroweb_admin_tools/storage/quota/data/"]
        with httpx.Client(
            base_url=local_services.control(site.standin), verify=local_services.NO_AUTHORITIES
        ) as control:
            usage, calls = _asked(control, manager, asked[0])
            assert usage["new"]
            quotas, more = _asked(control, manager, f"{asked[1]}?counted=1")
            again = [_asked(control, manager, address) for address in asked]
    assert 0 < sum(calls.values()) + sum(more.values()) <= 5, (calls, more)
    # What was counted is shown for five minutes, beside the groups that there are now.
    assert not again[0][0]["new"]
    assert [each.get("IQuery.projection", 0) for _, each in again] == [0, 1], again
    assert len([row for row in usage["by_user"] if row["username"].startswith("user")]) == USERS
    named = [row for row in usage["by_group"] if row["group"].startswith("group")]
    assert (len(named), {len(row["users"]) for row in named}) == (GROUPS, {USERS // 10})
    assert len(usage["by_user_group"]) == USERS
    assert all(row["bytes"] for row in usage["by_user_group"])
    assert len([row for row in quotas["groups"] if row["group"].startswith("group")]) == GROUPS


def _asked(control: httpx.Client, browser: Browser, address: str) -> tuple[Any, dict[str, int]]:
    """What an address answers, and the calls of OMERO that this took beside OMERO.web's own."""
    control.delete("/counts")
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text
    calls = control.get("/counts").json()
    return answer.json(), {name: n for name, n in calls.items() if name not in OWN}


def _many() -> dict[str, Any]:
    """Each user is in ten groups and has a file in the first of them."""
    users = [
        {
            "name": f"user{n:03}",
            "groups": [f"group{(n + 10 * step) % GROUPS:03}" for step in range(10)],
        }
        for n in range(USERS)
    ]
    image = {"name": "a.tif", "count": 1, "size": [4, 4, 1, 1, 1], "files": "each"}
    data = [
        {
            "owner": user["name"],
            "group": user["groups"][0],
            "projects": [{"name": "P", "datasets": [{"name": "D", "images": [image]}]}],
        }
        for user in users
    ]
    manager = {"name": "manager", "groups": ["system"], "privileges": "all"}
    groups = [{"name": f"group{n:03}", "permissions": "rw----"} for n in range(GROUPS)]
    return {"groups": groups, "users": [*users, manager], "data": data}


def _attach(whole: WholeSite, person: Person, content: bytes) -> None:
    """A file of a user, in their group."""
    port = whole.site.standin.port
    gateway = BlitzGateway(person.name, person.password, host="127.0.0.1", port=port, secure=True)
    assert gateway.connect()
    try:
        folder = whole.folder / f"file of {person.name}"
        folder.write_bytes(content)
        gateway.createOriginalFileFromLocalFile(str(folder), mimetype="text/plain")
    finally:
        gateway.close()
