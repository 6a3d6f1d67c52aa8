"""The quota of a group: before an upload, when two begin at once, and when the import begins."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import microscope_files as made
from omero_plugin_common import audit, quotas
from omero_plugin_common.errors import ApiError
from omero_plugin_common.quotas import Group, OverQuota, Who, count, store, watch
from omero_plugin_common.sudo import service_session
from omero_plugin_common.web import Caller
from omeroweb_upload.planning.settings import StartBody
from omeroweb_upload.services import change_upload, group_room, preflight
from omeroweb_upload.services.start_upload import start_upload
from omeroweb_upload.store import uploads
from upload_lab import UploadLab

pytestmark = pytest.mark.plugins
ROOT = Who(0, "root", "tests")


class Request:
    """What `start_upload` needs of a request."""

    def __init__(self) -> None:
        self.audit = audit.Objects()


class Site:
    """Ada and ben upload into a group whose limit the tests set."""

    def __init__(self, lab: UploadLab, group: str = "sharing") -> None:
        self.lab = lab
        self.group = Group(lab.places.id_of("ExperimenterGroup", group), group)

    @property
    def used(self) -> int:
        """Bytes of the group, counted now and stored."""
        with service_session() as conn:
            return count.count(conn, self.group.id)[1]

    def limit(self, most: int | None) -> None:
        store.set_limits({self.group: most}, ROOT)

    def caller(self, who: str = "ada") -> Caller:
        asks = self.lab.places.asks(who, self.group.name)
        return Caller(self.lab.places.user(who), asks.user_id, who, asks.group_id, False, "test")

    def body(self, size: int) -> StartBody:
        whole = {
            "files": [{"relative_path": "a.tif", "size": size}, {"relative_path": "Thumbs.db"}],
            "target": {"new_dataset": "New", "group": self.group.id},
        }
        whole["files"][1]["size"] = 10**9  # type: ignore[index]  # it is not sent
        return StartBody.model_validate_json(json.dumps(whole))

    def findings(self, size: int, who: str = "ada") -> dict[str, Any]:
        report = preflight.report(self.caller(who), self.body(size))
        return {each["code"]: each for each in report["findings"]}

    def start(self, size: int, who: str = "ada") -> uploads.Upload:
        return start_upload(Request(), self.caller(who), self.body(size))


@pytest.fixture
def site(lab: UploadLab) -> Site:
    return Site(lab)


def test_a_group_without_a_limit_is_asked_nothing(site: Site) -> None:
    assert not {quotas.CODE, "nearly_over_quota"} & set(site.findings(2**50))
    site.start(1000)


def test_the_report_blocks_and_warns(site: Site) -> None:
    used = site.used
    assert used > 0
    site.limit(used + 1_000_000)
    assert not {quotas.CODE, "nearly_over_quota"} & set(site.findings(1))
    site.limit(used + 100)
    nearly = site.findings(100)["nearly_over_quota"]
    assert nearly["severity"] == "warns"
    assert "The group sharing will have used 100 %" in nearly["message"]
    over = site.findings(101)
    assert over[quotas.CODE]["severity"] == "blocks"
    assert "this needs 101 bytes" in over[quotas.CODE]["message"]
    assert "nearly_over_quota" not in over


def test_members_do_not_see_what_fills_a_private_group(lab: UploadLab) -> None:
    site = Site(lab, "private")
    # Ben sees none of ada's files; they count all the same.
    ben = count.bytes_by_group(lab.places.user("ben"), [site.group.id])
    assert ben == {}
    used = site.used
    assert used > 0
    site.limit(used)
    with pytest.raises(OverQuota):
        site.start(1, "ben")


def test_what_others_have_promised_counts(site: Site) -> None:
    site.limit(site.used + 1000)
    first = site.start(600)
    with pytest.raises(OverQuota) as raised:
        site.start(401, "ben")
    assert "600 bytes are on their way in other uploads" in raised.value.message
    assert "600 bytes are on their way" in site.findings(401, "ben")[quotas.CODE]["message"]
    # Nothing of the one that was rejected stays.
    assert [each.name for each in site.lab.staging.iterdir()] == [first.id.hex]
    site.start(400, "ben")
    change_upload.cancel(first)
    site.start(600, "ben")


def test_of_two_at_once_one_has_the_room(site: Site) -> None:
    site.limit(site.used + 1000)
    people = ["ada", "ben"] * 3
    for who in people:
        site.caller(who)

    def one(who: str) -> str:
        try:
            site.start(600, who)
        except ApiError as error:
            return error.code
        return "started"

    with ThreadPoolExecutor(len(people)) as pool:
        answers = sorted(pool.map(one, people))
    assert answers == [quotas.CODE] * (len(people) - 1) + ["started"]
    assert group_room.for_upload(*_named(site)).promised == 600  # type: ignore[union-attr]


def test_it_is_checked_again_when_the_import_begins(site: Site) -> None:
    lab = site.lab
    files = made.tiff("new.tif")
    size = sum(map(len, files.values()))
    before = site.used
    site.limit(before + size)
    upload = lab.arrived(files)
    # Meanwhile the group has got less, or more by another way: nothing is imported.
    site.limit(before + size - 1)
    ended = lab.imported(upload)
    assert ended.state == "error"
    assert ended.message.startswith("The group sharing may have ")
    assert "Delete what the group no longer needs" in ended.message
    assert (lab.staged(upload), lab.images(upload)) == (["new.tif"], [])
    assert site.used == before
    # With more room it goes on with the same bytes.
    site.limit(before + size)
    change_upload.try_again(lab.now(upload), "test")
    lab.work()
    done = lab.now(upload)
    assert done.state == "done", done.message
    # With OMERO's own log of the import.
    assert before + size < site.used < before + size + 1000
    assert uploads.left_to_import(upload.id) == 0


def test_attachments_alone_are_checked_too(site: Site) -> None:
    site.limit(site.used + 2)
    upload = site.lab.arrived({"notes.txt": b"abc"}, roles={"notes.txt": "attachment"})
    ended = site.lab.imported(upload)
    assert (ended.state, ended.message[:17]) == ("error", "The group sharing")
    assert site.lab.staged(upload) == ["notes.txt"]


def test_a_running_import_notices_a_full_group(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = site.lab
    monkeypatch.setattr(group_room, "_SECONDS", 0.0)
    monkeypatch.setattr("omeroweb_upload.services.import_units._PART_BYTES", 1)
    files = {**made.tiff("1.tif", seed=1), **made.tiff("2.tif", seed=2)}
    before = site.used
    site.limit(before + sum(map(len, files.values())))
    upload = lab.arrived(files)
    seen = []
    check = group_room.DuringImport.check

    def lowered(self: group_room.DuringImport) -> None:
        seen.append(site.used)
        if seen[-1] > before:
            site.limit(before + 1)
        check(self)

    monkeypatch.setattr(group_room.DuringImport, "check", lowered)
    ended = lab.imported(upload)
    assert ended.state == "error"
    assert [unit.state for unit in lab.units(upload)] == ["imported", "waiting"]
    assert lab.staged(upload) == ["2.tif"]


def test_a_worker_says_which_groups_come_near_their_limits(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    used = site.used
    watch.count_groups()
    assert store.history(10) == []
    site.limit(used)
    watch.count_groups()
    newest = store.history(1)[0]
    assert (newest["what"], newest["group_name"], newest["after"]) == (
        "standing",
        "sharing",
        "full",
    )
    assert newest["user_name"] == ""
    assert f"quota of the group sharing ({site.group.id}): full" in caplog.text
    counted = store.usage([site.group.id])[site.group.id]
    assert (counted.bytes, counted.standing) == (used, "full")


def _named(site: Site) -> tuple[int, str]:
    return site.group.id, site.group.name
