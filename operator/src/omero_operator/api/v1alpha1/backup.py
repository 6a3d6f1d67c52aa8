"""Backups of a site, and a site made from one."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from omero_operator.api.v1alpha1.fields import (
    Block,
    CronSchedule,
    ObjectName,
    Resources,
    SecretKey,
    SecretKeyRef,
    ShortText,
    rules,
)

# 1 to 65535.
_PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"


class S3Credentials(Block):
    """A Secret that holds the keys of an S3 account."""

    name: ObjectName = Field(description="Name of the Secret.")
    access_key_id_key: SecretKey = Field(
        "accessKeyId", description="Key that holds the access key id."
    )
    secret_access_key_key: SecretKey = Field(
        "secretAccessKey",
        description="Key that holds the secret access key. One line break at the end of both "
        "values is removed.",
    )


class S3(Block):
    """A bucket of S3, or of a server that speaks S3."""

    endpoint: Annotated[str, Field(min_length=1, max_length=253)] = Field(
        description="Address of the server, for example https://s3.example.org.",
        json_schema_extra=rules(
            (
                f"self.matches('^https?://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:({_PORT}))?/?$')",
                "write https:// or http://, the host in small letters and, if needed, a port, for "
                "example https://s3.example.org:9000; the bucket and a folder in it have fields of "
                "their own: bucket, prefix",
            )
        ),
    )
    bucket: Annotated[str, Field(min_length=1, max_length=63)] = Field(
        description="Name of the bucket; it must exist.",
        json_schema_extra=rules(
            (
                "self.matches('^[a-z0-9][-a-z0-9.]+[a-z0-9]$')",
                "a bucket has 3 to 63 small letters, digits, dots and dashes, for example "
                "omero-backups; a folder in it is prefix",
            )
        ),
    )
    prefix: Annotated[str, Field(max_length=253)] = Field(
        "",
        description="Folder in the bucket. Each site has its own folder below it.",
        json_schema_extra=rules(
            (
                "self.matches('^([-_.a-zA-Z0-9]+(/[-_.a-zA-Z0-9]+)*)?$') && "
                "!self.split('/').exists(step, step in ['.', '..'])",
                "write a folder such as omero/backups: letters, digits, dots, dashes and "
                "underscores, without a slash at its beginning or end and without . and ..",
            )
        ),
    )
    region: Annotated[str, Field(max_length=63, pattern=r"^[-a-z0-9]*$")] = Field(
        "", description="Region, if the server has regions."
    )
    credentials_secret_ref: S3Credentials = Field(
        description="Secret with the keys of the account."
    )
    ca_secret_ref: SecretKeyRef | None = Field(
        None,
        description="Secret with the certificate, in PEM form, of the authority that signed the "
        "server's certificate. Without it, the public authorities are trusted.",
    )

    @property
    def address(self) -> str:
        """The server's address without a slash at its end."""
        return self.endpoint.rstrip("/")


_ONE_PLACE = "has(self.claim) != has(self.s3)"


class Retention(Block):
    """Which backups are kept. The newest that was verified is always among them."""

    count: Annotated[int, Field(ge=1, le=1000)] = Field(
        14, description="The newest ones, whatever their age."
    )
    days: Annotated[int, Field(ge=0, le=36500)] = Field(
        0, description="Older ones are kept until they have so many days; 0 deletes them at once."
    )


class Verify(Block):
    """The check after each backup: both databases are restored into a scratch one and counted."""

    enabled: bool = Field(True, description="Check each backup when it is made.")
    read_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        5, description="How much of all stored data each check reads."
    )


class BackupFiles(Block):
    """How a backup gets the files of the image repository."""

    method: Literal["copy", "snapshot", "groupSnapshot"] = Field(
        "copy",
        description="copy: new and changed files are copied to the destination. snapshot: a "
        "VolumeSnapshot of the volume, which stays in this namespace and in the same storage. "
        "groupSnapshot: a VolumeGroupSnapshot of that volume and of those of the databases that "
        "the operator runs, of one moment. Databases are copied to the destination in any case.",
    )
    class_name: ObjectName | None = Field(
        None,
        description="VolumeSnapshotClass, or VolumeGroupSnapshotClass for groupSnapshot. If empty, "
        "the cluster's default for the driver of the volume.",
    )


class Backup(Block):
    """Regular backups of both databases and of the image repository."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (f"!self.enabled || {_ONE_PLACE}", "a backup needs either claim or s3"),
        )
    )

    enabled: bool = Field(False, description="Make backups.")
    suspend: bool = Field(False, description="Start no scheduled backups.")
    schedule: CronSchedule = Field(
        "0 1 * * *", description="Cron schedule in the platform's time zone; every day at 01:00."
    )
    claim: ObjectName | None = Field(
        None,
        description="PersistentVolumeClaim where backups are stored, best on other machines than "
        "the data. It must exist, and the node of OMERO.server must be able to mount it. The "
        "operator never changes or deletes it.",
    )
    s3: S3 | None = Field(None, description="Bucket where backups are stored.")
    passphrase_secret_ref: SecretKeyRef | None = Field(
        None,
        description="Secret with the passphrase that encrypts backups. Keep a copy outside the "
        "cluster: without it no backup can be read. Without this field backups are not encrypted, "
        "and contain no Secrets. It cannot be added or changed later for the same destination.",
    )
    files: BackupFiles = Field(
        default_factory=BackupFiles, description="How the files of the image repository are saved."
    )
    retention: Retention = Field(
        default_factory=Retention, description="How many backups are kept, and how long."
    )
    verify: Verify = Field(default_factory=Verify, description="The check of each backup.")
    resources: Resources = Field(
        default_factory=Resources, description="Requests and limits of a backup or restore."
    )

    @property
    def snapshots(self) -> bool:
        """Whether backups have snapshots of volumes in place of copies of files."""
        return self.enabled and self.files.method != "copy"

    @property
    def in_groups(self) -> bool:
        """Whether these are of several volumes at once."""
        return self.enabled and self.files.method == "groupSnapshot"


class RestoreFrom(Block):
    """A backup that a new site is made from."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (_ONE_PLACE, "a restore needs either claim or s3"),
        )
    )

    backup: Annotated[
        str, Field(max_length=32, pattern=r"^(latest|[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4})$")
    ] = Field("latest", description="Id of the backup, or latest.")
    site: Annotated[str, Field(max_length=127, pattern=r"^([-a-z0-9.]+/[-a-z0-9.]+)?$")] = Field(
        "",
        description="Namespace and name of the site that made the backup, for example "
        "images/demo. If empty, those of this site.",
    )
    claim: ObjectName | None = Field(
        None, description="PersistentVolumeClaim where the backup is stored."
    )
    s3: S3 | None = Field(None, description="Bucket where the backup is stored.")
    passphrase_secret_ref: SecretKeyRef | None = Field(
        None, description="Secret with the passphrase of an encrypted backup."
    )
    volume_snapshot_name: ObjectName | None = Field(
        None,
        description="VolumeSnapshot in this namespace with the files of the backup, if it was made "
        "with spec.backup.files.method snapshot or groupSnapshot. The new volume of OMERO.server "
        "is made from it.",
    )


class Bootstrap(Block):
    """What a new site begins with."""

    restore_from: RestoreFrom | None = Field(
        None,
        description="Make the site from a backup, before OMERO.server starts for the first time. A "
        "site that holds data is rejected and stays as it is. Afterwards the field has no effect.",
    )


class BackupStatus(Block):
    """The last known backups."""

    last_run: ShortText = Field("", description="When the last run began (RFC 3339, UTC).")
    last_result: ShortText = Field(
        "",
        description="Succeeded, Failed, Running, or Unknown if its end was not seen; absent: never "
        "ran.",
    )
    last_success: ShortText = Field(
        "", description="When the last complete backup began (RFC 3339, UTC)."
    )
    last_verified: ShortText = Field(
        "", description="When the last backup that was verified began (RFC 3339, UTC)."
    )
    last_failure: ShortText = Field("", description="When the last failed run began.")
    backup: ShortText = Field("", description="Id of the last complete backup.")
    bytes: int = Field(0, description="Bytes that the last complete backup restores.")
    files: int = Field(0, description="Files in it.")
    missing: int = Field(0, description="Files that OMERO's database knows and that were missing.")
    differing: int = Field(0, description="Files that are not what OMERO's database says.")
    kept: int = Field(0, description="Complete backups that are kept.")
    volume_snapshot: ShortText = Field(
        "", description="VolumeSnapshot with the files of the last complete backup, if any."
    )
    encrypted: bool = Field(False, description="Whether it contains the site's Secrets, encrypted.")
    message: Annotated[str, Field(max_length=2048)] = Field(
        "", description="What the last completed run said."
    )
    schedule: ShortText = Field("", description="Schedule that decides when it is overdue.")
    since: ShortText = Field("", description="Since when this schedule applies (RFC 3339, UTC).")
