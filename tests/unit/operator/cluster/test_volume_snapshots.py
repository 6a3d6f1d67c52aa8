"""What snapshots need is looked up, and what is missing is named with the cure."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from omero_operator.api.v1alpha1.status import DataVolume
from omero_operator.cluster import volume_snapshots
from omero_operator.cluster.discovery import Discovery
from omero_operator.cluster.errors import TemporaryError
from omero_operator.identity.kinds import CLAIM, Manifest
from omero_operator.state.observed import Failure
from operator_builders import NAMES, NAMESPACE, Cluster, context, observed, spec

NAME = "of-then"


def look_up(
    cluster: Cluster, *children: Manifest, lost: bool = False, **blocks: Any
) -> list[Failure]:
    volumes = (DataVolume(component="server", claim=NAMES.server, uid="gone"),) if lost else ()
    seen = observed(*children, data_volumes=volumes)
    ctx = context(spec(**blocks))
    return asyncio.run(volume_snapshots.look_up(cluster, ctx, seen, Discovery()))


def backups(method: str, **files: str) -> dict[str, Any]:
    return {"backup": {"enabled": True, "claim": "backups", "files": {"method": method, **files}}}


# --- backups --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("blocks", "lacks", "reason", "words"),
    [
        (backups("copy"), {"VolumeSnapshot", "VolumeGroupSnapshot"}, "", ""),
        (backups("snapshot"), {"VolumeGroupSnapshot"}, "", ""),
        (backups("snapshot"), {"VolumeSnapshot"}, "ApiNotInstalled", "spec.backup.files.method"),
        (backups("groupSnapshot"), {"VolumeGroupSnapshot"}, "ApiNotInstalled", "v1beta2"),
        (
            backups("snapshot", className="fast"),
            set(),
            "VolumeSnapshotClassNotFound",
            "'fast' of spec.backup.files.className",
        ),
        (
            backups("groupSnapshot", className="fast"),
            set(),
            "VolumeGroupSnapshotClassNotFound",
            "does not exist",
        ),
    ],
)
def test_what_backups_lack_is_told_before_one_fails(
    blocks: dict[str, Any], lacks: set[str], reason: str, words: str
) -> None:
    cluster = Cluster()
    cluster.unserved = lacks
    found = look_up(cluster, **blocks)
    assert [each.reason for each in found] == [reason] * bool(reason)
    assert all(words in each.message and each.component == "backup" for each in found)
    # A backup that fails tells as well, so nothing is held back.
    assert not any(each.holds for each in found)


def test_a_class_that_may_not_be_read_is_not_missed() -> None:
    cluster = Cluster()
    cluster.refusals["get VolumeSnapshotClass"] = 403
    assert look_up(cluster, **backups("snapshot", className="fast")) == []
    cluster.refusals["get VolumeSnapshotClass"] = 0
    with pytest.raises(TemporaryError):
        look_up(cluster, **backups("snapshot", className="fast"))


def test_a_last_backup_without_its_snapshot_is_none() -> None:
    last = {"backup": "20261130T010000Z-beef", "volumeSnapshot": NAME}
    ctx = context(spec(**backups("snapshot")))
    seen = observed(status={"backup": last})
    for items, reasons in (((READY,), []), ((), ["VolumeSnapshotGone"])):
        found = asyncio.run(volume_snapshots.look_up(Cluster(*items), ctx, seen, Discovery()))
        assert [each.reason for each in found] == reasons
        assert all("20261130T010000Z-beef, was deleted" in each.message for each in found)


# --- a restore ------------------------------------------------------------------------------------

RESTORE: dict[str, Any] = {
    "bootstrap": {"restoreFrom": {"claim": "backups", "volumeSnapshotName": NAME}}
}


def snapshot(**status: Any) -> Manifest:
    return {
        "apiVersion": "snapshot.storage.k8s.io/v1",
        "kind": "VolumeSnapshot",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "status": status,
    }


READY = snapshot(readyToUse=True, restoreSize="10Gi")


@pytest.mark.parametrize(
    ("item", "reason", "words"),
    [
        (None, "VolumeSnapshotNotFound", "needs a VolumeSnapshotContent"),
        (snapshot(), "VolumeSnapshotNotReady", "is not ready to use. The"),
        (
            snapshot(readyToUse=False, error={"message": "no driver"}),
            "VolumeSnapshotNotReady",
            "not ready to use: no driver",
        ),
        (
            snapshot(readyToUse=True, restoreSize="20Gi"),
            "VolumeTooSmall",
            "of 20Gi, and spec.server.storage.size is 10Gi",
        ),
        (
            {**READY, "metadata": {**READY["metadata"], "deletionTimestamp": "now"}},
            "VolumeSnapshotDeleted",
            "name another backup",
        ),
        (READY, "", ""),
        (snapshot(readyToUse=True), "", ""),
    ],
)
def test_no_volume_is_asked_for_that_cannot_be_made(
    item: Manifest | None, reason: str, words: str
) -> None:
    found = look_up(Cluster(*[item] if item else []), **RESTORE)
    assert [each.reason for each in found] == [reason] * bool(reason)
    for each in found:
        assert (each.component, each.holds) == ("server", True)
        assert words in each.message
        assert f"VolumeSnapshot '{NAME}'" in each.message


def test_a_cluster_without_snapshots_is_named() -> None:
    cluster = Cluster()
    cluster.unserved = {"VolumeSnapshot"}
    (found,) = look_up(cluster, **RESTORE)
    assert (found.reason, found.holds) == ("ApiNotInstalled", True)
    assert "spec.bootstrap.restoreFrom.volumeSnapshotName needs" in found.message


def test_a_right_that_is_missing_holds_the_server_back() -> None:
    cluster = Cluster(READY)
    cluster.refusals["get VolumeSnapshot"] = 403
    (found,) = look_up(cluster, **RESTORE)
    assert (found.reason, found.holds) == ("Forbidden", True)


def test_a_volume_that_is_there_or_was_there_is_not_asked_about() -> None:
    claim: Manifest = {"kind": CLAIM.name, "metadata": {"name": NAMES.server}}
    assert look_up(Cluster(), claim, **RESTORE) == []
    assert look_up(Cluster(), lost=True, **RESTORE) == []
