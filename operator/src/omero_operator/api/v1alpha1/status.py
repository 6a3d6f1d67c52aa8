"""`status`: what the operator observed. Computed from scratch in every pass."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from omero_operator.api.v1alpha1.backup import BackupStatus
from omero_operator.api.v1alpha1.fields import Block, ShortText
from omero_operator.api.v1alpha1.release import Operation, Release

Text = Annotated[str, Field(max_length=2048)]


class ConditionType(StrEnum):
    """Every condition of a platform; all of them are always present.

    `READY` sums up those in `GATES_READY`; the order is the order of a site's start.
    """

    READY = "Ready"
    STALLED = "Stalled"
    SPEC_VALID = "SpecValid"
    DATABASE = "DatabaseReady"
    PLUGIN_DATABASE = "PluginDatabaseReady"
    REDIS = "RedisReady"
    RESTORED = "Restored"
    SERVER = "ServerReady"
    BOOTSTRAPPED = "Bootstrapped"
    READ_ONLY_SERVER = "ReadOnlyServersReady"
    WEB = "WebReady"
    WORKER = "WorkerReady"
    UPLOADS = "UploadsReady"
    EXPORTS = "ExportsReady"
    EXPORT_WORKER = "ExportWorkerReady"
    EXPORTER = "ExporterReady"
    INGRESS = "IngressReady"
    MAINTENANCE = "MaintenanceHealthy"
    BACKUP = "BackupHealthy"
    QUOTAS = "QuotasRespected"
    DELETION_PROTECTION = "DeletionProtectionHealthy"
    UPGRADING = "Upgrading"
    PAUSED = "Paused"


# A missed vacuum, a full group, figures that nobody gets and a site that can be deleted are worth
# an alert, not an outage; a pause is the user's wish; what an upgrade stops shows in its
# components; what is stalled is so for one of the others.
_BESIDE = (
    ConditionType.READY,
    ConditionType.STALLED,
    ConditionType.EXPORTER,
    ConditionType.MAINTENANCE,
    ConditionType.BACKUP,
    ConditionType.QUOTAS,
    ConditionType.DELETION_PROTECTION,
    ConditionType.UPGRADING,
    ConditionType.PAUSED,
)
GATES_READY = tuple(t for t in ConditionType if t not in _BESIDE)


class Condition(Block):
    """One observed fact, in the form that `kubectl wait --for=condition` understands."""

    type: Annotated[str, Field(max_length=64)] = Field(description="What the condition is about.")
    status: Literal["True", "False", "Unknown"] = Field(description="True, False or Unknown.")
    reason: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        description="One CamelCase word for programs."
    )
    message: Text = Field("", description="A sentence for people: what was found and what to do.")
    last_transition_time: Annotated[str, Field(max_length=32)] = Field(
        description="When status last changed (RFC 3339, UTC)."
    )
    observed_generation: int = Field(0, description="Generation of the spec that was checked.")


class DataVolume(Block):
    """Where the data of one component is stored."""

    component: Text = Field(description="Component that owns the data.")
    claim: Text = Field(description="Name of the PersistentVolumeClaim.")
    uid: Text = Field(
        "",
        description="Uid of the claim that holds the data; absent before it was bound. A new "
        "claim of the same name has another uid.",
    )
    volume: Text = Field("", description="Name of the PersistentVolume behind the claim.")
    size: Text = Field("", description="Size of the volume, as Kubernetes reports it.")
    growth: Text = Field(
        "", description="What is known of a growth that is not complete; absent when there is none."
    )


class GeneratedSecret(Block):
    """A generated Secret whose values are used in the data, so it is never generated again."""

    name: Text = Field(description="Name of the Secret.")
    uid: Text = Field(description="Uid of the Secret.")


class Endpoints(Block):
    """Addresses inside the cluster."""

    web: Text = Field("", description="OMERO.web: host:port of the Service.")
    omero: Text = Field("", description="OMERO.server with TLS: host:port of the Service.")


class MaintenanceRun(Block):
    """The last known run of one maintenance job."""

    name: Text = Field(description="vacuum or reindex.")
    last_success: Text = Field(
        "", description="When it last succeeded (RFC 3339, UTC). A skipped run does not count."
    )
    last_failure: Text = Field("", description="When the last failed run began (RFC 3339, UTC).")
    last_result: Text = Field(
        "",
        description="Succeeded, Skipped (a reindex outside the first week of a month), Failed, "
        "Running, or Unknown if its end was not seen; absent: never ran.",
    )
    last_run: Text = Field("", description="When the last run began (RFC 3339, UTC).")
    message: Text = Field("", description="What the last completed run found and did.")
    collations: list[Text] = Field(
        default_factory=list,
        max_length=16,
        description="Collation versions that did not match after the last success.",
    )
    schedule: Text = Field(
        "",
        description="Schedule that decides when it is overdue; absent while maintenance is "
        "suspended.",
    )
    since: Text = Field("", description="Since when this schedule applies (RFC 3339, UTC).")


# An exabyte: more is shown as that. A power of ten below 2**63, which JSON's numbers have exactly.
MOST_BYTES = 10**18
Number = Annotated[int, Field(ge=0, le=10**9)]


class GroupUsage(Block):
    """A group of OMERO with a quota."""

    id: Annotated[int, Field(ge=0, le=MOST_BYTES)] = Field(description="Its id in OMERO.")
    name: ShortText = Field(
        "", description="Its name at the last count, without line breaks; long names are cut."
    )
    used: Annotated[int, Field(ge=0, le=MOST_BYTES)] = Field(description="Bytes of its files.")
    limit: Annotated[int, Field(ge=1, le=MOST_BYTES)] = Field(description="Bytes it may have.")


class QuotaStatus(Block):
    """How near to their quotas the groups of OMERO were at the last report."""

    counted: ShortText = Field(
        "",
        description="When a worker counted what groups have (RFC 3339, UTC): the age of the "
        "figures. Absent: nothing was counted yet.",
    )
    limits: bool = Field(False, description="Whether some group has a quota.")
    groups: Number = Field(0, description="Groups with a quota that were counted.")
    nearly_full: Number = Field(
        0, description="Of them, those that have used 90 % and are not full."
    )
    full: Number = Field(0, description="Of them, those that have used it: uploads are rejected.")
    fullest: list[GroupUsage] = Field(
        default_factory=list, max_length=10, description="The ten with the largest share in use."
    )
    last_run: ShortText = Field("", description="When the last report began (RFC 3339, UTC).")
    last_result: ShortText = Field(
        "",
        description="Succeeded, Failed, Running, or Unknown if its end was not seen; absent: never "
        "ran.",
    )
    last_success: ShortText = Field("", description="When the last report that succeeded began.")
    message: Text = Field("", description="Why the last report failed; absent if it did not.")
    schedule: ShortText = Field("", description="Schedule that decides when it is overdue.")
    since: ShortText = Field("", description="Since when this schedule applies (RFC 3339, UTC).")


class ForeignField(Block):
    """A field that others set in an object of the site, and that the operator does not change."""

    object: Text = Field(description="Kind and name, e.g. Deployment/demo-web.")
    field: Text = Field(description="The field.")
    manager: Text = Field(
        description="Who set it: a field manager, or 'admission' for a change at admission, for "
        "which Kubernetes records no manager."
    )


class PlatformStatus(Block):
    """What the site is."""

    # The default stands for a status that nobody wrote yet. Without it Flux and other users of
    # kstatus take a new platform for one in order.
    observed_generation: int = Field(
        -1,
        description="Generation of the spec that the operator last processed; -1 before the first.",
    )
    conditions: list[Condition] = Field(
        default_factory=list,
        max_length=32,
        description="Ready and one condition per component.",
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
    )
    version: Text = Field("", description="Image name and tag of OMERO.server.")
    release: Release = Field(default_factory=Release, description="The release that the site runs.")
    operation: Operation = Field(
        default_factory=Operation,
        description="What the operator does to the site in ordered steps, or did last.",
    )
    url: Text = Field("", description="Address of OMERO.web for browsers.")
    endpoints: Endpoints = Field(
        default_factory=Endpoints, description="Addresses inside the cluster."
    )
    root_credentials_secret: Text = Field(
        "", description="Secret that holds the password of OMERO's root user."
    )
    data_volumes: list[DataVolume] = Field(
        default_factory=list, max_length=8, description="Volumes that hold the data."
    )
    generated_secrets: list[GeneratedSecret] = Field(
        default_factory=list,
        max_length=32,
        description="Generated Secrets without which the data cannot be read; back them up "
        "together with it.",
    )
    maintenance: list[MaintenanceRun] = Field(
        default_factory=list, max_length=4, description="Last runs of the maintenance jobs."
    )
    backup: BackupStatus = Field(default_factory=BackupStatus, description="Last backups.")
    quotas: QuotaStatus = Field(
        default_factory=QuotaStatus,
        description="Quotas of groups; absent without the admin tools.",
    )
    foreign_fields: list[ForeignField] = Field(
        default_factory=list,
        max_length=32,
        description="Fields in the site's objects that others set and the operator does not "
        "change: changes at admission, replicas set by an autoscaler, and additions "
        "that came back after the operator reverted them. The first 32.",
    )
