"""What a backup consists of. It is written last: without it there is no backup."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from omero_backup.errors import BackupError
from omero_backup.restic import Snapshot, Store

FORMAT = 1
# With snapshots of volumes, of which older programs know nothing.
_WITH_SNAPSHOTS = 2

# On the restic snapshot of a manifest: what has the files, as kubectl writes it.
SNAPSHOT_TAG = "snapshot"

NAME = "/manifest.json"
INVENTORY = "/inventory.jsonl"
SECRETS = "/secrets.json"


@dataclass(frozen=True)
class Dump:
    """One database in a backup.

    Attributes:
        title: `omero` or `plugins`.
        snapshot: restic's snapshot with the dump.
        size: Bytes of the dump.
        sha256: Its checksum.
        version: Version of the PostgreSQL server.
        major: Its first number.
        tables: Schema, name and rows of each table, counted in the same moment.
    """

    title: str
    snapshot: str
    size: int
    sha256: str
    version: str
    major: int
    tables: list[list[Any]]


@dataclass(frozen=True)
class VolumeSnapshot:
    """A snapshot of a volume.

    Attributes:
        claim: The PersistentVolumeClaim that it is of.
        namespace: Namespace of both.
        name: Name of the VolumeSnapshot.
        uid: Its unique id: another one may get its name.
        content: Name of its VolumeSnapshotContent.
        class_name: Its VolumeSnapshotClass; empty for the default.
        restore_size: Least size of a volume that is made from it, as Kubernetes writes it.
        created: When its content was cut, in UTC.
        group: Name of the VolumeGroupSnapshot that it is in; empty where it is in none.
    """

    claim: str
    namespace: str
    name: str
    uid: str
    content: str
    class_name: str
    restore_size: str
    created: str
    group: str = ""


@dataclass(frozen=True)
class Files:
    """The data folder in a backup.

    Attributes:
        snapshot: restic's snapshot of the folder; empty where a volume's has it.
        count: Files in it.
        size: Their bytes.
        read: How many were read for their checksum; the others were known.
        equal: Files whose checksum is the one in OMERO's database.
        missing: Files of OMERO's database that were not there.
        differing: Files that are not what OMERO's database says.
        examples: The first of those.
        volumes: Snapshots of volumes, if files were not copied: that of the folder first, then
            those of the databases' volumes of the same moment.
    """

    snapshot: str
    count: int
    size: int
    read: int
    equal: int
    missing: int
    differing: int
    examples: list[str] = field(default_factory=list)
    volumes: list[VolumeSnapshot] = field(default_factory=list)


@dataclass(frozen=True)
class Manifest:
    """A backup.

    Attributes:
        id: Its id.
        site: Name of the site.
        uuid: Id of OMERO's database; empty where it has none.
        schema: Version of OMERO's schema.
        began: When it began, in UTC; the databases are of a moment shortly after.
        ended: When everything was written.
        program: Version of this program.
        databases: OMERO's and the plugins'.
        files: The data folder.
        secrets: Names of the Secrets in it; none where it is not encrypted.
        snapshot: restic's snapshot with the manifest itself; not written.
    """

    id: str
    site: str
    uuid: str
    schema: str
    began: str
    ended: str
    program: str
    databases: list[Dump]
    files: Files
    secrets: list[str]
    snapshot: str = ""

    @property
    def size(self) -> int:
        """Bytes of everything that it brings back."""
        return self.files.size + sum(dump.size for dump in self.databases)

    @property
    def volume_snapshot(self) -> str:
        """Name of the VolumeSnapshot with the files; empty where they were copied."""
        return self.files.volumes[0].name if self.files.volumes else ""

    @property
    def snapshot_object(self) -> str:
        """What has to be deleted with this backup, as kubectl writes it; empty for a copy."""
        if not self.files.volumes:
            return ""
        group = self.files.volumes[0].group
        return f"volumegroupsnapshot/{group}" if group else f"volumesnapshot/{self.volume_snapshot}"

    def dump_of(self, title: str) -> Dump:
        """The dump of a database.

        Raises:
            BackupError: The manifest has none.
        """
        for dump in self.databases:
            if dump.title == title:
                return dump
        raise BackupError(f"backup {self.id} has no dump of the {title} database")

    def text(self) -> str:
        """The manifest as it is written."""
        written = {key: value for key, value in asdict(self).items() if key != "snapshot"}
        if not self.files.volumes:
            written["files"].pop("volumes")
            return json.dumps({"format": FORMAT, **written}, indent=1)
        return json.dumps({"format": _WITH_SNAPSHOTS, **written}, indent=1)


def parse(text: bytes, snapshot: str) -> Manifest:
    """Read a manifest.

    Raises:
        BackupError: It is of a newer version, or not a manifest.
    """
    try:
        found = json.loads(text)
        version = found.pop("format")
        if version not in (FORMAT, _WITH_SNAPSHOTS):
            raise BackupError(
                f"the backup in snapshot {snapshot[:8]} has format {version}, and this image reads "
                f"formats up to {_WITH_SNAPSHOTS}: use the image of the release that made it, or a "
                "newer one"
            )
        dumps = [Dump(**each) for each in found.pop("databases")]
        files = found.pop("files")
        volumes = [VolumeSnapshot(**each) for each in files.pop("volumes", [])]
        saved = Files(**files, volumes=volumes)
        return Manifest(databases=dumps, files=saved, snapshot=snapshot, **found)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupError(f"the manifest in snapshot {snapshot[:8]} is damaged: {error}") from error


def of(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Those of the snapshots that have a manifest: each is a complete backup."""
    return [each for each in snapshots if each.tag("kind") == "manifest"]


def read(store: Store, snapshot: Snapshot) -> Manifest:
    """The manifest in a snapshot."""
    return parse(store.read(snapshot.id, NAME), snapshot.id)


def choose(store: Store, name: str) -> Manifest:
    """One backup.

    Args:
        store: Where they are.
        name: Its id, or `latest`.

    Raises:
        BackupError: There is no such backup.
    """
    every = of(store.snapshots())
    found = [each for each in every if name in ("latest", each.tag("backup"))]
    if found:
        return read(store, found[-1])
    known = ", ".join(each.tag("backup") for each in every[-10:]) or "none"
    raise BackupError(
        f"there is no complete backup {name} in {store.settings.store}; complete ones: {known}"
    )
