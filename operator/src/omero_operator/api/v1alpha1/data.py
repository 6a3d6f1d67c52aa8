"""`spec.database`, `spec.pluginDatabase`, `spec.redis` and `spec.maintenance`."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from omero_operator.api.v1alpha1.cloudnative_pg import CloudNativePg
from omero_operator.api.v1alpha1.fields import (
    Block,
    ConfigValue,
    CredentialsRef,
    CronSchedule,
    HostName,
    Port,
    Quantity,
    Resources,
    SecretKeyRef,
    Storage,
    rules,
)

_MODE_RULES = (
    ("self.mode != 'external' || has(self.external)", "mode external needs the block external"),
    (
        "self.mode == 'external' || !has(self.external)",
        "the block external is only for mode external",
    ),
    (
        "self.mode == oldSelf.mode",
        "mode cannot be changed after creation: dump the data and restore it into a new platform",
    ),
)

DatabaseName = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[A-Za-z_][\w\-]*$")]


class DatabaseTls(Block):
    """How the certificate of a PostgreSQL server is checked (verify-full); its name is `host`."""

    ca_secret_ref: SecretKeyRef = Field(
        description="Secret with the certificates, in PEM form, of the authorities that may have "
        "signed the server's certificate; a cloud's bundle is fine."
    )


class ExternalDatabase(Block):
    """A PostgreSQL server that somebody else runs."""

    @property
    def where(self) -> str:
        """For messages."""
        return f"at {self.host}:{self.port}"

    @property
    def endpoints(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Ports that clients connect to, each with its hosts."""
        return ((self.port, (self.host,)),)

    host: HostName = Field(description="Host name of the server.")
    port: Port = Field(5432, description="Port of the server.")
    database: DatabaseName = Field(description="Name of the database; it must exist.")
    credentials_secret_ref: CredentialsRef = Field(
        description="Secret with the user name and password of the database's owner."
    )
    tls: DatabaseTls | None = Field(
        None,
        description="Connect over TLS only, and only to the right server. Without this block, "
        "programs use TLS if the server offers it, and do not check its certificate.",
    )


class Database(Block):
    """One PostgreSQL database: run by the operator, by CloudNativePG, or one that exists."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            *_MODE_RULES,
            (
                "has(self.cloudNativePG) == (self.mode == 'cloudNativePG')",
                "mode cloudNativePG needs the block cloudNativePG, {} is enough; it is only for it",
            ),
            (
                "self.mode != 'cloudNativePG' || !has(self.storage.existingClaim)",
                "CloudNativePG makes its own claims; use storage.size and storageClassName",
            ),
        )
    )

    mode: Literal["managed", "external", "cloudNativePG"] = Field(
        "managed",
        description="managed: the operator runs PostgreSQL. external: the site uses yours. "
        "cloudNativePG: the operator asks CloudNativePG for a Cluster, which the Kubernetes "
        "cluster needs for it.",
    )
    external: ExternalDatabase | None = Field(
        None, description="Address of the existing server, for mode external."
    )
    cloud_native_pg: CloudNativePg | None = Field(
        None,
        alias="cloudNativePG",
        description="The Cluster, for mode cloudNativePG; storage, parameters and resources are "
        "those of each of its pods.",
    )
    storage: Storage = Field(default_factory=Storage, description="Volume of the managed database.")
    parameters: dict[str, ConfigValue] = Field(
        default_factory=dict,
        max_length=100,
        description="PostgreSQL settings of the managed database, for example "
        "{shared_buffers: 1GB}. PostgreSQL reads a change while it runs, within two minutes; those "
        "that only a start can change, such as shared_buffers, restart the database.",
        json_schema_extra=rules(
            (
                "self.all(k, k.matches('^[a-z][a-z0-9_.]*$'))",
                "PostgreSQL settings are lower-case names",
            ),
            (
                "self.all(k, !(k in ['data_directory', 'hba_file', 'ident_file', 'config_file', "
                "'listen_addresses', 'port', 'unix_socket_directories', 'external_pid_file']))",
                "the operator sets this: it decides where PostgreSQL stores its data and listens",
            ),
        ),
    )
    resources: Resources = Field(
        default_factory=Resources, description="Requests and limits of the PostgreSQL container."
    )

    @property
    def elsewhere(self) -> ExternalDatabase | CloudNativePg | None:
        """The server that somebody else runs; None where the operator does."""
        return self.external or self.cloud_native_pg


class RedisTls(Block):
    """How the server's certificate is checked; its name must be `host`."""

    ca_secret_ref: SecretKeyRef | None = Field(
        None,
        description="Secret with the certificate, in PEM form, of the authority that signed the "
        "server's certificate. Without it, the public authorities in the web image "
        "are trusted.",
    )


class RedisSentinel(Block):
    """Sentinels, which name the server that is the master now."""

    master_name: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[\w.-]+$")] = Field(
        description="Name that the Sentinels have for it: `sentinel monitor NAME` of their "
        "configuration. Capital letters matter."
    )
    hosts: list[HostName] = Field(
        min_length=1,
        max_length=9,
        description="Host names of the Sentinels; give each of them, so that one may be lost.",
    )
    port: Port = Field(26379, description="Port of the Sentinels.")
    password_secret_ref: SecretKeyRef | None = Field(
        None,
        description="Secret with the password of the Sentinels themselves (`requirepass` of their "
        "configuration), if they have one.",
    )


class ExternalRedis(Block):
    """A Redis (or Valkey) server that somebody else runs."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "has(self.host) != has(self.sentinel)",
                "give host, or sentinel if Sentinels name the server; not both",
            )
        )
    )

    host: HostName | None = Field(None, description="Host name of the server; not with `sentinel`.")
    sentinel: RedisSentinel | None = Field(
        None,
        description="Sentinels that name the master, instead of `host`: OMERO.web, workers and "
        "probes follow it when it changes. If `tls` is set, the Sentinels speak TLS as well.",
    )
    port: Port = Field(
        6379,
        description="Port of the server. With `sentinel`, the port of the servers that Sentinels "
        "name; the NetworkPolicies open it.",
    )
    password_secret_ref: SecretKeyRef = Field(description="Secret with the password.")
    tls: RedisTls | None = Field(
        None,
        description="Connect over TLS; {} is enough if a public authority signed the server's "
        "certificate. Without this block, passwords and sessions cross the network "
        "unencrypted. Client certificates are not supported.",
    )

    @property
    def where(self) -> str:
        """For messages."""
        if found := self.sentinel:
            hosts = ", ".join(f"{host}:{found.port}" for host in found.hosts)
            return f"(master {found.master_name} of the Sentinels {hosts})"
        return f"at {self.host}:{self.port}"

    @property
    def endpoints(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Ports that clients connect to, each with its hosts."""
        if found := self.sentinel:
            # Of the servers nothing is known but the port.
            return ((found.port, tuple(found.hosts)), (self.port, ("",)))
        return ((self.port, (self.host or "",)),)


class Redis(Block):
    """Redis: sessions and cache in database 1, the Celery broker in database 2. No persistence."""

    model_config = ConfigDict(json_schema_extra=rules(*_MODE_RULES))

    mode: Literal["managed", "external"] = Field(
        "managed", description="managed: the operator runs Redis. external: the site uses yours."
    )
    external: ExternalRedis | None = Field(
        None, description="Address of the existing server, for mode external."
    )
    max_memory: Quantity = Field(
        "512Mi",
        description="Memory for keys. When it is full, Redis removes the least used entries that "
        "expire; queued jobs stay.",
    )
    resources: Resources = Field(
        default_factory=Resources, description="Requests and limits of the Redis container."
    )

    @property
    def elsewhere(self) -> ExternalRedis | None:
        """The server that somebody else runs; None where the operator does."""
        return self.external


class Vacuum(Block):
    """VACUUM ANALYZE of both databases."""

    schedule: CronSchedule = Field(
        "0 3 * * 0", description="Cron schedule in the platform's time zone; Sunday 03:00."
    )


class Reindex(Block):
    """REINDEX CONCURRENTLY of both databases."""

    schedule: CronSchedule = Field(
        "0 4 * * 0", description="Cron schedule in the platform's time zone; Sunday 04:00."
    )
    first_week_only: bool = Field(
        True,
        description="Run only on days 1 to 7 of a month, so that the default schedule means the "
        "first Sunday. Cron itself cannot express this: a day has to match only one "
        "of the two day fields.",
    )


class Maintenance(Block):
    """Regular maintenance of both databases."""

    suspend: bool = Field(False, description="Start no maintenance jobs.")
    vacuum: Vacuum = Field(default_factory=Vacuum, description="VACUUM ANALYZE.")
    reindex: Reindex = Field(default_factory=Reindex, description="REINDEX CONCURRENTLY.")
    resources: Resources = Field(
        default_factory=Resources, description="Requests and limits of a maintenance job."
    )
