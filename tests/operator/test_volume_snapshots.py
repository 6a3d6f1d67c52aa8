"""Snapshots of volumes before a real API server, with the published definitions and real rights.

The program of a backup runs with the token and the settings that its pod has. What makes snapshots
is a double: `operator_ring.snapshot_controller`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from omero_backup import settings
from omero_backup.errors import BackupError
from omero_backup.kubernetes import Api, ApiError, Kind
from omero_backup.snapshot_objects import Found
from omero_backup.snapshots import Snapshots

from omero_operator.identity.kinds import (
    CLAIM,
    CRON_JOB,
    SECRET,
    VOLUME_GROUP_SNAPSHOT,
    VOLUME_SNAPSHOT,
)
from operator_ring.kube import SMALL, Kube, Manifest, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess
from operator_ring.snapshot_controller import KINDS, SnapshotController, define

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(600)]

BACKUP = "20261130T010000Z-beef"


def backups(method: str) -> Manifest:
    given = {"enabled": True, "claim": "backups", "files": {"method": method}}
    return {**SMALL, "backup": given}


def program(kube: Kube, namespace: str, site: str, folder: Path) -> Snapshots:
    """What runs in the pods of backups."""
    cron = kube.get(CRON_JOB, namespace, f"{site}-backup")
    assert cron is not None
    pod = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    account = f"/api/v1/namespaces/{namespace}/serviceaccounts/{pod['serviceAccountName']}/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token, authority = folder / "token", folder / "ca.crt"
    token.write_text(kube.request("POST", account, request)["status"]["token"])
    authority.write_text(kube.ca)
    (container,) = pod["containers"]
    given = {each["name"]: each.get("value", "") for each in container["env"]}
    here = {
        "OMERO_DB_PASSWORD_FILE": "",
        "PLUGIN_DB_PASSWORD_FILE": "",
        "BACKUP_KUBERNETES_URL": kube.server,
        "BACKUP_KUBERNETES_TOKEN_FILE": str(token),
        "BACKUP_KUBERNETES_CA_FILE": str(authority),
        "BACKUP_SNAPSHOT_SECONDS": "180",
    }
    read = settings.read(given | here).snapshots
    assert read is not None
    return Snapshots(read, "0123456789abcdef", print)


def test_backups_make_and_delete_snapshots_with_their_own_rights(
    kube: Kube, namespace: str, operator: OperatorProcess, tmp_path: Path
) -> None:
    define(kube, *(kind.name for kind in KINDS))
    kube.platform(namespace, "site", backups("groupSnapshot"))
    wait_until(lambda: kube.get(CRON_JOB, namespace, "site-backup"), 180, operator.tail)
    wait_until(lambda: len(kube.list(CLAIM, namespace)) == 3, 180, operator.tail)
    snapshots = program(kube, namespace, "site", tmp_path)

    def allowed() -> bool:
        """A new Role holds a moment after it was made."""
        try:
            return snapshots.existing() == []
        except ApiError as error:
            assert error.status == 403, error
            return False

    wait_until(allowed, 180, operator.tail)
    with (
        SnapshotController(kube, namespace),
        snapshots.taking(BACKUP, tmp_path, lambda: None) as taken,
    ):
        assert [each.claim for each in taken] == ["site-server", "site-db", "site-plugin-db"]
    snapshots.check(taken)
    (found,) = snapshots.existing()
    assert (found.backup, found.kind.name) == (BACKUP, VOLUME_GROUP_SNAPSHOT.name)
    # One of the same name that is another object is left alone.
    metadata = {**found.item["metadata"], "uid": "0b9f2c1e-0000-4000-8000-000000000000"}
    snapshots.delete(Found(found.kind, {**found.item, "metadata": metadata}))
    assert len(snapshots.existing()) == 1
    snapshots.delete(found)
    assert snapshots.existing() == []
    # Nothing else is theirs.
    api = Api(kube.server, tmp_path / "token", str(tmp_path / "ca.crt"), namespace, 60)
    for kind in (SECRET, CRON_JOB):
        with pytest.raises(BackupError, match="forbidden"):
            api.list(Kind(kind.api_version, kind.name, kind.plural))


def test_a_site_is_made_from_a_snapshot(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    define(kube, *(kind.name for kind in KINDS))
    place = {"claim": "backups", "volumeSnapshotName": "of-then"}
    kube.platform(namespace, "site", {**SMALL, "bootstrap": {"restoreFrom": place}})
    told = kube.wait_condition(namespace, "site", "ServerReady", "False")
    wait_until(
        lambda: (
            kube.condition(namespace, "site", "ServerReady")["reason"] == "VolumeSnapshotNotFound"
        ),
        what=lambda: str(told),
    )
    assert kube.get(CLAIM, namespace, "site-server") is None
    source = {"persistentVolumeClaimName": "of-the-old-site"}
    metadata = {"name": "of-then", "namespace": namespace}
    with SnapshotController(kube, namespace):
        kube.create(VOLUME_SNAPSHOT, {"metadata": metadata, "spec": {"source": source}})
        kube.wait_condition(namespace, "site", "Ready", "True", seconds=300)
    claim = kube.get(CLAIM, namespace, "site-server")
    assert claim is not None
    made_from = claim["spec"]["dataSource"]
    assert (made_from["kind"], made_from["name"]) == ("VolumeSnapshot", "of-then")
    # The server has run: the field has no effect any more, and nothing is refused.
    kube.delete(VOLUME_SNAPSHOT, namespace, "of-then")
    operator.stop()
    operator.start().wait_active()
    kube.wait_condition(namespace, "site", "Ready", "True")
    again = kube.get(CLAIM, namespace, "site-server")
    assert again is not None
    assert again["metadata"]["uid"] == claim["metadata"]["uid"]
    assert "Invalid" not in operator.tail()
