"""What the conditions say of Clusters of CloudNativePG and of their backups."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from omero_operator.api.v1alpha1.status import ConditionType, DataVolume
from omero_operator.health import conditions, lost_clusters
from omero_operator.health.lost_data import Record
from omero_operator.identity.kinds import DEPLOYMENT, Manifest
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Observed
from operator_builders import (
    CLOUDNATIVE_PG,
    CLOUDNATIVE_PG_WITH_ALL,
    context,
    observed,
    spec,
    workload,
)

HEALTHY = "Cluster in healthy state"
NOW = datetime.datetime(2026, 6, 10, 12, tzinfo=datetime.UTC)


def cluster(phase: str = HEALTHY, ready: int = 3, **metadata: Any) -> Manifest:
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": {"name": "demo-db", "uid": "c1", **metadata},
        "spec": {"instances": 3},
        "status": {"phase": phase, "phaseReason": "because", "readyInstances": ready},
    }


def backup(day: int, phase: str, **status: Any) -> Manifest:
    at = f"2026-06-{day:02}T02:00:00Z"
    return {
        "metadata": {"name": f"demo-db-backup-{day}", "creationTimestamp": at},
        "spec": {"cluster": {"name": "demo-db"}},
        "status": {"phase": phase, **({"stoppedAt": at} if phase == "completed" else {}), **status},
    }


def judge(kind: ConditionType, seen: Observed, **blocks: Any) -> ConditionValue:
    return conditions.judge(context(spec(**blocks)), seen)[kind]


@pytest.mark.parametrize(
    ("phase", "ready", "check", "expected", "words"),
    [
        (HEALTHY, 3, 1, ("True", "External"), "3 of 3 instances are ready"),
        ("Failing over", 2, 1, ("True", "External"), "Failing over; because; 2 of 3"),
        ("Setting up primary", 0, 0, ("False", "Progressing"), "Setting up primary; because; 0 of"),
        ("", 0, 0, ("False", "Progressing"), "CloudNativePG has not looked at it yet"),
    ],
    ids=["healthy", "a standby is lost", "new", "nobody looks"],
)
def test_the_database_is_as_its_probe_and_cloudnative_pg_say(
    phase: str, ready: int, check: int, expected: tuple[str, str], words: str
) -> None:
    seen = observed(workload(DEPLOYMENT, "demo-db", ready=check), cluster(phase, ready))
    value = judge(ConditionType.DATABASE, seen, database=CLOUDNATIVE_PG)
    assert (value.status, value.reason) == expected
    assert words in value.message and "Cluster demo-db" in value.message


def test_a_cluster_that_is_there_and_cannot_be_reached_is_what_the_probe_says() -> None:
    seen = observed(workload(DEPLOYMENT, "demo-db", ready=0), cluster())
    value = judge(ConditionType.DATABASE, seen, database=CLOUDNATIVE_PG)
    assert (value.status, value.reason) == ("False", "Progressing")
    assert "Deployment demo-db: 0 of 1" in value.message


BACKUPS = {
    "none yet": ([], 9, "Unknown", "NoBackupYet", "there is no complete backup"),
    "one": ([backup(10, "completed")], 1, "True", "BackedUp", "is of 2026-06-10T02:00:00Z"),
    "one that runs": (
        [backup(9, "completed"), backup(10, "running")],
        1,
        "True",
        "BackedUp",
        "2026-06-09",
    ),
    "the last one failed": (
        [backup(9, "completed"), backup(10, "failed", error="no such bucket")],
        1,
        "False",
        "LastRunFailed",
        "demo-db-backup-10 of Cluster demo-db failed: no such bucket; the last complete",
    ),
    "better again": ([backup(8, "failed"), backup(9, "completed")], 1, "True", "BackedUp", ""),
    "too old": ([backup(7, "completed")], 1, "False", "Overdue", "2026-06-07"),
    "never": ([], 1, "False", "Overdue", "there is no complete backup"),
    "of another Cluster": (
        [{**backup(10, "completed"), "spec": {"cluster": {"name": "theirs"}}}],
        9,
        "Unknown",
        "NoBackupYet",
        "",
    ),
}


@pytest.mark.parametrize(
    ("backups", "made", "status", "reason", "words"), BACKUPS.values(), ids=BACKUPS.keys()
)
def test_backups_are_told_by_their_records(
    backups: list[Manifest], made: int, status: str, reason: str, words: str
) -> None:
    seen = observed(cluster(creationTimestamp=f"2026-06-{made:02}T12:00:00Z"))
    seen = replace(seen, now=NOW, pg_backups=tuple(backups))
    value = judge(ConditionType.BACKUP, seen, database=CLOUDNATIVE_PG_WITH_ALL)
    assert (value.status, value.reason) == (status, reason)
    assert words in value.message
    without = judge(ConditionType.BACKUP, seen, database=CLOUDNATIVE_PG)
    assert (without.status, without.reason) == ("True", "SwitchedOff")


RECORD = Record(
    volumes={"database": DataVolume(component="database", claim="demo-db", uid="c1")},
    secrets={},
    accepted=frozenset(),
    created="2026-01-01T00:00:00Z",
)
LOST = {
    "there": ([cluster()], RECORD, ""),
    "gone": ([], RECORD, "VolumeLost"),
    "going": ([cluster(deletionTimestamp="2026-06-10T12:00:00Z")], RECORD, "VolumeTerminating"),
    "another": ([cluster(uid="c2")], RECORD, "VolumeReplaced"),
    "accepted": ([], replace(RECORD, accepted=frozenset({"c1"})), ""),
    "new": ([], replace(RECORD, volumes={}), ""),
}


@pytest.mark.parametrize(("live", "record", "reason"), LOST.values(), ids=LOST.keys())
def test_a_cluster_that_held_data_is_never_replaced_silently(
    live: list[Manifest], record: Record, reason: str
) -> None:
    ctx = context(spec(database=CLOUDNATIVE_PG))
    seen = lost_clusters.with_clusters(ctx, observed(*live), record)
    failures = [(each.component, each.reason, each.holds) for each in seen.failures]
    assert failures == ([("database", reason, True)] if reason else [])
    if reason == "VolumeLost":
        (failure,) = seen.failures
        assert "spec.database.cloudNativePG.recoverFrom" in failure.message
        assert "accept-loss=c1`" in failure.message
    (volume,) = seen.data_volumes
    expected = {"accepted": "", "new": ""}
    assert volume.uid == expected.get(next(k for k, v in LOST.items() if v[1] is record), "c1")
