"""`status`: what the operator observed. Computed from scratch in every pass."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from omero_operator.api.v1alpha1.fields import Block

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
    SERVER = "ServerReady"
    BOOTSTRAPPED = "Bootstrapped"
    WEB = "WebReady"
    WORKER = "WorkerReady"
    INGRESS = "IngressReady"
    MAINTENANCE = "MaintenanceHealthy"
    PAUSED = "Paused"


# A missed vacuum is worth an alert, not an outage; a pause is the user's wish; what is stalled is
# so for one of the others.
_BESIDE = (
    ConditionType.READY,
    ConditionType.STALLED,
    ConditionType.MAINTENANCE,
    ConditionType.PAUSED,
)
GATES_READY = tuple(t for t in ConditionType if t not in _BESIDE)


class Condition(Block):
    """One observed fact, in the form that `kubectl wait --for=condition` understands."""

    type: Annotated[str, Field(max_length=64)] = Field(description="What the condition is about.")
    status: Literal["True", "False", "Unknown"] = Field(description="Whether it holds.")
    reason: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        description="One CamelCase word for programs."
    )
    message: Text = Field("", description="A sentence for people: what it is and what to do.")
    last_transition_time: Annotated[str, Field(max_length=32)] = Field(
        description="When status last changed (RFC 3339, UTC)."
    )
    observed_generation: int = Field(0, description="Generation of the spec it was judged on.")


class DataVolume(Block):
    """Where the data of one component lies."""

    component: Text = Field(description="Component that owns the data.")
    claim: Text = Field(description="Name of the PersistentVolumeClaim.")
    uid: Text = Field(
        "",
        description="Uid of the claim that holds the data; empty before it was bound. Another "
        "claim of the same name is not taken for it.",
    )
    volume: Text = Field("", description="Name of the PersistentVolume behind the claim.")


class GeneratedSecret(Block):
    """A generated Secret whose values live on in the data, so it is never made anew."""

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
        "", description="When it last succeeded (RFC 3339, UTC). A skipped run is no success."
    )
    last_failure: Text = Field(
        "", description="When the last run that failed began (RFC 3339, UTC)."
    )
    last_result: Text = Field(
        "",
        description="Succeeded, Skipped (a reindex outside the first week of a month), Failed, "
        "Running, or Unknown when nobody saw the end; empty: never ran.",
    )
    last_run: Text = Field("", description="When the last run began (RFC 3339, UTC).")
    message: Text = Field("", description="What the last run that ended found and did.")
    collations: list[Text] = Field(
        default_factory=list,
        max_length=16,
        description="Collation versions that did not match after the last success.",
    )
    schedule: Text = Field(
        "", description="Schedule by which it counts as overdue; empty while it is suspended."
    )
    since: Text = Field("", description="Since when this schedule holds (RFC 3339, UTC).")


class ForeignField(Block):
    """A field that others set in an object of the site, and that the operator leaves."""

    object: Text = Field(description="Kind and name, e.g. Deployment/demo-web.")
    field: Text = Field(description="The field.")
    manager: Text = Field(
        description="Who set it: a field manager, or 'admission' for a change by admission, "
        "which Kubernetes attributes to nobody."
    )


class PlatformStatus(Block):
    """What the site is."""

    # The default stands for a status that nobody wrote yet. Without it Flux and other users of
    # kstatus take a new platform for one in order.
    observed_generation: int = Field(
        -1, description="Generation of the spec that was last carried out; -1 before the first."
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
    url: Text = Field("", description="Address of OMERO.web for browsers.")
    endpoints: Endpoints = Field(
        default_factory=Endpoints, description="Addresses inside the cluster."
    )
    root_credentials_secret: Text = Field(
        "", description="Secret that holds the password of OMERO's root user."
    )
    data_volumes: list[DataVolume] = Field(
        default_factory=list, max_length=8, description="Where the data lies."
    )
    generated_secrets: list[GeneratedSecret] = Field(
        default_factory=list,
        max_length=32,
        description="Generated Secrets without which data cannot be read; back them up with it.",
    )
    maintenance: list[MaintenanceRun] = Field(
        default_factory=list, max_length=4, description="Last runs of the maintenance jobs."
    )
    foreign_fields: list[ForeignField] = Field(
        default_factory=list,
        max_length=32,
        description="What others set in the site's objects and the operator leaves: changes by "
        "admission, replicas of an autoscaler, and additions that came back after they were taken "
        "back. The first 32.",
    )
