"""Redis: StatefulSet `<name>-redis`, in memory only.

Sessions and cache (database 1) always carry a time to live, the Celery broker and results
(database 2) carry none or must not go early: `volatile-lru` evicts the former and never the latter.
"""

from collections.abc import Sequence

from omero_operator.api.quantity import amount
from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import connections, parts
from omero_operator.desired.component import RANDOM, Component, Credential, Port, Profile
from omero_operator.desired.context import Context
from omero_operator.desired.digest import digest
from omero_operator.desired.line_break import drop_line_break
from omero_operator.identity.kinds import CONFIG_MAP, STATEFUL_SET, Manifest
from omero_operator.identity.labels import selector

PORT = 6379

# The password joins the configuration inside the container, in memory; it stands in no ConfigMap
# and in no argument list. `printf` is part of the shell, so no process carries it either.
# redis.conf splits its lines at blanks and quotes; \xHH is its notation for any byte
# (https://redis.io/docs/latest/operate/oss_and_stack/management/config/).
_START = f"""
umask 077
{drop_line_break("REDISCLI_AUTH")}\
bytes=$(printf '%s' "$REDISCLI_AUTH" | od -An -v -tx1 | tr -d ' \\n' | sed 's/../\\\\x&/g')
{{ cat /etc/redis/redis.conf; printf 'requirepass "%s"\\n' "$bytes"; }} > /run/redis/redis.conf
exec redis-server /run/redis/redis.conf
"""

_PING = f"""
{drop_line_break("REDISCLI_AUTH")}\
redis-cli ping | grep -q PONG
"""


def configuration(ctx: Context) -> str:
    """The configuration file without the password."""
    lines = (
        "bind * -::*",
        f"port {PORT}",
        'save ""',
        "appendonly no",
        "dir /data",
        f"maxmemory {int(amount(ctx.spec.redis.max_memory))}",
        "maxmemory-policy volatile-lru",
        # Celery's blocking reads hold connections open; a dead peer must not hold one for ever.
        "tcp-keepalive 60",
    )
    return "\n".join(lines) + "\n"


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of Redis; none with an external one."""
    if ctx.spec.redis.external:
        return []
    name = ctx.names.redis
    config = configuration(ctx)
    secret = ctx.names.redis_credentials
    ping = {"exec": {"command": ["sh", "-c", _PING]}}
    redis = parts.container(
        ctx,
        "redis",
        ctx.images.redis,
        command=["sh", "-c", _START],
        env=[parts.secret_env("REDISCLI_AUTH", secret, "password")],
        ports=[parts.container_port("redis", PORT)],
        resources=REDIS.resources(ctx.spec),
        volumeMounts=[
            parts.mount("config", "/etc/redis/redis.conf", "redis.conf"),
            parts.mount("run", "/run/redis"),
            parts.mount("data", "/data"),
        ],
        # Asked often until it answers; then seldom, since each question starts two processes in the
        # container for as long as the site lives.
        startupProbe=parts.probe(ping, period=2, timeout=5, failures=60),
        readinessProbe=parts.probe(ping, period=10, timeout=5, failures=2),
        livenessProbe=parts.probe(ping, period=30, timeout=10, failures=3),
    )
    return [
        parts.account(ctx, REDIS),
        ctx.manifest(CONFIG_MAP, name, "redis", data={"redis.conf": config}),
        parts.service(ctx, name, REDIS, [parts.port("redis", PORT)]),
        ctx.manifest(
            STATEFUL_SET,
            name,
            "redis",
            spec={
                "serviceName": name,
                "replicas": ctx.replicas(1),
                "podManagementPolicy": "Parallel",
                "selector": {"matchLabels": selector(ctx.name, "redis")},
                "template": parts.pod_template(
                    ctx,
                    REDIS,
                    checksums={
                        "config": digest(config),
                        "credentials": ctx.checksums.get(secret, ""),
                    },
                    containers=[redis],
                    volumes=[
                        {"name": "config", "configMap": {"name": name}},
                        parts.empty_dir("run", medium="Memory"),
                        parts.empty_dir("data", medium="Memory"),
                    ],
                    terminationGracePeriodSeconds=30,
                ),
            },
        ),
    ]


def _secrets(ctx: Context) -> Sequence[Credential]:
    if ctx.spec.redis.external:
        return []
    return [Credential(ctx.names.redis_credentials, "redis", (("password", RANDOM),))]


REDIS = Component(
    name="redis",
    title="Redis",
    condition=ConditionType.REDIS,
    build=build,
    block="redis",
    image="redis",
    workload=lambda ctx: (STATEFUL_SET, ctx.names.redis),
    sizes={
        "small": Profile("50m", "64Mi", "768Mi"),
        "medium": Profile("100m", "256Mi", "1Gi"),
        "large": Profile("250m", "512Mi", "2Gi"),
    },
    ports=lambda _: (Port(PORT, ("web", "worker")),),
    egress="Nothing",
    secrets=_secrets,
    secret_references=lambda ctx: connections.redis_references(
        ctx.spec.redis, ("redis", "web", "worker")
    ),
)
