"""`OmeroPlatform`: the whole specification of a site. `spec: {}` is a working small site."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from omero_operator.api import time_zones
from omero_operator.api.v1alpha1.ai import Ai
from omero_operator.api.v1alpha1.data import Database, Maintenance, Redis
from omero_operator.api.v1alpha1.fields import (
    Block,
    Cidr,
    ConfigValue,
    ImageReference,
    ObjectName,
    Port,
    Resources,
    ShortText,
    rules,
)
from omero_operator.api.v1alpha1.server import Server
from omero_operator.api.v1alpha1.web import Web, Worker

GROUP = "platform.omero.dev"
VERSION = "v1alpha1"
KIND = "OmeroPlatform"
PLURAL = "omeroplatforms"
API_VERSION = f"{GROUP}/{VERSION}"

# Services and labels may have 63 characters; a StatefulSet or CronJob must leave 11 of them for the
# suffix that its controller adds. 40 leaves room for "-plugin-db" and that.
MAX_NAME_LENGTH = 40


class Images(Block):
    """Container images; what is empty comes from the operator's own installation."""

    pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = Field(
        None, description="When nodes fetch images; empty means the operator's setting."
    )
    pull_secrets: list[ObjectName] = Field(
        default_factory=list,
        max_length=10,
        description="Secrets of type kubernetes.io/dockerconfigjson, added to the operator's own.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    server: ImageReference | None = Field(None, description="Image of OMERO.server.")
    web: ImageReference | None = Field(None, description="Image of OMERO.web and the workers.")
    maintenance: ImageReference | None = Field(None, description="Image of maintenance jobs.")
    postgres: ImageReference | None = Field(
        None, description="Image of both databases. Keep its major version: data files need it."
    )
    redis: ImageReference | None = Field(None, description="Image of Redis.")


class Helpers(Block):
    """Init containers, the bootstrap Job, and what asks databases and Redis of others."""

    resources: Resources = Field(
        default_factory=Resources,
        description="Requests and limits of each of them; what is given replaces their own small "
        "values. For example {limits: {cpu: 500m}} where a quota wants a CPU limit of every "
        "container.",
    )


class Toleration(Block):
    """A node taint that the platform's pods accept."""

    key: ShortText = Field("", description="Taint key; empty with operator Exists means all.")
    operator: Literal["Exists", "Equal"] = Field(
        "Equal", description="Exists ignores the value; Equal compares it."
    )
    value: ShortText = Field("", description="Taint value, for operator Equal.")
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = Field(
        "", description="Taint effect; empty means all effects."
    )


class Scheduling(Block):
    """Where the pods of the platform run."""

    node_selector: dict[str, ConfigValue] = Field(
        default_factory=dict, max_length=16, description="Labels that a node must carry."
    )
    tolerations: list[Toleration] = Field(
        default_factory=list, max_length=16, description="Taints that the pods accept."
    )
    priority_class_name: ObjectName | None = Field(None, description="PriorityClass of every pod.")


class Security(Block):
    """Who the programs run as. Everything else is what the restricted Pod Security level asks."""

    user_ids: Literal["Fixed", "FromCluster"] = Field(
        "Fixed",
        description="Fixed writes runAsUser, runAsGroup and fsGroup into every pod: the user that "
        "its image is made for. FromCluster leaves them out, for a cluster that gives pods a user "
        "and a group of its own and refuses others, as OpenShift's restricted-v2 does. The "
        "platform's own images run as any user; openmicroscopy/omero-server writes below its own "
        "folder and needs its own user, so that a site with FromCluster needs an image made from "
        "it (docs/operations.md).",
    )


class Egress(Block):
    """A way out of the site for some of its pods. Everything that is not listed stays closed."""

    reason: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\n\r]*$")] = Field(
        description="Why it is open, for whoever reads it later; it stands on the NetworkPolicy."
    )
    components: list[Literal["server", "web", "worker", "bootstrap", "maintenance"]] = Field(
        min_length=1,
        max_length=5,
        description="Whose pods may connect. server runs users' scripts.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    ports: list[Port] = Field(
        min_length=1,
        max_length=16,
        description="Ports of the other side; where it is a Service, those of its pods.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    protocol: Literal["TCP", "UDP"] = Field("TCP", description="TCP or UDP.")
    cidrs: list[Cidr] = Field(
        default_factory=list,
        max_length=32,
        description="Networks of the other side, for example 192.0.2.0/24 or 2001:db8::7/128. "
        "Without any it is every address; those of the cloud's metadata stay closed then, and in "
        "larger networks that hold them.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )


class NetworkPolicySettings(Block):
    """Who may talk to whom inside the platform."""

    enabled: bool = Field(
        True,
        description="Write one NetworkPolicy per component. They work where the cluster's network "
        "enforces them.",
    )
    egress: list[Egress] = Field(
        default_factory=list,
        max_length=32,
        description="What pods may reach outside the site. Open without a line here: names (DNS) "
        "in private networks; databases and Redis of others; what spec.server.config says of LDAP "
        "and mail; spec.ai.providers. Users' scripts (server) reach the internet only with a line "
        "here.",
        json_schema_extra={"x-kubernetes-list-type": "atomic"},
    )


def _current_name(time_zone: str) -> str:
    """The name that all parts know; an unknown one stays, for `rules` to name."""
    try:
        return time_zones.canonical(time_zone)
    except ValueError:
        return time_zone


class PlatformSpec(Block):
    """What the site shall be."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "self.deletionPolicy == 'Retain' || !("
                "has(self.server.storage.existingClaim) || "
                "has(self.database.storage.existingClaim) || "
                "has(self.pluginDatabase.storage.existingClaim))",
                "deletionPolicy Delete excludes existingClaim: the operator never deletes a "
                "claim that it did not make",
            ),
        )
    )

    # Translated here, so that no builder can forget it.
    time_zone: Annotated[
        str,
        Field(min_length=1, max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+\-]*(/[\w+\-]+)*$"),
        AfterValidator(_current_name),
    ] = Field(
        "UTC",
        description="IANA time zone of schedules and logs, for example Europe/Zurich. An old name "
        "such as US/Pacific is passed on as what it stands for, America/Los_Angeles: not every "
        "part knows the old ones.",
        json_schema_extra=rules(
            (
                "self.matches('^[A-Z]') && !(self in ['Local', 'Factory'])",
                "write the name of a place or UTC, as IANA spells it, for example Europe/Zurich; "
                "Local, localtime, posix/… and right/… mean the machine, not a place",
            )
        ),
    )
    size: Literal["small", "medium", "large"] = Field(
        "small",
        description="Default resources of all components: small (trial, up to 5 users), medium "
        "(a group), large (a facility).",
    )
    images: Images = Field(default_factory=Images, description="Container images.")
    server: Server = Field(default_factory=Server, description="OMERO.server.")
    web: Web = Field(default_factory=Web, description="OMERO.web.")
    worker: Worker = Field(default_factory=Worker, description="Celery workers.")
    database: Database = Field(default_factory=Database, description="PostgreSQL of OMERO.server.")
    plugin_database: Database = Field(
        default_factory=Database,
        description="PostgreSQL of the OMERO.web plugins, separate from OMERO's own.",
    )
    redis: Redis = Field(default_factory=Redis, description="Sessions, cache and job queue.")
    maintenance: Maintenance = Field(
        default_factory=Maintenance, description="Regular care of both databases."
    )
    ai: Ai = Field(default_factory=Ai, description="Language models that plugins may ask.")
    scheduling: Scheduling = Field(
        default_factory=Scheduling, description="Where the pods of the platform run."
    )
    security: Security = Field(
        default_factory=Security, description="Who the programs of the pods run as."
    )
    helpers: Helpers = Field(
        default_factory=Helpers, description="Small containers beside the programs of the site."
    )
    network_policy: NetworkPolicySettings = Field(
        default_factory=NetworkPolicySettings, description="Who may talk to whom."
    )
    deletion_policy: Literal["Retain", "Delete"] = Field(
        "Retain",
        description="What happens to volumes and generated Secrets when the platform is deleted: "
        "Retain keeps them, Delete removes them for good.",
    )
    hibernated: bool = Field(
        False, description="Scale every pod to zero and keep all data; set back to wake up."
    )
