"""How pods reach the databases and Redis, managed or external."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from omero_operator.api.v1alpha1.backup import S3
from omero_operator.api.v1alpha1.cloudnative_pg import CloudNativePg
from omero_operator.api.v1alpha1.data import Database, Redis, RedisSentinel
from omero_operator.api.v1alpha1.fields import SecretKeyRef
from omero_operator.api.v1alpha1.server import Server
from omero_operator.desired import cloudnative_pg, parts
from omero_operator.desired.component import SecretReference
from omero_operator.desired.context import Context
from omero_operator.desired.secret_rules import Purpose
from omero_operator.identity.kinds import Manifest

# Where a database's authorities are, in the folder of its password.
CA_FILE = "authorities.crt"


@dataclass(frozen=True)
class DatabaseAccess:
    """Everything a client of a PostgreSQL needs to know.

    Attributes:
        host: Host name.
        port: Port.
        database: Name of the database.
        secret: Secret with the credentials.
        user_key: Key of the user name.
        password_key: Key of the password.
        authority: The authorities of an encrypted connection; None where it is not checked.
        direct: Host name of the server itself, where `host` is that of a pooler.
    """

    host: str
    port: int
    database: str
    secret: str
    user_key: str
    password_key: str
    authority: SecretKeyRef | None = None
    direct: str = ""


@dataclass(frozen=True)
class RedisAccess:
    """Everything a client of Redis needs to know; the first attributes are as in `DatabaseAccess`.

    Attributes:
        tls: Whether it is reached by TLS.
        authority: Where the certificate of its authority is; None for those of the image.
        sentinel: Who names the server; there is no host then.
    """

    host: str
    port: int
    secret: str
    password_key: str
    tls: bool = False
    authority: SecretKeyRef | None = None
    sentinel: RedisSentinel | None = None

    @property
    def sentinels(self) -> str:
        """Hosts and ports of the Sentinels, as clients and KEDA read them; empty without."""
        if self.sentinel is None:
            return ""
        return ",".join(f"{host}:{self.sentinel.port}" for host in self.sentinel.hosts)


def omero_database(ctx: Context) -> DatabaseAccess:
    """Access to OMERO's database."""
    names = ctx.names
    return _access(ctx.spec.database, names.database, 5432, "omero", names.database_credentials)


def plugin_database(ctx: Context) -> DatabaseAccess:
    """Access to the plugins' database."""
    names = ctx.names
    return _access(
        ctx.spec.plugin_database,
        names.plugin_database,
        5433,
        "omero-plugin",
        names.plugin_database_credentials,
    )


def _access(
    database: Database, host: str, port: int, owner: str, credentials: str
) -> DatabaseAccess:
    if settings := database.cloud_native_pg:
        # These names are CloudNativePG's. A role and its database have no hyphen in theirs.
        direct = f"{host}-rw"
        return DatabaseAccess(
            cloudnative_pg.pooler_name(host) if settings.pooler else direct,
            cloudnative_pg.PORT,
            owner.replace("-", "_"),
            f"{host}-app",
            "username",
            "password",
            SecretKeyRef(name=f"{host}-ca", key="ca.crt"),
            direct,
        )
    if database.external is None:
        return DatabaseAccess(host, port, owner, credentials, "username", "password")
    external = database.external
    reference = external.credentials_secret_ref
    return DatabaseAccess(
        external.host,
        external.port,
        external.database,
        reference.name,
        reference.username_key,
        reference.password_key,
        external.tls.ca_secret_ref if external.tls else None,
    )


def authority_checksum(ctx: Context, access: DatabaseAccess) -> dict[str, str]:
    """The digest of a database's authorities, with which pods restart; nothing without them."""
    authority = access.authority
    return {"database-ca": ctx.checksums.get(authority.name, "")} if authority else {}


def libpq(access: DatabaseAccess) -> tuple[list[Manifest], list[Manifest], list[Manifest], str]:
    """What makes libpq check the server, in a pod with one database.

    Returns:
        Environment, volumes, mounts, and the path of the authorities; nothing without them.
    """
    if access.authority is None:
        return [], [], [], ""
    authority = access.authority
    volume, mount, path = parts.secret_file("db-authorities", authority.name, authority.key)
    return parts.env(PGSSLMODE="verify-full", PGSSLROOTCERT=path), [volume], [mount], path


def client(
    prefix: str, purpose: str, access: DatabaseAccess
) -> tuple[list[Manifest], Manifest, Manifest]:
    """What a program of the maintenance image needs to reach a database.

    Args:
        prefix: Beginning of its variables, for example `OMERO_DB`.
        purpose: Short name of the volume with the password, unique in the pod.
        access: The database.

    Returns:
        Environment, volume and mount.
    """
    volume, volume_mount, path = parts.secret_file(purpose, access.secret, access.password_key)
    encrypted: list[Manifest] = []
    if authority := access.authority:
        # Beside the password, so that the database is one volume.
        password = {"name": access.secret, "items": volume["secret"]["items"]}
        keys = [{"key": authority.key, "path": CA_FILE}]
        sources = [{"secret": password}, {"secret": {"name": authority.name, "items": keys}}]
        projected = {"defaultMode": 0o440, "sources": sources}
        volume = {"name": volume["name"], "projected": projected}
        ca_file = f"{volume_mount['mountPath']}/{CA_FILE}"
        encrypted = parts.env(**{f"{prefix}_CA_FILE": ca_file})
    variables = [
        *encrypted,
        *parts.env(
            **{
                # Dumps and statements that take hours are not for a pooler.
                f"{prefix}_HOST": access.direct or access.host,
                f"{prefix}_PORT": str(access.port),
                f"{prefix}_NAME": access.database,
                f"{prefix}_PASSWORD_FILE": path,
            }
        ),
        parts.secret_env(f"{prefix}_USER", access.secret, access.user_key),
    ]
    return variables, volume, volume_mount


def redis(ctx: Context) -> RedisAccess:
    """Access to Redis."""
    external = ctx.spec.redis.external
    if external is None:
        return RedisAccess(ctx.names.redis, 6379, ctx.names.redis_credentials, "password")
    reference, tls = external.password_secret_ref, external.tls
    return RedisAccess(
        external.host or "",
        external.port,
        reference.name,
        reference.key,
        tls is not None,
        tls.ca_secret_ref if tls else None,
        external.sentinel,
    )


def root_password(ctx: Context) -> tuple[str, str]:
    """Secret and key that hold the password of OMERO's root user."""
    reference = ctx.spec.server.root_password_secret_ref
    if reference is None:
        return ctx.names.root_credentials, "password"
    return reference.name, reference.key


def _of_cluster(
    settings: CloudNativePg, path: str, cluster: str, users: Sequence[str]
) -> Iterator[SecretReference]:
    """What CloudNativePG makes; the component that asks for it cannot wait for it."""
    field, who = f"{path}.cloudNativePG", f"CloudNativePG, with Cluster '{cluster}',"
    if backup := settings.backup:
        yield from _of_store(f"{field}.backup.s3", backup.s3, users[0])
    for user in users[1:]:
        keys = ("username", "password")
        yield SecretReference(user, field, f"{cluster}-app", keys, made_by=who)
        yield SecretReference(user, field, f"{cluster}-ca", ("ca.crt",), made_by=who)


def _of_store(path: str, s3: S3, user: str) -> Iterator[SecretReference]:
    """What the Barman plugin logs in with; the database runs without it."""
    account = s3.credentials_secret_ref
    keys = (account.access_key_id_key, account.secret_access_key_key)
    yield SecretReference(user, f"{path}.credentialsSecretRef", account.name, keys, holds=False)
    if ca := s3.ca_secret_ref:
        yield SecretReference(user, f"{path}.caSecretRef", ca.name, (ca.key,), holds=False)


def database_references(
    database: Database, path: str, cluster: str, password: Purpose, users: Sequence[str]
) -> Iterator[SecretReference]:
    """The credentials of an external database, for each component that uses it.

    Args:
        database: Its block of the specification.
        path: Where that block stands.
        cluster: Name of its Cluster of CloudNativePG, if it is one.
        password: What the password is for.
        users: Names of the components; the first is the database itself.
    """
    if settings := database.cloud_native_pg:
        yield from _of_cluster(settings, path, cluster, users)
    if database.external:
        secret = database.external.credentials_secret_ref
        keys = (secret.username_key, secret.password_key)
        purposes: tuple[Purpose, ...] = ("database-user", password)
        block, path = f"{path}.external", f"{path}.external.credentialsSecretRef"
        for user in users:
            yield SecretReference(user, path, secret.name, keys, purposes)
            if tls := database.external.tls:
                ca = tls.ca_secret_ref
                yield SecretReference(user, f"{block}.tls.caSecretRef", ca.name, (ca.key,))


def redis_references(redis: Redis, users: Sequence[str]) -> Iterator[SecretReference]:
    """Password and authority of an external Redis, for each component that uses it."""
    if redis.external is None:
        return
    secret, tls = redis.external.password_secret_ref, redis.external.tls
    for user in users:
        path = "spec.redis.external.passwordSecretRef"
        yield SecretReference(user, path, secret.name, (secret.key,), ("password",))
        if tls and (authority := tls.ca_secret_ref):
            path = "spec.redis.external.tls.caSecretRef"
            yield SecretReference(user, path, authority.name, (authority.key,))
        sentinel = redis.external.sentinel
        if sentinel and (own := sentinel.password_secret_ref):
            path = "spec.redis.external.sentinel.passwordSecretRef"
            yield SecretReference(user, path, own.name, (own.key,), ("password",))


def root_password_references(server: Server, user: str) -> Iterator[SecretReference]:
    """The root password that the user brings, for a component that uses it."""
    if root := server.root_password_secret_ref:
        path = "spec.server.rootPasswordSecretRef"
        yield SecretReference(user, path, root.name, (root.key,), ("root-password",))
