"""Snapshots of volumes by `omero-backup`, before a double of the API server and its controller."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from omero_backup import settings, snapshot_objects
from omero_backup.errors import BackupError
from omero_backup.manifest import VolumeSnapshot
from omero_backup.snapshots import Snapshots

from omero_operator.desired import backup
from omero_operator.identity.kinds import CRON_JOB, VOLUME_GROUP_SNAPSHOT, VOLUME_SNAPSHOT
from operator_builders import context, spec
from snapshot_double import CLAIMS, GROUPS, NAMESPACE, SNAPSHOTS, SnapshotCluster, serving

BACKUP = "20261130T010000Z-beef"
NAME = "demo-backup-20261130t010000z-beef"


@pytest.fixture
def cluster() -> Iterator[SnapshotCluster]:
    with serving(SnapshotCluster()) as served:
        yield served


class Lab:
    """The program with what the operator gives its pods, and the double in place of a cluster."""

    def __init__(self, cluster: SnapshotCluster, folder: Path, **files: str) -> None:
        self.said: list[str] = []
        self.cuts = 0
        self.folder = folder
        (folder / "token").write_text(f"{cluster.token}\n")
        given = {"enabled": True, "claim": "backups", "files": {"method": "snapshot", **files}}
        ctx = context(spec(backup=given), namespace=NAMESPACE)
        (cron,) = [each for each in backup.build(ctx) if each["kind"] == CRON_JOB.name]
        (container,) = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        environment = {each["name"]: each.get("value", "") for each in container["env"]}
        read = settings.read(
            environment
            | {
                "OMERO_DB_PASSWORD_FILE": "",
                "PLUGIN_DB_PASSWORD_FILE": "",
                "BACKUP_KUBERNETES_URL": cluster.url,
                "BACKUP_KUBERNETES_TOKEN_FILE": str(folder / "token"),
            }
        )
        assert read.snapshots is not None
        given_up = dataclasses.replace(read.snapshots, seconds=0.3)
        self.snapshots = Snapshots(given_up, "0123456789abcdef", self.said.append)

    def cut(self) -> None:
        self.cuts += 1

    def take(self, name: str = BACKUP) -> list[VolumeSnapshot]:
        with self.snapshots.taking(name, self.folder, self.cut) as taken:
            return taken

    def fails(self) -> str:
        with pytest.raises(BackupError) as refusal:
            self.take()
        return str(refusal.value)


def grouped(cluster: SnapshotCluster) -> None:
    """The claims of a site, as the operator labels them, and one of others."""
    for name in ("demo-server", "demo-db", "demo-plugin-db"):
        cluster.claim(name, **{"platform.omero.dev/snapshot-group": "demo"})
    cluster.claim("demo-uploads")


# --- one is made ----------------------------------------------------------------------------------


def test_a_snapshot_is_ready_and_says_whose_it_is(cluster: SnapshotCluster, tmp_path: Path) -> None:
    lab = Lab(cluster, tmp_path, className="fast")
    (taken,) = lab.take()
    item = cluster.objects[SNAPSHOTS, NAME]
    assert item["spec"] == {
        "source": {"persistentVolumeClaimName": "demo-server"},
        "volumeSnapshotClassName": "fast",
    }
    labels = item["metadata"]["labels"]
    assert labels["app.kubernetes.io/instance"] == "demo"
    assert labels[snapshot_objects.BACKUP] == BACKUP
    assert labels[snapshot_objects.STORE] == "0123456789abcdef"
    # It outlives the site, and no tool that prunes takes it.
    assert "ownerReferences" not in item["metadata"]
    assert "Prune=false" in str(item["metadata"]["annotations"])
    assert taken == VolumeSnapshot(
        claim="demo-server",
        namespace=NAMESPACE,
        name=NAME,
        uid=item["metadata"]["uid"],
        content=f"snapcontent-{item['metadata']['uid']}",
        class_name="fast",
        restore_size="10Gi",
        created="2026-11-30T01:00:07Z",
    )
    assert lab.cuts == 1
    assert [each.backup for each in lab.snapshots.existing()] == [BACKUP]


def test_a_group_has_the_volumes_of_one_moment(cluster: SnapshotCluster, tmp_path: Path) -> None:
    grouped(cluster)
    lab = Lab(cluster, tmp_path, method="groupSnapshot", className="together")
    taken = lab.take()
    assert [each.claim for each in taken] == ["demo-server", "demo-db", "demo-plugin-db"]
    assert {each.group for each in taken} == {NAME}
    group = cluster.objects[GROUPS, NAME]
    # The controller knows no matchExpressions.
    assert group["spec"] == {
        "source": {"selector": {"matchLabels": {"platform.omero.dev/snapshot-group": "demo"}}},
        "volumeGroupSnapshotClassName": "together",
    }
    (found,) = lab.snapshots.existing()
    lab.snapshots.delete(found)
    assert cluster.names() + cluster.names(GROUPS) == []


def test_a_claim_without_the_label_is_not_left_out_in_silence(
    cluster: SnapshotCluster, tmp_path: Path
) -> None:
    grouped(cluster)
    del cluster.objects[CLAIMS, "demo-db"]
    words = Lab(cluster, tmp_path, method="groupSnapshot").fails()
    assert "kubectl label pvc demo-db platform.omero.dev/snapshot-group=demo" in words
    assert cluster.names(GROUPS) == []


def test_kinds_are_those_of_the_operator() -> None:
    for ours, theirs in (
        (snapshot_objects.SNAPSHOT, VOLUME_SNAPSHOT),
        (snapshot_objects.GROUP, VOLUME_GROUP_SNAPSHOT),
    ):
        assert (ours.api_version, ours.name, ours.plural) == (
            theirs.api_version, theirs.name, theirs.plural,
        )  # fmt: skip


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            {"lacks": {SNAPSHOTS}},
            "this cluster has no VolumeSnapshot of snapshot.storage.k8s.io/v1",
        ),
        (
            {"refusals": {("POST", SNAPSHOTS): (403, 'is forbidden: exceeded quota: "small"')}},
            'exceeded quota: "small"',
        ),
        (
            {"error": "no VolumeSnapshotClass\nfor driver x"},
            "no VolumeSnapshotClass for driver x; the",
        ),
        ({"steps": None}, "hours, and status has no creationTime"),
        ({"steps": 10_000}, "hours, and it is not ready to use"),
        ({"token": "another"}, "HTTP 401"),
    ],
    ids=["no such kind", "quota", "no class", "no cut", "never ready", "no token"],
)
def test_what_is_not_made_is_told_and_leaves_nothing(
    tmp_path: Path, wrong: dict[str, Any], words: str
) -> None:
    with serving(SnapshotCluster()) as cluster:
        lab = Lab(cluster, tmp_path)
        for name, value in wrong.items():
            setattr(cluster, name, value)
        assert words in lab.fails()
    assert cluster.names() == []


def test_one_that_a_person_deletes_meanwhile_is_missed(
    cluster: SnapshotCluster, tmp_path: Path
) -> None:
    cluster.driver = lambda item: cluster.objects.pop((SNAPSHOTS, item["metadata"]["name"]))
    words = Lab(cluster, tmp_path).fails()
    assert words == f"VolumeSnapshot {NAME} was deleted by somebody before the backup was complete"


def test_an_error_that_passes_does_no_harm(cluster: SnapshotCluster, tmp_path: Path) -> None:
    cluster.error = "the volume is busy"
    lab = Lab(cluster, tmp_path)
    answer = cluster.answer

    def passing(method: str, target: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        found = answer(method, target, body)
        if len(cluster.asked) > 3:
            cluster.error = ""
        return found

    cluster.answer = passing  # type: ignore[method-assign]
    assert lab.take()[0].name == NAME


def test_a_backup_that_fails_afterwards_takes_its_snapshot_along(
    cluster: SnapshotCluster, tmp_path: Path
) -> None:
    lab = Lab(cluster, tmp_path)
    with (
        pytest.raises(BackupError, match="the disk is full"),
        lab.snapshots.taking(BACKUP, tmp_path, lab.cut),
    ):
        raise BackupError("the disk is full")
    assert cluster.names() == []


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with serving(SnapshotCluster()) as cluster:
        lab = Lab(cluster, tmp_path)
    words = lab.fails()
    assert "does not answer" in words
    assert "spec.web.plugins.adminTools.kubernetes" in words


# --- whether it can be used -----------------------------------------------------------------------


def test_a_check_finds_what_is_gone(cluster: SnapshotCluster, tmp_path: Path) -> None:
    lab = Lab(cluster, tmp_path)
    taken = lab.take()
    lab.snapshots.check(taken)
    item = cluster.objects[SNAPSHOTS, NAME]
    item["metadata"]["uid"] = "of another with this name"
    with pytest.raises(BackupError, match=f"{NAME} is gone"):
        lab.snapshots.check(taken)
    item["metadata"]["uid"] = taken[0].uid
    cluster.error = "the content was deleted"
    with pytest.raises(BackupError, match="not ready to use: the content was deleted"):
        lab.snapshots.check(taken)
    item["metadata"]["deletionTimestamp"] = "2026-11-30T02:00:00Z"
    assert lab.snapshots.existing() == []


def test_snapshots_of_others_are_not_seen(cluster: SnapshotCluster, tmp_path: Path) -> None:
    """Those that a person made, and those of the same site with backups elsewhere."""
    lab = Lab(cluster, tmp_path)
    lab.take()
    labels = cluster.objects[SNAPSHOTS, NAME]["metadata"]["labels"]
    assert len(lab.snapshots.existing()) == 1
    labels[snapshot_objects.STORE] = "another"
    assert lab.snapshots.existing() == []
    labels.clear()
    assert lab.snapshots.existing() == []
    assert json.dumps(cluster.asked).count("DELETE") == 0
