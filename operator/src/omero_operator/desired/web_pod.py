"""What every pod of the omero-web image gets: web, worker and bootstrap share this table.

Passwords come as files, so that they stand in no environment that a crash report could print.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from omero_operator.desired import connections, grafana, monitoring, omp, parts
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest

Need = Literal[
    "web-secret-key",
    "plugin-keys",
    "redis",
    "plugin-database",
    "root",
    "job-service",
    "monitoring",
    "probe",
    "omero-database",
    "omp",
    "grafana-key",
]

# What OMERO.web under gunicorn uses, and what a Celery worker does, beside their plugins.
SERVER_NEEDS: tuple[Need, ...] = ("web-secret-key", "plugin-keys", "redis", "plugin-database")
WORKER_NEEDS: tuple[Need, ...] = ("plugin-keys", "redis", "plugin-database", "job-service")


@dataclass(frozen=True)
class Environment:
    """Environment, files and checksums of a pod."""

    env: Sequence[Manifest]
    volumes: Sequence[Manifest]
    mounts: Sequence[Manifest]
    checksums: Mapping[str, str]


def web_environment(ctx: Context, needs: Sequence[Need]) -> Environment:
    """The environment of a pod of the omero-web image.

    Args:
        ctx: Build context.
        needs: Which credentials the pod uses; it gets no others.

    Returns:
        What to put into its pod template.
    """
    env: list[Manifest] = parts.env(
        OMERO_HOST=ctx.names.server,
        OMERO_PORT="4064",
        PLATFORM_NAME=f"{ctx.namespace}/{ctx.name}",
        PLATFORM_SERVER_IMAGE=ctx.images.server,
        TZ=ctx.spec.time_zone,
    )
    volumes: list[Manifest] = []
    mounts: list[Manifest] = []
    checksums: dict[str, str] = {}

    def add_file(purpose: str, secret: str, key: str, variable: str) -> None:
        volume, volume_mount, path = parts.secret_file(purpose, secret, key)
        env.extend(parts.env(**{variable: path}))
        volumes.append(volume)
        mounts.append(volume_mount)
        checksums[purpose] = ctx.checksums.get(secret, "")

    for need in needs:
        plain, secret, key, variable = _need(ctx, need)
        env += plain
        add_file(need, secret, key, variable)
    if "redis" in needs and (authority := connections.redis(ctx).authority):
        add_file("redis-ca", authority.name, authority.key, "REDIS_CA_FILE")
    sentinel = connections.redis(ctx).sentinel if "redis" in needs else None
    if sentinel and (own := sentinel.password_secret_ref):
        add_file("redis-sentinel", own.name, own.key, "REDIS_SENTINEL_PASSWORD_FILE")
    if "plugin-database" in needs and (ca := connections.plugin_database(ctx).authority):
        add_file("plugin-database-ca", ca.name, ca.key, "OMP_DATA_CA_FILE")
    if "omp" in needs:
        volumes += omp.volumes(ctx)
        mounts += omp.mounts(ctx)
        checksums |= omp.checksums(ctx)
    return Environment(tuple(env), tuple(volumes), tuple(mounts), checksums)


def plugin_needs(ctx: Context) -> Sequence[Need]:
    """What the platform's own plugins use, in the web and in the workers."""
    return ("omp",) if ctx.spec.web.plugins.omp.enabled else ()


def _need(ctx: Context, need: Need) -> tuple[list[Manifest], str, str, str]:
    """Plain variables, Secret, key and the variable that names the file."""
    names = ctx.names
    keys = {
        "web-secret-key": (names.web_secret_key, "secret-key", "OMERO_WEB_SECRET_KEY_FILE"),
        "plugin-keys": (names.plugin_keys, "keys", "PLUGIN_KEYS_FILE"),
        "grafana-key": (names.grafana_key, grafana.PRIVATE, "ADMIN_TOOLS_GRAFANA_KEY_FILE"),
    }
    # Of OMERO: the beginning of their variables, name, Secret.
    accounts = {
        "job-service": ("JOB_SERVICE", "job-service", names.job_service_credentials),
        "monitoring": ("MONITORING", monitoring.ACCOUNT, names.monitoring_credentials),
        "probe": ("ADMIN_TOOLS_PROBE", monitoring.ACCOUNT, names.monitoring_credentials),
    }
    match need:
        case "redis":
            redis = connections.redis(ctx)
            if redis.sentinel:
                master = redis.sentinel.master_name
                plain = parts.env(REDIS_SENTINELS=redis.sentinels, REDIS_MASTER_NAME=master)
            else:
                plain = parts.env(REDIS_HOST=redis.host, REDIS_PORT=str(redis.port))
            if redis.tls:
                plain += parts.env(REDIS_TLS="true")
            return plain, redis.secret, redis.password_key, "REDIS_PASSWORD_FILE"
        case "plugin-database":
            database = connections.plugin_database(ctx)
            plain = [
                *parts.env(
                    OMP_DATA_HOST=database.host,
                    OMP_DATA_PORT=str(database.port),
                    OMP_DATA_DB=database.database,
                ),
                parts.secret_env("OMP_DATA_USER", database.secret, database.user_key),
            ]
            return plain, database.secret, database.password_key, "OMP_DATA_PASS_FILE"
        case "root":
            secret, key = connections.root_password(ctx)
            plain = parts.env(OMERO_ROOT_USER="root")
            return plain, secret, key, "OMERO_ROOT_PASSWORD_FILE"
        case "job-service" | "monitoring" | "probe":
            prefix, account, secret = accounts[need]
            plain = parts.env(**{f"{prefix}_USER": account})
            return plain, secret, "password", f"{prefix}_PASSWORD_FILE"
        case "omero-database":
            # Of a managed one, with the role that reads statistics and no table.
            database = connections.omero_database(ctx)
            plain = parts.env(
                ADMIN_TOOLS_OMERO_DB_NAME=database.database,
                ADMIN_TOOLS_OMERO_DB_USER=monitoring.ROLE,
            )
            secret = monitoring.database_secret(database.host)
            return plain, secret, "password", "ADMIN_TOOLS_OMERO_DB_PASSWORD_FILE"
        case "omp":
            secret, key = omp.hash_secret(ctx)
            return omp.environment(ctx), secret, key, "FMP_HASH_SECRET_FILE"
        case _:
            return [], *keys[need]
