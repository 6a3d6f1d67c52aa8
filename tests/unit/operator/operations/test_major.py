"""Another major version of PostgreSQL in an upgrade, over the cluster in memory."""

from __future__ import annotations

import copy
import datetime
import functools
from functools import partial
from typing import Any

import pytest

from omero_operator.identity.kinds import CLAIM, JOB, PLATFORM, STATEFUL_SET, Manifest
from omero_operator.operations import upgrade
from omero_operator.operations.catalogue import Catalogue, Release
from operator_builders import NAME, NAMES, NAMESPACE, Cluster, container, platform
from passes import conditions, edit
from upgrades import (
    MAJOR,
    NEWER,
    SKIP,
    TO,
    condition,
    go,
    newer_pass,
    operation,
    play,
    status,
    to_major,
)

STEPS = [step.name for step in upgrade.STEPS if step.name != "backup"]
major_pass = partial(newer_pass, catalogue=MAJOR)
DATABASES = (NAMES.database, NAMES.plugin_database)


def databases(cluster: Cluster) -> dict[str, tuple[str, str, int]]:
    """Version of PostgreSQL, claim and replicas of each database."""
    return {name: _database(cluster, name) for name in DATABASES}


def _database(cluster: Cluster, name: str) -> tuple[str, str, int]:
    spec = cluster.objects[STATEFUL_SET.name, NAMESPACE, name]["spec"]
    pod = spec["template"]["spec"]
    (claim,) = claims_of(pod)
    return pod["containers"][0]["image"].rpartition(":")[2], claim, spec["replicas"]


def claims_of(pod: Manifest) -> list[str]:
    """The claims that a pod mounts."""
    kind = "persistentVolumeClaim"
    return [each[kind]["claimName"] for each in pod["volumes"] if kind in each]


def claims(cluster: Cluster) -> set[str]:
    return {name for kind, _, name in cluster.objects if kind == CLAIM.name and "db" in name}


def copying(cluster: Cluster) -> dict[str, Manifest]:
    return {
        name: item
        for (kind, _, name), item in cluster.objects.items()
        if kind == JOB.name and "-copy-" in name
    }


def to_step(cluster: Cluster, step: str, **played: Any) -> None:
    for _ in range(40):
        major_pass(cluster)
        if operation(cluster)["step"] == step:
            return
        play(cluster, **played)
    raise AssertionError(f"never at {step}: {operation(cluster)}")


def test_databases_move_to_new_volumes_and_the_old_ones_stay() -> None:
    cluster = to_major()
    assert databases(cluster) == {name: ("1", name, 1) for name in DATABASES}
    assert go(cluster, catalogue=MAJOR) == STEPS
    record = operation(cluster)
    new = {name: f"{name}-{record['id']}" for name in DATABASES}
    assert record["outcome"] == "Done"
    assert databases(cluster) == {name: ("2.0", new[name], 1) for name in DATABASES}
    assert status(cluster)["release"]["claims"] == new
    assert claims(cluster) == {*DATABASES, *new.values()}
    assert copying(cluster) == {}
    said = condition(cluster, "Upgrading")
    assert (said["status"], said["reason"]) == ("False", "UpToDate")
    assert f"`kubectl delete pvc --namespace {NAMESPACE} demo-db demo-plugin-db`" in said["message"]
    cluster.writes.clear()
    major_pass(cluster)
    assert cluster.writes == []
    for name in DATABASES:
        del cluster.objects[CLAIM.name, NAMESPACE, name]
    go(cluster, catalogue=MAJOR)
    assert "kubectl delete" not in condition(cluster, "Upgrading")["message"]
    assert claims(cluster) == set(new.values()), "nothing is made in their place"
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    # A status that was lost is read from what runs.
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    found["status"] = {}
    go(cluster, catalogue=MAJOR)
    assert databases(cluster) == {name: ("2.0", new[name], 1) for name in DATABASES}
    assert status(cluster)["release"]["claims"] == new


def test_old_servers_run_and_nobody_else_while_they_are_copied() -> None:
    cluster = to_major()
    to_step(cluster, "copy")
    own = operation(cluster)["id"]
    assert databases(cluster) == {name: ("1", name, 1) for name in DATABASES}
    running = {
        name
        for (_, _, name), each in cluster.objects.items()
        if each.get("spec", {}).get("replicas")
    }
    assert running == {*DATABASES, NAMES.redis}
    assert set(copying(cluster)) == {f"demo-db-copy-{own}", f"demo-plugin-db-copy-{own}"}
    job = copying(cluster)[f"demo-plugin-db-copy-{own}"]["spec"]
    pod = job["template"]["spec"]
    containers = (*pod["initContainers"], *pod["containers"])
    assert {each["image"] for each in containers} == {"example.org/postgres:2.0"}
    assert pod["initContainers"][1]["restartPolicy"] == "Always"
    assert pod["containers"][0]["args"][:2] == [NAMES.plugin_database, "5433"]
    assert claims_of(pod) == [f"demo-plugin-db-{own}"], "the old volume is not in reach"
    assert job["podReplacementPolicy"] == "Failed"


def test_volume_is_not_taken_over_while_the_pod_that_filled_it_runs() -> None:
    cluster = to_major()
    to_step(cluster, "copy")
    name = next(iter(copying(cluster)))
    play(cluster, words={"demo-schema": "OMERO5.4__0", name: "3 databases"})
    pod = cluster.objects["Pod", NAMESPACE, f"{name}-x"]
    pod["status"]["initContainerStatuses"] = [container(state={"running": {}})]
    major_pass(cluster)
    assert operation(cluster)["step"] == "copy"
    assert "the end of the pod of Job" in condition(cluster, "Upgrading")["message"]
    pod["status"]["initContainerStatuses"] = [container(state={"terminated": {"exitCode": 0}})]
    major_pass(cluster)
    assert operation(cluster)["step"] == "databases"
    assert copying(cluster) == {}, "a copy that is done can never begin again"


def late(cluster: Cluster) -> None:
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    found["status"]["operation"]["since"] = "2026-01-01T00:00:00Z"


@pytest.fixture
def watched_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    monkeypatch.setattr("omero_operator.reconcile._STARTED", long_ago)


@pytest.mark.parametrize(
    "failing",
    [
        "demo-db-copy",
        pytest.param("demo-plugin-db-copy", marks=pytest.mark.nightly),
        pytest.param("demo-migrate", marks=pytest.mark.nightly),
    ],
)
def test_failure_before_the_server_has_run_goes_back_to_the_old_volumes(failing: str) -> None:
    cluster = to_major()
    words = {"demo-schema": "OMERO5.4__0", failing: "pg_restore: error: No space left on device"}
    assert go(cluster, catalogue=MAJOR, words=words, failing=failing)[-1] == "return"
    first = operation(cluster)["id"]
    assert conditions(cluster)["Upgrading"] == ("False", "RolledBack")
    said = condition(cluster, "Upgrading")["message"]
    assert "No space left on device" in said
    assert f"kubectl delete pvc --namespace {NAMESPACE} demo-db-{first}" in said
    assert databases(cluster) == {name: ("1", name, 1) for name in DATABASES}
    assert "claims" not in status(cluster)["release"]
    assert copying(cluster) == {}
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    edit(cluster, {"version": "0.1.0", **SKIP})
    major_pass(cluster)
    edit(cluster, {"version": TO, **SKIP})
    assert go(cluster, catalogue=MAJOR) == STEPS
    second = operation(cluster)["id"]
    assert first != second
    assert databases(cluster)[NAMES.database] == ("2.0", f"demo-db-{second}", 1)


@pytest.mark.usefixtures("watched_for_long")
def test_new_server_that_does_not_start_goes_back_to_the_old_volumes() -> None:
    cluster = to_major()
    to_step(cluster, "databases")
    play(cluster, broken="postgres:2.0")
    late(cluster)
    assert go(cluster, catalogue=MAJOR, broken="postgres:2.0") == ["return"]
    assert databases(cluster) == {name: ("1", name, 1) for name in DATABASES}
    assert conditions(cluster)["Ready"] == ("True", "Ready")


@pytest.mark.parametrize(
    "set_back", [pytest.param(False, marks=pytest.mark.nightly), pytest.param(True)]
)
def test_nothing_goes_back_once_the_server_has_run_on_the_new_volumes(set_back: bool) -> None:
    cluster = to_major()
    if set_back:
        to_step(cluster, "smoke")
        edit(cluster, {"version": "0.1.0", **SKIP})
    go(cluster, catalogue=MAJOR, failing="demo-smoke")
    assert conditions(cluster)["Upgrading"] == ("False", "UpgradeStopped")
    said = condition(cluster, "Upgrading")["message"]
    assert "what was written there is not on those of before" in said
    own = operation(cluster)["id"]
    assert databases(cluster) == {name: ("2.0", f"{name}-{own}", 1) for name in DATABASES}
    edit(cluster, {"version": TO, **SKIP})
    (smoke,) = [name for kind, _, name in cluster.objects if kind == JOB.name and "smoke" in name]
    del cluster.objects[JOB.name, NAMESPACE, smoke]
    go(cluster, catalogue=MAJOR)
    assert operation(cluster)["outcome"] == "Done"
    assert status(cluster)["release"]["claims"] == {name: f"{name}-{own}" for name in DATABASES}


def test_set_back_while_it_copies_goes_back() -> None:
    cluster = to_major()
    to_step(cluster, "copy")
    edit(cluster, {"version": "0.1.0", **SKIP})
    assert go(cluster, catalogue=MAJOR) == ["return"]
    assert databases(cluster) == {name: ("1", name, 1) for name in DATABASES}


def test_volume_that_would_be_too_small_is_refused_before_anything_stops() -> None:
    cluster = to_major(spec={"pluginDatabase": {"storage": {"size": "20Gi"}}})
    status(cluster)["dataVolumes"] = [
        {"component": "plugin-database", "claim": NAMES.plugin_database, "uid": "u", "size": "50Gi"}
    ]
    claim = cluster.objects[CLAIM.name, NAMESPACE, NAMES.plugin_database]
    claim["status"] = {"phase": "Bound", "capacity": {"storage": "50Gi"}}
    go(cluster, passes=4, catalogue=MAJOR)
    assert conditions(cluster)["Upgrading"] == ("False", "UpgradeRefused")
    said = condition(cluster, "Upgrading")["message"]
    assert "spec.pluginDatabase.storage.size is 20Gi" in said
    assert "the volume of the plugins' database has 50Gi" in said


def test_claim_that_the_user_brought_is_followed_by_one_of_the_operator() -> None:
    cluster = to_major(spec={"database": {"storage": {"existingClaim": "from-docker"}}})
    bound = {"phase": "Bound", "capacity": {"storage": "5Gi"}}
    brought = {"apiVersion": "v1", "kind": CLAIM.name, "spec": {"volumeName": "v"}, "status": bound}
    metadata = {"name": "from-docker", "namespace": NAMESPACE, "uid": "b", "labels": {}}
    cluster.add({**brought, "metadata": metadata})
    assert go(cluster, catalogue=MAJOR) == STEPS
    new = f"demo-db-{operation(cluster)['id']}"
    assert databases(cluster)[NAMES.database] == ("2.0", new, 1)
    assert status(cluster)["release"]["claims"]["from-docker"] == new
    # Another claim of the user counts again.
    cluster.add({**brought, "metadata": {**metadata, "name": "restored", "uid": "c"}})
    edit(cluster, {"version": TO, **SKIP, "database": {"storage": {"existingClaim": "restored"}}})
    go(cluster, catalogue=MAJOR)
    assert databases(cluster)[NAMES.database][1] == "restored"


def pinned(version: str = "1", **spec: Any) -> Manifest:
    return {"images": {"postgres": f"example.org/old/postgres:{version}"}, **SKIP, **spec}


def made_with_a_pin() -> Cluster:
    """A new site of the operator's release, whose PostgreSQL is older than the release's."""
    return copy.deepcopy(_made_with_a_pin())


@functools.cache
def _made_with_a_pin() -> Cluster:
    cluster = Cluster(platform(pinned()))
    go(cluster, catalogue=MAJOR)
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    assert databases(cluster) == {name: ("1", name, 1) for name in DATABASES}
    found = status(cluster)["release"]
    assert (found["version"], found["behind"]) == (TO, True)
    cluster.writes.clear()
    major_pass(cluster)
    assert cluster.writes == []
    return cluster


@pytest.mark.parametrize(
    "version", [{}, pytest.param({"version": TO}, marks=pytest.mark.nightly)], ids=["none", "own"]
)
def test_pin_that_is_removed_begins_the_upgrade_to_the_release_that_the_site_has(
    version: Manifest,
) -> None:
    cluster = made_with_a_pin()
    edit(cluster, {**SKIP, **version})
    major_pass(cluster)
    assert databases(cluster) == {name: ("1", name, 1) for name in DATABASES}, "nothing restarts"
    assert (
        "to the PostgreSQL of release 0.2.0: step 1" in condition(cluster, "Upgrading")["message"]
    )
    go(cluster, catalogue=MAJOR)
    own = operation(cluster)["id"]
    assert operation(cluster)["outcome"] == "Done"
    assert databases(cluster) == {name: ("2.0", f"{name}-{own}", 1) for name in DATABASES}
    found = status(cluster)["release"]
    assert (found["version"], found["behind"]) == (TO, False)
    assert found["images"]["postgres"] == "example.org/postgres:2.0"
    cluster.writes.clear()
    major_pass(cluster)
    assert cluster.writes == []


def test_pin_that_is_removed_with_a_later_release_begins_its_upgrade() -> None:
    later = Catalogue(
        Release("0.3.0", {**NEWER.references, "postgres": "example.org/postgres:3.0"}),
        {**MAJOR.others, TO: MAJOR.current},
    )
    cluster = made_with_a_pin()
    edit(cluster, {**SKIP, "version": "0.3.0"})
    newer_pass(cluster, later)
    # Not with the image of a release whose files it never had.
    assert databases(cluster) == {name: ("1", name, 1) for name in DATABASES}
    assert operation(cluster)["to"] == "0.3.0"
    assert operation(cluster)["images"]["postgres"] == "example.org/postgres:3.0"


def test_failed_upgrade_after_a_pin_is_tried_again_with_the_pin_set_and_removed() -> None:
    cluster = made_with_a_pin()
    edit(cluster, dict(SKIP))
    words = {"demo-schema": "OMERO5.4__0", "demo-db-copy": "No space left on device"}
    go(cluster, catalogue=MAJOR, words=words, failing="demo-db-copy")
    assert conditions(cluster)["Upgrading"] == ("False", "RolledBack")
    assert "set spec.images.postgres to the image" in condition(cluster, "Upgrading")["message"]
    assert databases(cluster) == {name: ("1", name, 1) for name in DATABASES}
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    first = operation(cluster)["id"]
    edit(cluster, pinned())
    go(cluster, catalogue=MAJOR)
    edit(cluster, dict(SKIP))
    go(cluster, catalogue=MAJOR)
    assert operation(cluster)["outcome"] == "Done"
    assert operation(cluster)["id"] != first
    assert {each[0] for each in databases(cluster).values()} == {"2.0"}


@pytest.mark.nightly
def test_pin_that_is_set_again_stops_the_copy_and_nothing_is_lost() -> None:
    cluster = made_with_a_pin()
    edit(cluster, dict(SKIP))
    to_step(cluster, "copy")
    edit(cluster, pinned())
    go(cluster, catalogue=MAJOR)
    assert databases(cluster) == {name: ("1", name, 1) for name in DATABASES}
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    assert status(cluster)["release"]["behind"]


def test_pin_of_another_major_version_names_the_way() -> None:
    cluster = made_with_a_pin()
    edit(cluster, pinned("2.0"))
    major_pass(cluster)
    said = condition(cluster, "SpecValid")["message"]
    assert "Keep an image of PostgreSQL 1, or remove this field and, unless the site's" in said
    assert databases(cluster) == {name: ("1", name, 1) for name in DATABASES}


def test_pin_of_the_same_major_version_goes_without_steps() -> None:
    cluster = Cluster(platform(pinned("2.1")))
    go(cluster, catalogue=MAJOR)
    assert not status(cluster)["release"]["behind"]
    edit(cluster, dict(SKIP))
    assert go(cluster, catalogue=MAJOR) == []
    assert databases(cluster) == {name: ("2.0", name, 1) for name in DATABASES}
