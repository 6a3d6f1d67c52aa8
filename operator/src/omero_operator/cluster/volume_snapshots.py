"""Looking up what snapshots of volumes need: their kinds, their class, the one of a restore.

The operator only reads these objects; `omero-backup` makes the snapshots of backups.
"""

from collections.abc import Iterator

from omero_operator.api.quantity import amount
from omero_operator.cluster.client import Api
from omero_operator.cluster.discovery import Discovery
from omero_operator.cluster.errors import RefusedError
from omero_operator.cluster.failures import lacking, refused
from omero_operator.desired import parts, server, snapshots
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import (
    CLAIM,
    VOLUME_GROUP_SNAPSHOT_CLASS,
    VOLUME_SNAPSHOT,
    VOLUME_SNAPSHOT_CLASS,
    Manifest,
)
from omero_operator.identity.labels import BACKUP_NOW
from omero_operator.state.observed import Failure, Observed


async def look_up(
    api: Api, ctx: Context, observed: Observed, discovery: Discovery
) -> list[Failure]:
    """What is missing for backups with snapshots, or for the volume of a site that is restored.

    Args:
        api: Connection.
        ctx: Build context.
        observed: The platform's children.
        discovery: Which kinds the cluster lacks.
    """
    return [
        *await _for_backups(api, ctx, discovery),
        *await _of_the_last_backup(api, ctx, observed),
        *await _for_the_restore(api, ctx, observed, discovery),
    ]


async def _for_backups(api: Api, ctx: Context, discovery: Discovery) -> list[Failure]:
    settings = ctx.spec.backup
    for kind in snapshots.kinds(settings):
        if discovery.lacks(kind) or not await discovery.served(api, kind):
            return [lacking("backup", kind)]
    if not settings.snapshots or not settings.files.class_name:
        return []
    kind = VOLUME_GROUP_SNAPSHOT_CLASS if settings.in_groups else VOLUME_SNAPSHOT_CLASS
    try:
        found = await api.get(kind, None, settings.files.class_name)
    except RefusedError:
        # An operator of some namespaces may not read what belongs to the cluster.
        return []
    if found is not None:
        return []
    message = (
        f"{kind.name} '{settings.files.class_name}' of spec.backup.files.className does not exist; "
        "create it or correct the field"
    )
    return [Failure("backup", f"{kind.name}NotFound", message)]


async def _of_the_last_backup(api: Api, ctx: Context, observed: Observed) -> list[Failure]:
    """The last backup is none any more when somebody has deleted its snapshot."""
    last = observed.status.get("backup") or {}
    name = last.get("volumeSnapshot", "")
    if not name or not ctx.spec.backup.snapshots:
        return []
    try:
        found = await api.get(VOLUME_SNAPSHOT, ctx.namespace, name)
    except RefusedError as error:
        return [refused("backup", error)]
    if found is not None and "deletionTimestamp" not in found["metadata"]:
        return []
    message = (
        f"VolumeSnapshot '{name}', which has the files of the last complete backup "
        f"{last.get('backup', '')}, was deleted by somebody; that backup has the databases alone. "
        f"Make one now: kubectl annotate omeroplatform {ctx.name} --overwrite "
        f'{BACKUP_NOW}="$(date)"'
    )
    return [Failure("backup", "VolumeSnapshotGone", message)]


async def _for_the_restore(
    api: Api, ctx: Context, observed: Observed, discovery: Discovery
) -> list[Failure]:
    """Before the claim is made: what it is made from cannot be corrected afterwards."""
    place = ctx.spec.bootstrap.restore_from
    name = place.volume_snapshot_name if place else None
    claim = parts.claim_name(ctx, server.SERVER)
    if not name or observed.child(CLAIM, claim) or _held_data(observed, claim):
        return []
    try:
        found = await api.get(VOLUME_SNAPSHOT, ctx.namespace, name)
    except RefusedError as error:
        return [refused("server", error, holds=True)]
    if found is None and not await discovery.served(api, VOLUME_SNAPSHOT):
        return [lacking("server", VOLUME_SNAPSHOT, _FIELD, holds=True)]
    return [
        Failure("server", reason, f"VolumeSnapshot '{name}' of spec.{_FIELD} {words}", holds=True)
        for reason, words in _unfit(ctx, found)
    ]


_FIELD = "bootstrap.restoreFrom.volumeSnapshotName"


def _held_data(observed: Observed, claim: str) -> bool:
    """Whether the claim was there before: then its loss is told, and it is not made from this."""
    return any(volume.claim == claim and volume.uid for volume in observed.data_volumes)


def _unfit(ctx: Context, found: Manifest | None) -> Iterator[tuple[str, str]]:
    """Why no volume can be made from a snapshot."""
    if found is None:
        yield (
            "VolumeSnapshotNotFound",
            f"does not exist in namespace '{ctx.namespace}'. A snapshot of another namespace needs "
            "a VolumeSnapshotContent and a VolumeSnapshot here first (docs/backup.md)",
        )
        return
    status = found.get("status") or {}
    if "deletionTimestamp" in found["metadata"]:
        yield "VolumeSnapshotDeleted", "is being deleted; name another backup"
    elif status.get("readyToUse") is not True:
        error = (status.get("error") or {}).get("message", "")
        because = f": {error}" if error else ""
        yield (
            "VolumeSnapshotNotReady",
            f"is not ready to use{because}. The volume is made when it is",
        )
    elif amount(size := str(status.get("restoreSize") or "0")) > amount(
        asked := ctx.spec.server.storage.size
    ):
        yield (
            "VolumeTooSmall",
            f"needs a volume of {size}, and spec.server.storage.size is {asked}; increase it",
        )
