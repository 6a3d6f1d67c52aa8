"""kill -9 behind a write of a creation or of an edit: the next pass ends where it would have.

Over the cluster in memory, behind each third write, at night behind every one. The operator ring
kills a real process.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from killed_passes import die_behind, lives
from omero_operator.identity.kinds import PLATFORM, SECRET, Manifest
from operator_builders import Cluster, platform, settle
from operator_ring.children import canonical
from passes import conditions, edit, one_pass

CREATED: Manifest = {
    "web": {"ingress": {"host": "kill.example.org"}},
    "worker": {"replicas": 2},
}
EDITED: Manifest = {
    "web": {"replicas": 1, "config": {"omero.web.page_size": "9"}},
    "worker": {"replicas": 1},
    "networkPolicy": {"enabled": False},
    "server": {"groups": [{"name": "lab"}]},
    "redis": {"maxMemory": "256Mi"},
}


def created() -> Cluster:
    return Cluster(platform(copy.deepcopy(CREATED)))


def edited() -> Cluster:
    cluster = created()
    for _ in stages(cluster):
        pass
    edit(cluster, copy.deepcopy(EDITED))
    return cluster


def stages(cluster: Cluster) -> Iterator[tuple[Cluster, int]]:
    """Pass after pass until the site is ready: what was there before each, and its writes."""
    for _ in range(20):
        before = copy.deepcopy(cluster)
        one_pass(cluster)
        writes = len(cluster.writes) - len(before.writes)
        yield before, writes
        settle(cluster)
        if not writes:
            assert conditions(cluster)["Ready"] == ("True", "Ready")
            return
    raise AssertionError("it writes for ever")


def children(cluster: Cluster) -> Any:
    items = [
        item for (kind, *_), item in cluster.objects.items() if kind not in ("Event", PLATFORM.name)
    ]
    return canonical(items)


def secrets(cluster: Cluster) -> dict[str, Any]:
    return {
        name: item.get("data")
        for (kind, _, name), item in cluster.objects.items()
        if kind == SECRET.name
    }


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.nightly)])
@pytest.mark.parametrize(("begin", "least"), [(created, 40), (edited, 12)])
def test_an_operator_that_is_killed_goes_on_where_it_was(
    begin: Callable[[], Cluster], least: int, every: int
) -> None:
    undisturbed = begin()
    count = 0
    for before, writes in stages(undisturbed):
        for number in range(1, writes + 1):
            count += 1
            if count % every == 0:
                killed = copy.deepcopy(before)
                die_behind(killed, number)
                assert not lives(lambda cluster=killed: one_pass(cluster)), f"no write {count}"
                there = secrets(killed)
                one_pass(killed)
                assert children(killed) == children(undisturbed), f"killed after write {count}"
                after = secrets(killed)
                assert there.items() <= after.items(), f"regenerated after write {count}"
    assert count > least
