"""`OmeroPlatform`: the whole specification of a site. `spec: {}` is a working small site."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from omero_operator.api import time_zones
from omero_operator.api.v1alpha1.ai import Ai
from omero_operator.api.v1alpha1.backup import Backup, Bootstrap
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
from omero_operator.api.v1alpha1.imaris import Imaris
from omero_operator.api.v1alpha1.monitoring import Monitoring
from omero_operator.api.v1alpha1.server import Server
from omero_operator.api.v1alpha1.upgrade import Upgrade
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
        None, description="When nodes pull images; empty means the operator's setting."
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
        None,
        description="Image of both databases. Do not change its major version: the data "
        "files need it.",
    )
    redis: ImageReference | None = Field(None, description="Image of Redis.")
    postgres_exporter: ImageReference | None = Field(
        None, description="Image of postgres_exporter, for spec.monitoring.exporters."
    )
    redis_exporter: ImageReference | None = Field(
        None, description="Image of redis_exporter, for spec.monitoring.exporters."
    )


class Helpers(Block):
    """Init containers, the bootstrap Job, exporters, what asks databases and Redis of others."""

    resources: Resources = Field(
        default_factory=Resources,
        description="Requests and limits of each of them; values given here replace their small "
        "defaults. For example {limits: {cpu: 500m}} if a quota requires a CPU limit "
        "for every container.",
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
        default_factory=dict, max_length=16, description="Labels that a node must have."
    )
    tolerations: list[Toleration] = Field(
        default_factory=list, max_length=16, description="Taints that the pods tolerate."
    )
    priority_class_name: ObjectName | None = Field(None, description="PriorityClass of every pod.")


class Security(Block):
    """Who the programs run as. Everything else is what the restricted Pod Security level asks."""

    user_ids: Literal["Fixed", "FromCluster"] = Field(
        "Fixed",
        description="Fixed sets runAsUser, runAsGroup and fsGroup in every pod to the user that "
        "its image is made for. FromCluster omits them, for a cluster that assigns a "
        "user and a group to pods and rejects others, as OpenShift's restricted-v2 "
        "does. The platform's own images run as any user. "
        "openmicroscopy/omero-server writes below its own folder and needs its own "
        "user, so a site with FromCluster needs an image made from it "
        "(docs/operations.md).",
    )


class Egress(Block):
    """A way out of the site for some of its pods. Everything that is not listed stays closed."""

    reason: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\n\r]*$")] = Field(
        description="Why this is open, for people who read it later; also written on the "
        "NetworkPolicy."
    )
    components: list[
        Literal[
            "server",
            "web",
            "worker",
            "uploads",
            "exports",
            "export-worker",
            "exporter",
            "bootstrap",
            "maintenance",
            "backup",
            "restore",
            "quotas",
        ]
    ] = Field(
        min_length=1,
        max_length=12,
        description="Components whose pods may connect. server also runs users' scripts.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    ports: list[Port] = Field(
        min_length=1,
        max_length=16,
        description="Ports of the destination; for a Service, the ports of its pods.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    protocol: Literal["TCP", "UDP"] = Field("TCP", description="TCP or UDP.")
    cidrs: list[Cidr] = Field(
        default_factory=list,
        max_length=32,
        description="Networks of the destination, for example 192.0.2.0/24 or 2001:db8::7/128. "
        "If empty, every address. The addresses of the cloud's metadata service stay "
        "closed then, and also when a larger network contains them.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )


class NetworkPolicySettings(Block):
    """Who may talk to whom inside the platform."""

    enabled: bool = Field(
        True,
        description="Create one NetworkPolicy per component. They only work if the cluster's "
        "network enforces them.",
    )
    egress: list[Egress] = Field(
        default_factory=list,
        max_length=32,
        description="What pods may reach outside the site. Already open: DNS in private "
        "networks; external databases and Redis; LDAP and mail servers in "
        "spec.server.config; spec.ai.providers. Users' scripts (server) reach the "
        "internet only with an entry here.",
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
                "has(self.web.uploads.storage.existingClaim) || "
                "has(self.imaris.storage.existingClaim) || "
                "has(self.pluginDatabase.storage.existingClaim))",
                "deletionPolicy Delete cannot be used with existingClaim: the operator never "
                "deletes a claim that it did not create",
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
        description="IANA time zone of schedules and logs, for example Europe/Zurich. An old "
        "name such as US/Pacific is replaced by the current one, "
        "America/Los_Angeles: not every program knows the old names.",
        json_schema_extra=rules(
            (
                "self.matches('^[A-Z]') && !(self in ['Local', 'Factory'])",
                "write an IANA time zone, for example Europe/Zurich or UTC; Local, localtime, "
                "posix/… and right/… are not supported",
            )
        ),
    )
    version: (
        Annotated[
            str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z][0-9A-Za-z._+\-]*$")
        ]
        | None
    ) = Field(
        None,
        description="Release of the platform that the site runs. An upgrade of the operator "
        "changes no image until this changes. If empty, the site stays on the release that it "
        "has; a new site begins with the operator's own. The condition Upgrading says which "
        "release is available.",
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
    imaris: Imaris = Field(
        default_factory=Imaris,
        description="The pods that write images as files for Imaris and offer them, for the "
        "plugin web.plugins.imaris.",
    )
    database: Database = Field(default_factory=Database, description="PostgreSQL of OMERO.server.")
    plugin_database: Database = Field(
        default_factory=Database,
        description="PostgreSQL of the OMERO.web plugins, separate from OMERO's own.",
    )
    redis: Redis = Field(default_factory=Redis, description="Sessions, cache and job queue.")
    maintenance: Maintenance = Field(
        default_factory=Maintenance, description="Regular maintenance of both databases."
    )
    upgrade: Upgrade = Field(
        default_factory=Upgrade, description="How the site goes from one release to the next."
    )
    backup: Backup = Field(default_factory=Backup, description="Regular backups of the site.")
    bootstrap: Bootstrap = Field(
        default_factory=Bootstrap, description="What a new site begins with."
    )
    ai: Ai = Field(default_factory=Ai, description="Language models that plugins may use.")
    monitoring: Monitoring = Field(
        default_factory=Monitoring, description="Metrics of the site, and where they are."
    )
    scheduling: Scheduling = Field(
        default_factory=Scheduling, description="Where the pods of the platform run."
    )
    security: Security = Field(
        default_factory=Security, description="User and group that the pods run as."
    )
    helpers: Helpers = Field(
        default_factory=Helpers, description="Small helper containers of the site."
    )
    network_policy: NetworkPolicySettings = Field(
        default_factory=NetworkPolicySettings, description="Which network connections are allowed."
    )
    deletion_policy: Literal["Retain", "Delete"] = Field(
        "Retain",
        description="What happens to volumes and generated Secrets when the platform is deleted: "
        "Retain keeps them, Delete deletes them permanently.",
    )
    deletion_protection: bool = Field(
        False,
        description="The API server refuses to delete the platform until this is false again. "
        "The chart's ValidatingAdmissionPolicy does that, from Kubernetes 1.30 on "
        "(docs/operations.md). The condition DeletionProtectionHealthy says whether it is there.",
    )
    hibernated: bool = Field(
        False,
        description="Scale every workload to zero and keep all data; set it to false to "
        "start the site again.",
    )
