"""What the pod says in its environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omero_backup.errors import BackupError


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database and how to reach it.

    Attributes:
        title: `omero` or `plugins`: what it is called in a backup, whatever its own name is.
        host: Host name, or the folder of a Unix socket.
        port: Port.
        name: Its own name.
        user: Who connects.
        password: Their password; empty where none is asked.
        authorities: File with those that may have signed its certificate; empty for no check.
    """

    title: str
    host: str
    port: int
    name: str
    user: str
    password: str
    authorities: str = ""

    def __str__(self) -> str:
        return f"database {self.name} on {self.host}:{self.port}"


@dataclass(frozen=True)
class SnapshotSettings:
    """How snapshots of volumes are made, in place of a copy of the files.

    Attributes:
        claims: PersistentVolumeClaims: that of the data folder first, then those of databases.
        class_name: Their class; empty for the cluster's default.
        group: Label of all these claims, `KEY=VALUE`, where they are in one group; else empty.
        prefix: Beginning of the names of snapshots.
        metadata: `namespace`, `labels` and `annotations` of snapshots.
        url: Address of the API server.
        token_file: File with the token that it is asked with.
        ca_file: File with the authority of its certificate.
        seconds: How long to wait until a snapshot is ready to use.
    """

    claims: tuple[str, ...]
    class_name: str
    group: str
    prefix: str
    metadata: Mapping[str, Any]
    url: str
    token_file: Path
    ca_file: str
    seconds: float


@dataclass(frozen=True)
class Settings:
    """Everything that the commands know of the site and of the store.

    Attributes:
        site: Name of the site, `NAMESPACE/NAME`.
        store: Where the backups are, as restic writes it: a folder, or `s3:https://HOST/BUCKET/…`.
        passphrase: Encrypts the store; empty where the site has none.
        data: OMERO's data folder, `/OMERO`.
        managed: The folder of imported images.
        work: Scratch folder.
        databases: OMERO's and the plugins'; in this order.
        secrets: Folder with one folder for each Secret of the site.
        root_password: What OMERO's root user has in a restored site; empty to leave it.
        keep_count: Backups to keep at least.
        keep_days: Days after which a backup is deleted; 0 for never.
        read_percent: How much of the store's data a check reads.
        wait_seconds: How long to wait for a database, and for another run to end.
        snapshots: How snapshots are made; None where files are copied.
        volume_snapshot: The VolumeSnapshot that the data folder's volume was made from, for
            `restore`; empty where it was made empty.
    """

    site: str
    store: str
    passphrase: str
    data: Path
    managed: Path
    work: Path
    databases: tuple[Database, ...]
    secrets: Path | None
    root_password: str
    keep_count: int
    keep_days: int
    read_percent: int
    wait_seconds: int
    snapshots: SnapshotSettings | None = None
    volume_snapshot: str = ""

    @property
    def encrypted(self) -> bool:
        """Whether the store is encrypted with a passphrase of the site."""
        return bool(self.passphrase)


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process.

    Raises:
        BackupError: One is missing or makes no sense.
    """
    store = environment.get("BACKUP_STORE", "")
    if not store:
        raise BackupError("BACKUP_STORE is not set: it says where the backups are")
    secrets = environment.get("BACKUP_SECRETS_DIR", "")
    data = Path(environment.get("OMERO_DATA_DIR", "/OMERO"))
    return Settings(
        site=environment.get("BACKUP_SITE", "omero"),
        store=store,
        passphrase=_secret(environment, "BACKUP_PASSPHRASE_FILE"),
        data=data,
        managed=Path(environment.get("OMERO_MANAGED_DIR") or data / "ManagedRepository"),
        work=Path(environment.get("BACKUP_WORK_DIR", "/tmp/backup")),  # noqa: S108 - the pod's own
        databases=(
            _database(environment, "omero", "OMERO_DB"),
            _database(environment, "plugins", "PLUGIN_DB"),
        ),
        secrets=Path(secrets) if secrets else None,
        root_password=_secret(environment, "OMERO_ROOT_PASSWORD_FILE"),
        keep_count=_number(environment, "BACKUP_KEEP_COUNT", 14),
        keep_days=_number(environment, "BACKUP_KEEP_DAYS", 0),
        read_percent=_number(environment, "BACKUP_READ_PERCENT", 5),
        wait_seconds=_number(environment, "READY_SECONDS", 120),
        snapshots=_snapshots(environment),
        volume_snapshot=environment.get("BACKUP_VOLUME_SNAPSHOT", ""),
    )


def _snapshots(environment: Mapping[str, str]) -> SnapshotSettings | None:
    if environment.get("BACKUP_FILES_METHOD", "copy") == "copy":
        return None
    try:
        return SnapshotSettings(
            claims=tuple(environment["BACKUP_SNAPSHOT_CLAIMS"].split(",")),
            class_name=environment.get("BACKUP_SNAPSHOT_CLASS", ""),
            group=environment.get("BACKUP_SNAPSHOT_GROUP", ""),
            prefix=environment["BACKUP_SNAPSHOT_PREFIX"],
            metadata=json.loads(environment["BACKUP_SNAPSHOT_METADATA"]),
            url=environment["BACKUP_KUBERNETES_URL"],
            token_file=Path(environment["BACKUP_KUBERNETES_TOKEN_FILE"]),
            ca_file=environment.get("BACKUP_KUBERNETES_CA_FILE", ""),
            # A storage that copies a snapshot elsewhere takes hours for many terabytes.
            seconds=_number(environment, "BACKUP_SNAPSHOT_SECONDS", 24 * 3600),
        )
    except KeyError as error:
        raise BackupError(f"{error.args[0]} is not set: snapshots of volumes need it") from error


def _database(environment: Mapping[str, str], title: str, prefix: str) -> Database:
    return Database(
        title=title,
        host=environment.get(f"{prefix}_HOST", ""),
        port=_number(environment, f"{prefix}_PORT", 5432),
        name=environment.get(f"{prefix}_NAME", ""),
        user=one_line(environment.get(f"{prefix}_USER", "")),
        password=_secret(environment, f"{prefix}_PASSWORD_FILE"),
        authorities=environment.get(f"{prefix}_CA_FILE", ""),
    )


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "")
    try:
        return int(text) if text else default
    except ValueError as error:
        raise BackupError(f"{name} is no number: {text!r}") from error


def _secret(environment: Mapping[str, str], name: str) -> str:
    """The value in the file that a variable names; empty where it names none."""
    path = environment.get(name, "")
    if not path:
        return ""
    try:
        value = one_line(Path(path).read_bytes().decode())
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"{name}: {path} cannot be read as text: {error}") from error
    if not value:
        raise BackupError(f"{name}: {path} is empty")
    return value


def one_line(value: str) -> str:
    """A value without one line break at its end, as all programs of the site read Secrets."""
    return value.removesuffix("\n").removesuffix("\r") if value.endswith("\n") else value
