"""A site whose database CloudNativePG runs, over whole passes: begun, lost, deleted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from omero_operator.cluster import deletion
from omero_operator.identity.kinds import (
    DEPLOYMENT,
    OBJECT_STORE,
    PG_BACKUP,
    PG_CLUSTER,
    PG_SCHEDULED_BACKUP,
    PLATFORM,
    STATEFUL_SET,
    Manifest,
)
from omero_operator.identity.labels import ACCEPT_LOSS
from operator_builders import (
    CLOUDNATIVE_PG_WITH_ALL,
    NAME,
    NAMESPACE,
    Cluster,
    platform,
    secret,
    settle,
)
from passes import conditions, one_pass

SPEC: Manifest = {"database": CLOUDNATIVE_PG_WITH_ALL}
S3_SECRETS = (
    secret("s3-login", {"accessKeyId": "eA==", "secretAccessKey": "eA=="}),
    secret("s3-ca", {"ca.crt": "eA=="}),
)


def message(cluster: Cluster, kind: str) -> str:
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    return str(next(c["message"] for c in found["status"]["conditions"] if c["type"] == kind))


def cloudnative_pg_works(cluster: Cluster) -> None:
    """What CloudNativePG does for a new Cluster."""
    for name, data in (
        ("demo-db-app", {"username": "eA==", "password": "eA=="}),
        ("demo-db-ca", {"ca.crt": "eA=="}),
    ):
        cluster.add(secret(name, data))
    status = {"phase": "Cluster in healthy state", "readyInstances": 3}
    cluster.replace(PG_CLUSTER, "demo-db", status=status)
    record: dict[str, Any] = {
        "apiVersion": PG_BACKUP.api_version,
        "kind": "Backup",
        "metadata": {
            "name": "demo-db-backup-1",
            "namespace": NAMESPACE,
            "creationTimestamp": "2126-01-01T00:00:00Z",
        },
        "spec": {"cluster": {"name": "demo-db"}},
        "status": {"phase": "completed", "stoppedAt": "2126-01-01T00:10:00Z"},
    }
    cluster.add(record)


def site(**fields: Any) -> Cluster:
    """One that came up."""
    cluster = Cluster(platform({**SPEC, **fields}), *S3_SECRETS)
    one_pass(cluster)
    cloudnative_pg_works(cluster)
    for _ in range(6):
        one_pass(cluster)
        settle(cluster)
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    cluster.writes.clear()
    return cluster


@pytest.mark.parametrize("kind", ["Cluster", "Pooler", "ObjectStore"])
def test_without_cloudnative_pg_the_database_says_what_to_install(kind: str) -> None:
    cluster = Cluster(platform(SPEC), *S3_SECRETS)
    cluster.unserved = {kind}
    one_pass(cluster)
    assert conditions(cluster)["DatabaseReady"] == ("False", "ApiNotInstalled")
    said = message(cluster, "DatabaseReady")
    assert f"no {kind} of " in said and "install CloudNativePG" in said
    assert "spec.database.cloudNativePG" in said


def test_the_server_waits_for_what_cloudnative_pg_makes() -> None:
    cluster = Cluster(platform(SPEC), *S3_SECRETS)
    one_pass(cluster)
    assert cluster.find(PG_CLUSTER, "demo-db") is not None
    assert conditions(cluster)["ServerReady"] == ("False", "Waiting")
    assert "CloudNativePG, with Cluster 'demo-db', makes it" in message(cluster, "ServerReady")
    assert cluster.find(STATEFUL_SET, "demo-server") is None
    cloudnative_pg_works(cluster)
    one_pass(cluster)
    assert cluster.find(STATEFUL_SET, "demo-server") is not None


def test_a_site_comes_up_settles_and_tells() -> None:
    cluster = site()
    one_pass(cluster)
    assert [each for each in cluster.writes if "status" not in each] == []
    assert conditions(cluster)["DatabaseReady"] == ("True", "External")
    assert "3 of 3 instances are ready" in message(cluster, "DatabaseReady")
    assert conditions(cluster)["BackupHealthy"] == ("True", "BackedUp")
    assert "2126-01-01T00:10:00Z" in message(cluster, "BackupHealthy")


def test_a_lost_cluster_comes_back_only_with_a_person_s_word() -> None:
    cluster = site()
    lost = cluster.find(PG_CLUSTER, "demo-db")
    assert lost is not None
    del cluster.objects[("Cluster", NAMESPACE, "demo-db")]
    one_pass(cluster)
    assert cluster.find(PG_CLUSTER, "demo-db") is None
    assert conditions(cluster)["DatabaseReady"] == ("False", "VolumeLost")
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    annotations = {ACCEPT_LOSS: lost["metadata"]["uid"]}
    cluster.replace(PLATFORM, NAME, metadata={**found["metadata"], "annotations": annotations})
    one_pass(cluster)
    assert cluster.find(PG_CLUSTER, "demo-db") is not None


@pytest.mark.parametrize(("policy", "kept"), [("Retain", True), ("Delete", False)])
def test_the_policy_decides_about_a_cluster(policy: str, kept: bool) -> None:
    cluster = site(deletionPolicy=policy)
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    asyncio.run(deletion.carry_out(cluster, found))
    assert (cluster.find(PG_CLUSTER, "demo-db") is not None) is kept
    assert (cluster.find(OBJECT_STORE, "demo-db-backup") is not None) is kept


def test_backups_that_are_no_more_asked_for_are_pruned_and_their_store_stays() -> None:
    cluster = site()
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    block = {**CLOUDNATIVE_PG_WITH_ALL, "cloudNativePG": {}}
    generation = found["metadata"]["generation"] + 1
    metadata = {**found["metadata"], "generation": generation}
    cluster.replace(PLATFORM, NAME, spec={"database": block}, metadata=metadata)
    one_pass(cluster)
    assert cluster.find(PG_SCHEDULED_BACKUP, "demo-db-backup") is None
    assert cluster.find(OBJECT_STORE, "demo-db-backup") is not None
    assert cluster.find(DEPLOYMENT, "demo-db") is not None
