"""What a backup consists of. It is written last: without it there is no backup."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from omero_backup.errors import BackupError
from omero_backup.restic import Snapshot, Store

FORMAT = 1

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
class Files:
    """The data folder in a backup.

    Attributes:
        snapshot: restic's snapshot of the folder.
        count: Files in it.
        size: Their bytes.
        read: How many were read for their checksum; the others were known.
        equal: Files whose checksum is the one in OMERO's database.
        missing: Files of OMERO's database that were not there.
        differing: Files that are not what OMERO's database says.
        examples: The first of those.
    """

    snapshot: str
    count: int
    size: int
    read: int
    equal: int
    missing: int
    differing: int
    examples: list[str] = field(default_factory=list)


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
        return json.dumps({"format": FORMAT, **written}, indent=1)


def parse(text: bytes, snapshot: str) -> Manifest:
    """Read a manifest.

    Raises:
        BackupError: It is of a newer version, or not a manifest.
    """
    try:
        found = json.loads(text)
        version = found.pop("format")
        if version != FORMAT:
            raise BackupError(
                f"the backup in snapshot {snapshot[:8]} has format {version}, and this image reads "
                f"format {FORMAT}: use the image of the release that made it, or a newer one"
            )
        dumps = [Dump(**each) for each in found.pop("databases")]
        return Manifest(
            databases=dumps, files=Files(**found.pop("files")), snapshot=snapshot, **found
        )
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
