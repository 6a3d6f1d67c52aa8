"""A backup, and a site that is restored, with the operator killed behind a write.

At some writes; at night at every write.
"""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from killed_passes import killed_at, objects
from omero_operator.identity.kinds import (
    CLAIM,
    JOB,
    SECRET,
    STATEFUL_SET,
    VOLUME_SNAPSHOT,
    Manifest,
)
from omero_operator.identity.labels import BACKUP_NOW
from operator_builders import NAME, NAMES, NAMESPACE, Cluster, platform
from passes import conditions, edit, one_pass, running
from upgrades import play, status

SAID = {
    "action": "run",
    "result": "succeeded",
    "message": "backup 20261130T010000Z-beef is complete and verified",
    "backup": "20261130T010000Z-beef",
    "began": "2026-11-30T01:00:00Z",
    "bytes": 12,
    "files": 3,
    "verified": True,
    "kept": 4,
}
WORDS = {f"{NAME}-backup": json.dumps(SAID), f"{NAME}-restore": json.dumps(SAID)}
PLACE: Manifest = {"claim": "backups"}
# With all that snapshots of volumes add.
SAVED: Manifest = {"backup": {"enabled": True, **PLACE, "files": {"method": "groupSnapshot"}}}
SNAPSHOT: Manifest = {
    "apiVersion": VOLUME_SNAPSHOT.api_version,
    "kind": VOLUME_SNAPSHOT.name,
    "metadata": {"name": "of-then", "namespace": NAMESPACE},
    "status": {"readyToUse": True, "restoreSize": "10Gi"},
}
RESTORED: Manifest = {
    "bootstrap": {"restoreFrom": {**PLACE, "site": "images/lost", "volumeSnapshotName": "of-then"}}
}

distances = pytest.mark.parametrize(
    "every",
    [pytest.param(17, id="some"), pytest.param(1, id="each", marks=pytest.mark.nightly)],
)
played = functools.partial(play, words=WORDS)
failing = functools.partial(play, words=WORDS, failing=f"{NAME}-backup")


def to_the_end(cluster: Cluster, plays: Any) -> Iterator[int]:
    """Passes until two of them write nothing; the writes made so far, after each."""
    quiet = 0
    while quiet < 2:
        before = len(cluster.writes)
        one_pass(cluster)
        quiet = quiet + 1 if len(cluster.writes) == before else 0
        yield len(cluster.writes)
        plays(cluster)


def jobs(cluster: Cluster, prefix: str) -> list[str]:
    return [name for kind, _, name in cluster.objects if kind == JOB.name and prefix in name]


# --- a backup now ---------------------------------------------------------------------------------


def asked() -> Cluster:
    """A site that was asked for a backup."""
    cluster = running(spec=SAVED)
    edit(cluster, SAVED, annotations={BACKUP_NOW: "now"})
    return cluster


def backup_set(cluster: Cluster) -> Any:
    times = ("since", "lastRun", "lastFailure")
    last = {key: value for key, value in status(cluster)["backup"].items() if key not in times}
    return objects(cluster), last, conditions(cluster)


@pytest.mark.parametrize(
    ("plays", "result", "healthy"),
    [(played, "Succeeded", "BackedUp"), (failing, "Failed", "LastRunFailed")],
)
def test_a_backup_whose_operator_is_killed_is_made_once(
    plays: Any, result: str, healthy: str
) -> None:
    first = asked()
    undisturbed = copy.deepcopy(first)
    writes = [*to_the_end(undisturbed, plays)][-1]
    wanted = backup_set(undisturbed)
    assert (wanted[1]["lastResult"], wanted[2]["BackupHealthy"][1]) == (result, healthy)
    assert writes > 2
    for number in range(1, writes + 1):
        killed = killed_at(copy.deepcopy(first), number, one_pass, plays)
        names = jobs(killed, "backup")
        list(to_the_end(killed, plays))
        assert jobs(killed, "backup") == jobs(undisturbed, "backup"), f"after write {number}"
        assert not names or names == jobs(killed, "backup"), f"another after write {number}"
        assert backup_set(killed) == wanted, f"killed after write {number}"


# --- a site from a backup -------------------------------------------------------------------------


def server_waits(cluster: Cluster) -> None:
    """OMERO.server does not run before everything is restored: it would make a new database."""
    server = cluster.find(STATEFUL_SET, NAMES.server)
    restores = [cluster.find(JOB, name) or {} for name in jobs(cluster, "restore")]
    done = [
        any(each["type"] == "Complete" for each in job.get("status", {}).get("conditions", ()))
        for job in restores
    ]
    assert done != [False] or server is None or server["spec"]["replicas"] == 0
    # Its volume is made from the snapshot, and nothing changes that afterwards.
    volume = cluster.find(CLAIM, NAMES.server)
    assert volume is None or volume["spec"]["dataSource"]["name"] == "of-then"


def restoring(cluster: Cluster) -> None:
    """What the cluster does, and what must hold before it."""
    server_waits(cluster)
    played(cluster)


@distances
def test_a_restore_whose_operator_is_killed_ends_the_same(every: int) -> None:
    first = Cluster(platform(RESTORED), SNAPSHOT)
    undisturbed = copy.deepcopy(first)
    seen = set()
    for _ in to_the_end(undisturbed, restoring):
        seen |= set(jobs(undisturbed, "restore"))
    writes = len(undisturbed.writes)
    assert conditions(undisturbed)["Ready"] == ("True", "Ready")
    assert conditions(undisturbed)["Restored"] == ("True", "Restored")
    assert (len(seen), writes > 40) == (1, True)
    for number in range(1, writes + 1, every):
        killed = killed_at(copy.deepcopy(first), number, one_pass, restoring)
        secrets = made_secrets(killed)
        ours = set(jobs(killed, "restore"))
        for _ in to_the_end(killed, restoring):
            ours |= set(jobs(killed, "restore"))
        # Late writes come after the Job has ended and gone.
        assert ours <= seen, f"another Job after write {number}"
        assert kinds(killed) == kinds(undisturbed), f"after write {number}"
        assert conditions(killed) == conditions(undisturbed), f"after write {number}"
        assert secrets.items() <= made_secrets(killed).items(), f"regenerated after write {number}"


def kinds(cluster: Cluster) -> set[tuple[str, str]]:
    """What there is; the digest in a Job's name comes from passwords, which are random."""
    return {(kind, re.sub("-[0-9a-f]{8}$", "", name)) for kind, _, name in objects(cluster)}


def made_secrets(cluster: Cluster) -> dict[str, Any]:
    return {
        name: item["data"] for (kind, _, name), item in cluster.objects.items()
        if kind == SECRET.name
    }  # fmt: skip
