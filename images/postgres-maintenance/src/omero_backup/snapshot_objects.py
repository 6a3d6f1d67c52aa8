"""Snapshots of volumes as the API server shows them."""

from __future__ import annotations

from dataclasses import dataclass

from omero_backup.kubernetes import Kind, Object
from omero_backup.manifest import VolumeSnapshot

CLAIM = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
SNAPSHOT = Kind(
    "snapshot.storage.k8s.io/v1",
    "VolumeSnapshot",
    "volumesnapshots",
    "the definitions and the controller of kubernetes-csi/external-snapshotter",
)
GROUP = Kind(
    "groupsnapshot.storage.k8s.io/v1beta2",
    "VolumeGroupSnapshot",
    "volumegroupsnapshots",
    "the definitions and the controller of kubernetes-csi/external-snapshotter 8.4 or later, with "
    "its feature CSIVolumeGroupSnapshot",
)

BACKUP = "platform.omero.dev/backup-id"
STORE = "platform.omero.dev/backup-store"


@dataclass(frozen=True)
class Found:
    """A snapshot, or a group of them, of one backup.

    Attributes:
        kind: Which of both.
        item: The object.
    """

    kind: Kind
    item: Object

    @property
    def backup(self) -> str:
        """Id of the backup."""
        return str(self.item["metadata"]["labels"][BACKUP])

    @property
    def title(self) -> str:
        """Kind and name."""
        return f"{self.kind.name} {self.item['metadata']['name']}"

    @property
    def there(self) -> bool:
        """Whether it stays."""
        return "deletionTimestamp" not in self.item["metadata"]


def is_cut(item: Object) -> bool:
    """Whether it has its content, which may be long before it is ready."""
    return bool((item.get("status") or {}).get("creationTime")) or ready(item)


def ready(item: Object) -> bool:
    """Whether volumes can be made from it."""
    return (item.get("status") or {}).get("readyToUse") is True


def complaint(item: Object) -> str:
    """What the controller complains of; empty where it does not."""
    error = (item.get("status") or {}).get("error") or {}
    return " ".join(str(error.get("message", "")).split())


def same(one: Object, other: Object) -> bool:
    """Whether both are one object, and not two of one name."""
    return bool(one["metadata"]["uid"] == other["metadata"]["uid"])


def described(claim: str, item: Object, group: str = "") -> VolumeSnapshot:
    """It as a manifest has it."""
    status, metadata = item["status"], item["metadata"]
    return VolumeSnapshot(
        claim=claim,
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        content=str(status.get("boundVolumeSnapshotContentName") or ""),
        class_name=str(item["spec"].get("volumeSnapshotClassName") or ""),
        restore_size=str(status.get("restoreSize") or ""),
        created=str(status.get("creationTime") or ""),
        group=group,
    )
