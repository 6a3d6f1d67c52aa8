"""`spec.database.cloudNativePG` and `spec.pluginDatabase.cloudNativePG`."""

from typing import Annotated

from pydantic import ConfigDict, Field

from omero_operator.api.v1alpha1.backup import S3
from omero_operator.api.v1alpha1.fields import (
    Block,
    CronSchedule,
    ImageReference,
    Quantity,
    ShortText,
    rules,
)
from omero_operator.api.v1alpha1.monitoring import Scrapers

_SERVER_NAME = r"^([a-zA-Z0-9][-_.a-zA-Z0-9]*)?$"


class PgPooler(Block):
    """PgBouncer before the primary, in session mode: fewer connections, and a shorter failover."""

    instances: Annotated[int, Field(ge=1, le=20)] = Field(2, description="Pods of PgBouncer.")
    parameters: dict[str, ShortText] = Field(
        default_factory=lambda: {"max_client_conn": "1000", "default_pool_size": "50"},
        max_length=50,
        description="Settings of PgBouncer. A program keeps a connection of the pool as long as it "
        "is connected, so default_pool_size must be enough for all of them.",
    )


class PgBackup(Block):
    """Backups of a Cluster by CloudNativePG's Barman Cloud plugin: base backups, and each change.

    They can bring the database back to any moment. The images are not in them: see `spec.backup`.
    """

    s3: S3 = Field(description="Bucket where backups are stored.")
    schedule: CronSchedule = Field(
        "0 2 * * *", description="Cron schedule of base backups, in UTC; every day at 02:00."
    )
    retention_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        30, description="Days that one can go back to; older backups are deleted."
    )
    server_name: Annotated[str, Field(max_length=100, pattern=_SERVER_NAME)] = Field(
        "",
        description="Folder of this Cluster's backups in that of the site; empty: the name of the "
        "Cluster. One that was created from a backup needs another than that backup's.",
    )


class PgRecovery(Block):
    """A backup, by the Barman plugin, that a new Cluster is made from."""

    server_name: Annotated[str, Field(min_length=1, max_length=100, pattern=_SERVER_NAME)] = Field(
        description="Folder of the backups, as backup.serverName was; the name of the Cluster that "
        "made them, if it was empty. They are in the bucket of `backup`."
    )
    target_time: Annotated[
        str, Field(max_length=40, pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d))?$")
    ] = Field("", description="The moment to go back to (RFC 3339); empty: the last one.")


class CloudNativePg(Block):
    """One PostgreSQL `Cluster` that CloudNativePG runs."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "!has(self.recoverFrom) || has(self.backup)",
                "recoverFrom needs the block backup: it names the bucket",
            ),
            (
                "!has(self.recoverFrom) || !has(self.backup) || (self.backup.serverName != '' && "
                "self.backup.serverName != self.recoverFrom.serverName)",
                "with recoverFrom, backup.serverName must be set to another name than its",
            ),
        )
    )

    instances: Annotated[int, Field(ge=1, le=9)] = Field(
        3, description="Pods of PostgreSQL: a primary, and standbys that take over."
    )
    image: ImageReference = Field(
        "ghcr.io/cloudnative-pg/postgresql:16-minimal-trixie",
        description="Image of PostgreSQL, one that CloudNativePG supports. OMERO supports "
        "PostgreSQL 16.",
    )
    wal_size: Quantity | None = Field(
        None,
        description="Size of a volume of its own for the write-ahead log of each pod; without it, "
        "the log is on the volume of the data.",
    )
    pooler: PgPooler | None = Field(
        None,
        description="PgBouncer for the site's programs; {} is enough. Maintenance and backups "
        "connect to the primary.",
    )
    backup: PgBackup | None = Field(
        None, description="Backups by the Barman Cloud plugin, which the cluster needs for it."
    )
    recover_from: PgRecovery | None = Field(
        None,
        description="Create the Cluster from a backup. It has no effect on a Cluster that exists.",
    )
    operator: Scrapers = Field(
        default_factory=lambda: Scrapers(pod_labels={"app.kubernetes.io/name": "cloudnative-pg"}),
        description="CloudNativePG's own pods, which may connect to those of the Cluster; by "
        "default every pod with app.kubernetes.io/name=cloudnative-pg, in any namespace.",
    )

    @property
    def where(self) -> str:
        """For messages."""
        return "in CloudNativePG"

    @property
    def endpoints(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Nothing outside the namespace: pods are named by their labels instead."""
        return ()
