"""A watch is dead when lists show changes that it does not report; silence alone proves nothing."""

from __future__ import annotations

import pytest

from omero_operator.identity.kinds import Manifest
from omero_operator.liveness import PATIENCE, WatchAudit


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def audit(clock: Clock) -> WatchAudit:
    return WatchAudit(clock)


def item(uid: str = "a", version: str = "1", kind: str = "Secret") -> Manifest:
    return {"kind": kind, "metadata": {"uid": uid, "resourceVersion": version}}


def test_settled_cluster_needs_no_traffic(audit: WatchAudit, clock: Clock) -> None:
    audit.reported("Secret", item(), deleted=False)
    for _ in range(100):
        clock.now += PATIENCE
        audit.listed([item()])
    assert audit.dead() == []
    assert audit.lag() == 0


def test_empty_cluster_is_alive(audit: WatchAudit, clock: Clock) -> None:
    clock.now += 10 * PATIENCE
    audit.listed([])
    assert audit.dead() == []


def test_watch_has_time_to_report(audit: WatchAudit, clock: Clock) -> None:
    """Lists are often ahead by a moment."""
    audit.listed([item()])
    clock.now += PATIENCE
    assert audit.dead() == []
    assert audit.lag() == PATIENCE
    audit.reported("Secret", item(), deleted=False)
    clock.now += PATIENCE
    assert audit.dead() == []
    assert audit.lag() == 0


@pytest.mark.parametrize(
    "before", [None, "1"], ids=["object never reported", "change never reported"]
)
def test_unreported_change_proves_a_watch_dead(
    audit: WatchAudit, clock: Clock, before: str | None
) -> None:
    if before:
        audit.reported("Secret", item(version=before), deleted=False)
    audit.listed([item(version="2")])
    clock.now += PATIENCE + 1
    assert audit.dead() == ["Secret"]


def test_later_lists_do_not_start_the_time_anew(audit: WatchAudit, clock: Clock) -> None:
    for version in range(10):
        audit.listed([item(version=str(version))])
        clock.now += PATIENCE / 5
    assert audit.dead() == ["Secret"]


def test_other_watches_are_not_blamed(audit: WatchAudit, clock: Clock) -> None:
    audit.reported("Pod", item("p", kind="Pod"), deleted=False)
    audit.listed([item("s"), item("p", kind="Pod")])
    clock.now += PATIENCE + 1
    assert audit.dead() == ["Secret"]


def test_dead_watches_are_named_in_order(audit: WatchAudit, clock: Clock) -> None:
    audit.listed([item("s"), item("p", kind="Pod"), item("j", kind="Job")])
    clock.now += PATIENCE + 1
    assert audit.dead() == ["Job", "Pod", "Secret"]


def test_any_event_of_the_kind_proves_its_watch_alive(audit: WatchAudit, clock: Clock) -> None:
    audit.listed([item("a")])
    clock.now += PATIENCE
    audit.reported("Secret", item("b"), deleted=False)
    clock.now += PATIENCE
    assert audit.dead() == []


def test_event_of_another_kind_proves_nothing(audit: WatchAudit, clock: Clock) -> None:
    """Pods change all the time, and must not hide that the watch of Secrets is dead."""
    audit.listed([item("a")])
    clock.now += PATIENCE
    audit.reported("Pod", item("p", kind="Pod"), deleted=False)
    clock.now += 1
    assert audit.dead() == ["Secret"]


def test_time_in_which_the_api_server_was_away_does_not_count(
    audit: WatchAudit, clock: Clock
) -> None:
    audit.reported("Secret", item(version="1"), deleted=False)
    audit.listed([item(version="2")], "a")
    clock.now += PATIENCE - 1
    audit.begin_anew()
    clock.now += 10 * PATIENCE
    assert audit.dead() == []
    assert audit.lag() == 0
    audit.listed([item(version="3")], "a")
    clock.now += PATIENCE
    assert audit.dead() == [], "a watch has its whole patience again"
    clock.now += 1
    assert audit.dead() == ["Secret"]


def test_place_that_is_gone_proves_nothing(audit: WatchAudit, clock: Clock) -> None:
    audit.listed([item("a")], "one")
    audit.forget("one")
    audit.forget("never listed")
    clock.now += PATIENCE + 1
    assert audit.dead() == []
    assert audit._missed == {}


def test_deletion_proves_it_as_well(audit: WatchAudit, clock: Clock) -> None:
    audit.reported("Secret", item(), deleted=False)
    audit.listed([item(version="2")])
    audit.reported("Secret", item(version="3"), deleted=True)
    clock.now += PATIENCE + 1
    assert audit.dead() == []


def test_deleted_objects_are_forgotten(audit: WatchAudit) -> None:
    """Jobs come and go for years."""
    for number in range(100):
        audit.reported("Job", item(str(number), kind="Job"), deleted=False)
        audit.reported("Job", item(str(number), kind="Job"), deleted=True)
    assert audit._reported == {}


def test_object_that_came_again_is_another_one(audit: WatchAudit, clock: Clock) -> None:
    audit.reported("Secret", item("a"), deleted=True)
    audit.listed([item("b")])
    clock.now += PATIENCE + 1
    assert audit.dead() == ["Secret"]


@pytest.mark.parametrize("deleted", [False, True], ids=["changed", "deleted"])
def test_watch_that_is_ahead_of_a_list_is_alive(
    audit: WatchAudit, clock: Clock, deleted: bool
) -> None:
    """A pass lists, then the last event of a start arrives, then the pass compares its list.

    Nothing changes afterwards. The next passes find every object as reported.
    """
    audit.reported("Secret", item(version="1"), deleted=False)
    listed = [item(version="1")]
    audit.reported("Secret", item(version="2"), deleted=deleted)
    audit.listed(listed)
    for _ in range(5):
        clock.now += PATIENCE
        audit.listed([] if deleted else [item(version="2")])
    assert audit.dead() == []
