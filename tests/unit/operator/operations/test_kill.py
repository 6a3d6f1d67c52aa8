"""kill -9 behind a write of an upgrade: the next start ends in the same final set.

Over the cluster in memory, at some writes; at night at every write. The write is made, and the
operator hears nothing of it.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

import pytest

from omero_operator.cluster.client import Request
from omero_operator.identity.kinds import JOB, POD, SECRET, Manifest
from operator_builders import Cluster
from upgrades import SCHEMA, go, newer_pass, operation, play, status, upgrading

# What differs from run to run, and says nothing about the site.
_DROPPED = ("uid", "resourceVersion", "creationTimestamp")
# An upgrade makes somewhat more writes than this.
WRITES = 60
distances = pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(range(1, WRITES, 13), id="some"),
        pytest.param(range(1, 2 * WRITES), id="each", marks=pytest.mark.nightly),
    ],
)
endings = pytest.mark.parametrize(
    ("words", "failing", "outcome"),
    [
        (SCHEMA, "", "Done"),
        (SCHEMA, "demo-smoke", "RolledBack"),
        ({**SCHEMA, "demo-schema3": "OMERO5.5__0"}, "demo-smoke", "Stopped"),
    ],
    ids=["to the end", "back", "stopped"],
)


class Killed(BaseException):
    """The operator is no more."""


@functools.cache
def asked() -> Cluster:
    return upgrading()


@functools.cache
def reference(words: tuple[tuple[str, str], ...], failing: str) -> tuple[Any, int]:
    cluster = copy.deepcopy(asked())
    before = len(cluster.writes)
    go(cluster, words=dict(words), failing=failing)
    return final_set(cluster), len(cluster.writes) - before


def kill_at(cluster: Cluster, number: int) -> None:
    """The operator dies when its n-th write from now has been made."""
    real, last = cluster._send, len(cluster.writes) + number

    async def send(request: Request) -> Manifest:
        answer = await real(request)
        if len(cluster.writes) >= last:
            cluster.__dict__.pop("_send", None)
            raise Killed
        return answer

    cluster.__dict__["_send"] = send


def final_set(cluster: Cluster) -> Any:
    """Everything that is there, and what the status says of release and operation."""
    objects = {
        key: _plain(item)
        for key, item in cluster.objects.items()
        if key[0] not in (POD.name, "Event", "OmeroPlatform")
    }
    record = {key: value for key, value in operation(cluster).items() if key != "since"}
    return objects, record, status(cluster)["release"]


def _plain(item: Manifest) -> Manifest:
    metadata = {key: value for key, value in item["metadata"].items() if key not in _DROPPED}
    return {**item, "metadata": metadata}


@distances
@endings
def test_upgrade_whose_operator_is_killed_ends_the_same(
    numbers: range, words: dict[str, str], failing: str, outcome: str
) -> None:
    wanted, writes = reference(tuple(words.items()), failing)
    assert wanted[1]["outcome"] == outcome
    assert writes > WRITES // 2
    for number in numbers:
        if number > writes:
            break
        cluster = copy.deepcopy(asked())
        secrets = [item for (kind, *_), item in cluster.objects.items() if kind == SECRET.name]
        kill_at(cluster, number)
        _until_killed(cluster, words, failing)
        go(cluster, words=words, failing=failing)
        assert final_set(cluster) == wanted, f"killed after write {number}"
        left = [item for (kind, *_), item in cluster.objects.items() if kind == SECRET.name]
        assert left == secrets, f"regenerated after write {number}"


def _until_killed(cluster: Cluster, words: dict[str, str], failing: str) -> None:
    killed = False
    for _ in range(40):
        try:
            newer_pass(cluster)
        except* Killed:
            killed = True
        # What it had begun goes on without it.
        play(cluster, words, failing)
        if killed:
            return


def test_jobs_of_an_upgrade_are_named_by_it() -> None:
    cluster = copy.deepcopy(asked())
    newer_pass(cluster)
    own = operation(cluster)["id"]
    names = [name for kind, _, name in cluster.objects if kind == JOB.name]
    assert sorted(name for name in names if own in name) == [
        f"demo-check-{own}",
        f"demo-schema-{own}",
    ]
