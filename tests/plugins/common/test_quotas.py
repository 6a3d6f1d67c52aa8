"""Limits of groups in the plugin database: who changes what, new groups, several at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from omero_web_container import cli

import local_services
from omero_plugin_common import database as plugin_database
from omero_plugin_common import quotas
from omero_plugin_common.database import Database
from omero_plugin_common.quotas import Group, Who, store
from omero_plugin_common.quotas.model import MOST, Rules
from plugin_site import database_variables

LIVER, HEART, BRAIN = Group(5, "Liver"), Group(6, "Heart"), Group(9, "Brain")
ROOT = Who(0, "root", "a new microscope")


@pytest.fixture(autouse=True)
def plugins_database(
    database: Database,
    postgres: local_services.Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """The empty database is the one of this process."""
    for name, value in database_variables(postgres, tmp_path).items():
        monkeypatch.setenv(name, value)
    plugin_database.default.cache_clear()
    yield
    plugin_database.default().close()
    plugin_database.default.cache_clear()


def lines() -> list[tuple[str, str, str | None, str | None]]:
    return [
        (each["what"], each["group_name"], each["before"], each["after"])
        for each in store.history(100)
    ]


def test_only_changes_are_stored_with_who_and_why() -> None:
    assert not store.any_limit()
    assert store.set_limits({LIVER: 100, HEART: None}, ROOT) == [LIVER, HEART]
    assert store.set_limits({LIVER: 100, HEART: 50}, ROOT) == [HEART]
    assert store.any_limit()
    assert store.limits([5, 6, 7]) == {5: 100, 6: 50}
    assert store.own_limits() == {5: 100, 6: 50}
    assert lines() == [
        ("limit", "Heart", None, "50"),
        ("limit", "Heart", None, None),
        ("limit", "Liver", None, "100"),
    ]
    newest = store.history(1)[0]
    assert (newest["user_name"], newest["why"]) == ("root", "a new microscope")
    assert [each["after"] for each in store.history(5, before=newest["id"])] == [None, "100"]


def test_one_limit_below_the_least_changes_none() -> None:
    store.set_rules(Rules(10, None, None), ROOT)
    with pytest.raises(ValueError, match="The limit of Heart is 9 bytes, and the least is 10"):
        store.set_limits({LIVER: 100, HEART: 9}, ROOT)
    assert store.own_limits() == {}
    assert lines() == [("minimum", "", "1", "10")]
    store.set_limits({LIVER: MOST}, ROOT)
    assert store.limits([5]) == {5: MOST}


def test_a_limit_for_new_groups_reaches_no_older_one() -> None:
    store.set_rules(Rules(1, 100, 6), ROOT)
    assert store.limits([0, 1, 5, 6, 7, 9]) == {7: 100, 9: 100}
    # A larger one now: those in between were new as well.
    store.set_rules(Rules(1, 200, 9), ROOT)
    assert store.limits([6, 7, 9, 10]) == {7: 200, 9: 200, 10: 200}
    # A limit that somebody took from a new group does not come back.
    store.set_limits({BRAIN: None}, ROOT)
    assert store.limits([9, 10]) == {10: 200}
    assert lines()[0] == ("limit", "Brain", "200", None)
    store.set_rules(Rules(1, None, None), ROOT)
    assert store.limits([7, 10]) == {}
    # Who begins again means the groups that are new from then on.
    store.set_rules(Rules(1, 300, 10), ROOT)
    assert store.limits([7, 10, 11]) == {11: 300}


def test_a_count_tells_which_groups_come_near_their_limits() -> None:
    store.set_limits({LIVER: 100, HEART: 100}, ROOT)
    assert store.store_usage([LIVER, HEART, BRAIN], {5: 90, 9: 10**12}) == [(LIVER, "nearly full")]
    assert store.store_usage([LIVER, HEART, BRAIN], {5: 90}) == []
    assert store.store_usage([LIVER], {5: 100}) == [(LIVER, "full")]
    assert {id_: each.bytes for id_, each in store.usage([5, 6, 9, 77]).items()} == {
        5: 100, 6: 0, 9: 0,
    }  # fmt: skip
    assert store.store_usage([LIVER], {5: 1}) == [(LIVER, "free")]
    assert lines()[:3] == [
        ("standing", "Liver", "full", "free"),
        ("standing", "Liver", "nearly full", "full"),
        ("standing", "Liver", "free", "nearly full"),
    ]


def test_the_report_is_as_of_the_last_count_and_without_deleted_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    monkeypatch.setenv("TERMINATION_LOG", str(log))

    def told() -> dict[str, Any]:
        assert cli.main(["quotas"]) == 0
        found: dict[str, Any] = json.loads(log.read_text())
        return found

    assert (told()["limits"], told()["groups"], told()["counted"]) == (False, 0, "")
    store.set_rules(Rules(1, 100, 6), ROOT)
    store.set_limits({LIVER: 100, HEART: 100}, ROOT)
    odd = Group(9, 'Brain "\n\u7dda')
    store.store_usage([LIVER, HEART, odd, Group(4, "no limit")], {5: 100, 9: 95})
    found = told()
    assert (found["groups"], found["full"], found["nearlyFull"]) == (3, 1, 1)
    assert [(each["id"], each["name"], each["used"]) for each in found["fullest"]] == [
        (5, "Liver", 100), (9, 'Brain " \u7dda', 95), (6, "Heart", 0),
    ]  # fmt: skip
    # Standings are those of the present limits; a group that is gone fills nothing.
    store.set_limits({LIVER: 1000}, ROOT)
    store.forget_others([LIVER.id, HEART.id])
    assert (told()["full"], told()["groups"]) == (0, 2)


def test_a_database_without_quotas_says_who_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERMINATION_LOG", str(tmp_path / "log"))
    with plugin_database.default().transaction() as cursor:
        cursor.execute("drop table omero_plugin_group_usage")
    assert cli.main(["quotas"]) == 1
    assert "the first worker makes their tables" in (tmp_path / "log").read_text()


def test_room_counts_what_was_used_and_promised() -> None:
    assert quotas.room(LIVER) is None
    store.set_limits({LIVER: 100}, ROOT)
    never_counted = quotas.room(LIVER, promised=5)
    assert never_counted == quotas.Room(LIVER, 100, 0, 5)
    store.store_usage([LIVER], {5: 40})
    assert quotas.room(LIVER) == quotas.Room(LIVER, 100, 40)
    assert quotas.room(LIVER, used=70) == quotas.Room(LIVER, 100, 70)


def test_of_two_that_promise_bytes_at_once_one_waits() -> None:
    inside, other = threading.Event(), threading.Event()

    def second() -> None:
        with quotas.one_at_a_time(5):
            other.set()

    thread = threading.Thread(target=second)
    with quotas.one_at_a_time(5):
        thread.start()
        with quotas.one_at_a_time(6):
            inside.set()
        assert not other.wait(0.3)
    assert other.wait(30)
    assert inside.is_set()
    thread.join()
