"""kill -9 behind a write of an upgrade: the next start ends in the same final set.

Over the cluster in memory, at some writes; at night at every write. The write is made, and the
operator hears nothing of it.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

import pytest

from killed_passes import killed_at, objects
from omero_operator.identity.kinds import CLAIM, JOB, SECRET, Manifest
from omero_operator.operations.catalogue import Catalogue
from operator_builders import Cluster
from upgrades import (
    CATALOGUE,
    MAJOR,
    SCHEMA,
    go,
    newer_pass,
    operation,
    play,
    status,
    to_major,
    upgrading,
)

# An upgrade makes more writes than this, one that goes back early as well.
WRITES = 40
distances = pytest.mark.parametrize(
    "every",
    [
        pytest.param(29, id="some"),
        pytest.param(1, id="each", marks=[pytest.mark.nightly, pytest.mark.timeout(3600)]),
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


@functools.cache
def asked() -> Cluster:
    return upgrading()


def final_set(cluster: Cluster) -> Any:
    """Everything that is there, and what the status says of release and operation."""
    record = {key: value for key, value in operation(cluster).items() if key != "since"}
    found = objects(cluster)
    if record["outcome"] == "RolledBack":
        # Volumes of an attempt stay until a person deletes them; it may have made one of two.
        of_attempt = (CLAIM.name, f"-{record['id']}")
        found = {
            key: item
            for key, item in found.items()
            if key[0] != of_attempt[0] or not key[-1].endswith(of_attempt[1])
        }
    return found, record, status(cluster)["release"]


@distances
@endings
def test_upgrade_whose_operator_is_killed_ends_the_same(
    every: int,
    words: dict[str, str],
    failing: str,
    outcome: str,
    record_property: Callable[[str, object], None],
) -> None:
    kills = _all_the_same(asked(), CATALOGUE, every, outcome, words=words, failing=failing)
    record_property("kills", kills)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("failing", "outcome"),
    [("", "Done"), ("demo-db-copy", "RolledBack"), ("demo-smoke", "Stopped")],
    ids=["to the end", "back", "stopped"],
)
def test_move_to_another_postgresql_ends_the_same(
    failing: str, outcome: str, record_property: Callable[[str, object], None]
) -> None:
    kills = _all_the_same(to_major(), MAJOR, 1, outcome, words=SCHEMA, failing=failing)
    record_property("kills", kills)


def _all_the_same(
    asked_for: Cluster, catalogue: Catalogue, every: int, outcome: str, **played: Any
) -> str:
    """Kill behind each n-th write, compare the ends, and say how many kills it were."""
    undisturbed = copy.deepcopy(asked_for)
    before = len(undisturbed.writes)
    go(undisturbed, catalogue=catalogue, **played)
    wanted, writes = final_set(undisturbed), len(undisturbed.writes) - before
    assert wanted[1]["outcome"] == outcome
    assert writes > WRITES
    secrets = _secrets(asked_for)
    numbers = range(1, writes + 1, every)
    one_pass = functools.partial(newer_pass, catalogue=catalogue)
    for number in numbers:
        play_on = functools.partial(play, **played)
        killed = killed_at(copy.deepcopy(asked_for), number, one_pass, play_on)
        go(killed, catalogue=catalogue, **played)
        assert final_set(killed) == wanted, f"killed after write {number}"
        assert _secrets(killed) == secrets, f"regenerated after write {number}"
    return f"{len(numbers)} of {writes} writes, always {outcome}"


def _secrets(cluster: Cluster) -> list[Manifest]:
    return [item for (kind, *_), item in cluster.objects.items() if kind == SECRET.name]


def test_jobs_of_an_upgrade_are_named_by_it() -> None:
    cluster = copy.deepcopy(asked())
    newer_pass(cluster)
    own = operation(cluster)["id"]
    names = [name for kind, _, name in cluster.objects if kind == JOB.name]
    assert sorted(name for name in names if own in name) == [
        f"demo-check-{own}",
        f"demo-schema-{own}",
    ]
