"""`spec.server`: the OMERO.server workload."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from omero_operator.api.v1alpha1.fields import (
    Block,
    ConfigValue,
    ObjectName,
    Port,
    Resources,
    SecretKeyRef,
    SharedStorage,
    ShortText,
    rules,
)
from omero_operator.api.v1alpha1.gateway import ServerGateway

# Where the server, its files and its database are; a user's value would silently break the wiring.
# Everything else, such as omero.db.poolsize, is the site's.
RESERVED = (
    "omero.data.dir",
    "omero.db.host",
    "omero.db.name",
    "omero.db.pass",
    "omero.db.port",
    "omero.db.user",
    "omero.jvmcfg.system_memory",
    "omero.master.host",
)
_RESERVED = ", ".join(f"'{name}'" for name in RESERVED)
_RESERVED_MESSAGE = (
    "the operator sets where the server, its files and its database are and how much memory the "
    "server has; remove these properties: " + ", ".join(RESERVED)
)

PropertyName = Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[A-Za-z][\w.\-]*$")]

Permissions = Literal["private", "read-only", "read-annotate", "read-write"]


class ConfigSecretRef(Block):
    """One OMERO property whose value is in a Secret."""

    property: PropertyName = Field(
        description="OMERO property, for example omero.ldap.password.",
        json_schema_extra=rules(
            (
                f"!(self in [{_RESERVED}])",
                _RESERVED_MESSAGE,
            )
        ),
    )
    secret_key_ref: SecretKeyRef = Field(description="Secret and key with the value.")


class Group(Block):
    """An OMERO group that must exist. Groups are created, never changed or deleted."""

    name: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        description="Name of the group.",
        json_schema_extra=rules(
            (
                "!(self in ['system', 'user', 'guest', 'default'])",
                "system, user, guest and default are OMERO's own groups",
            )
        ),
    )
    permissions: Permissions = Field(
        "private",
        description="What members may do with each other's data: private, read-only, "
        "read-annotate or read-write.",
    )
    description: ShortText = Field("", description="Description that is shown with the group.")


class ServerService(Block):
    """How the Ice ports of OMERO.server are offered to clients such as OMERO.insight."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "self.type != 'ClusterIP' || !has(self.nodePort)",
                "nodePort needs type NodePort or LoadBalancer",
            ),
        )
    )

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = Field(
        "ClusterIP", description="Kind of Service: ClusterIP, NodePort or LoadBalancer."
    )
    node_port: Port | None = Field(
        None, description="Fixed node port of 4064, for NodePort and LoadBalancer."
    )
    insecure_port: bool = Field(
        False,
        description="Also publish port 4063, which is not encrypted: others in the network can "
        "read what clients send after login. For clients that cannot use 4064.",
    )
    annotations: dict[str, ConfigValue] = Field(
        default_factory=dict,
        max_length=32,
        description="Annotations of the Service, for example for a load balancer.",
    )


class Websockets(Block):
    """Ice over the site's web address, for networks in which port 4064 is closed."""

    path: Annotated[str, Field(min_length=2, max_length=64, pattern=r"^/[A-Za-z0-9_-]+$")] = Field(
        "/omero-ws",
        description="Path below the site's address. Clients then have "
        "wss://omero.example.org/omero-ws as their server.",
        json_schema_extra=rules(
            (
                "!(self in ['/omeroweb_upload', '/omeroweb_imaris_connector', '/static', "
                "'/webclient', '/webgateway', '/api', '/healthz'])",
                "OMERO.web has this path; choose another one, for example /omero-ws",
            )
        ),
    )


class ServerTls(Block):
    """The certificate of port 4064."""

    secret_name: ObjectName = Field(
        description="Secret with tls.crt and tls.key, as cert-manager makes them. A new "
        "certificate restarts the server, which waits for imports first."
    )


class Server(Block):
    """OMERO.server: the image database's Java server."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "self.readOnlyReplicas == 0 || self.storage.accessMode == 'ReadWriteMany'",
                "readOnlyReplicas needs storage.accessMode ReadWriteMany: their pods mount the "
                "volume on other nodes than the server's",
            ),
        )
    )

    config: dict[str, ConfigValue] = Field(
        default_factory=dict,
        max_length=200,
        description="OMERO properties, for example {omero.sessions.timeout: '3600000'}.",
        json_schema_extra=rules(
            (
                "self.all(k, k.matches('^[A-Za-z][A-Za-z0-9_.-]*$'))",
                "property names have only letters, digits, dots, dashes and underscores",
            ),
            (
                f"self.all(k, !(k in [{_RESERVED}]))",
                _RESERVED_MESSAGE,
            ),
        ),
    )
    config_secret_refs: list[ConfigSecretRef] = Field(
        default_factory=list,
        max_length=50,
        description="OMERO properties whose values are in Secrets.",
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["property"],
        },
    )
    root_password_secret_ref: SecretKeyRef | None = Field(
        None,
        description="Password of OMERO's root user. Without it, the operator generates one and "
        "stores it in the Secret <name>-root-credentials. It must not begin with '-' "
        "or contain '%'.",
    )
    groups: list[Group] = Field(
        default_factory=list,
        max_length=100,
        description="OMERO groups that must exist.",
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
    )
    storage: SharedStorage = Field(
        default_factory=SharedStorage,
        description="The image repository, mounted at /OMERO. ReadWriteMany is for "
        "readOnlyReplicas; with existingClaim, accessMode says what that claim has.",
    )
    read_only_replicas: Annotated[int, Field(ge=0, le=20)] = Field(
        0,
        description="Read-only servers beside the one that changes things. Clients that only look "
        "at images connect to their Service NAME-server-readonly. See docs/scale.md.",
    )
    resources: Resources = Field(
        default_factory=Resources, description="Requests and limits of the server container."
    )
    service: ServerService = Field(
        default_factory=ServerService, description="How Ice clients reach port 4064."
    )
    websockets: Websockets | None = Field(
        None,
        description="Let Ice clients such as OMERO.insight connect over HTTPS through the Ingress "
        "or the Gateway of OMERO.web. See docs/scale.md.",
    )
    gateway: ServerGateway | None = Field(
        None,
        description="Publish port 4064 through the Gateway API. See docs/scale.md.",
    )
    tls: ServerTls | None = Field(
        None,
        description="Certificate that clients of port 4064 can verify. Without it, the server "
        "makes one of its own.",
    )
    script_processors: Annotated[int, Field(ge=1, le=50)] = Field(
        1,
        description="How many of OMERO's processors run the scripts of users. Each is a process "
        "in Python beside the server, in the memory that the server does not use.",
    )
    start_seconds: Annotated[int, Field(ge=60, le=86400)] = Field(
        1800,
        description="How long a start may take until somebody can log in, in seconds; then the "
        "server is restarted. The first start creates the database schema.",
    )
    drain_seconds: Annotated[int, Field(ge=0, le=86400)] = Field(
        600,
        description="How long a server that is stopped waits for imports and uploads that run, in "
        "seconds. It stops at once when there are none.",
    )
