"""Redis: StatefulSet `<name>-redis`, in memory only.

Sessions and cache (database 1) always carry a time to live, the Celery broker (database 2) carries
none: `volatile-lfu` evicts the former, the least used first, and never the latter. Why this one:
docs/decisions/0002-sessions.md.
"""

from collections.abc import Sequence

from omero_operator.api.quantity import amount
from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import connections, external, monitoring, parts
from omero_operator.desired.component import (
    KEDA,
    RANDOM,
    RUN_PLUGINS,
    Component,
    Credential,
    Port,
    Profile,
)
from omero_operator.desired.context import Context
from omero_operator.desired.digest import digest
from omero_operator.desired.line_break import drop_line_break
from omero_operator.desired.web_pod import web_environment
from omero_operator.identity.kinds import CONFIG_MAP, DEPLOYMENT, STATEFUL_SET, Manifest
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
"""

# The account of the exporter: it reads counters and no key, and not the configuration, which has
# the password of others. Its own is stored as a digest, so that nothing in it needs quotes.
_MONITORING = f"""\
digest=$(printf '%s' "$MONITORING_PASSWORD" | sha256sum | cut -c 1-64)
printf 'user {monitoring.ACCOUNT} on #%s -@all %s\\n' "$digest" \
    '+ping +info +slowlog +latency +client|setname' >> /run/redis/redis.conf
unset MONITORING_PASSWORD
"""

_RUN = """\
exec redis-server /run/redis/redis.conf
"""

_EXPORTER_PORT = 9121

_PING = f"""
{drop_line_break("REDISCLI_AUTH")}\
redis-cli ping | grep -q PONG
"""

# What fills a Redis that is full: keys without an end, which no policy of ours lets it remove. Of
# each database the first thousand keys are looked at, so that the answer comes at once.
_WHAT_FILLS_IT = """
local told = {}
for database = 0, 15 do
    redis.call("SELECT", database)
    local every = redis.call("DBSIZE")
    if every > 0 then
        local keys = redis.call("SCAN", "0", "COUNT", "1000")[2]
        local endless, bytes, most, largest = 0, 0, 0, ""
        for _, key in ipairs(keys) do
            if redis.call("PTTL", key) == -1 then
                local size = redis.call("MEMORY", "USAGE", key) or 0
                endless, bytes = endless + 1, bytes + size
                if size > most then
                    most, largest = size, key
                end
            end
        end
        local text = string.format("database %d has %d keys", database, every)
        if endless > 0 then
            text = text .. string.format(
                "; of %d checked, %d have no expiry and use %d MB, the largest %s of %d MB",
                #keys, endless, bytes / 1048576,
                string.gsub(string.sub(largest, 1, 60), "[^%w:._-]", "?"), most / 1048576)
        end
        told[#told + 1] = text
    end
end
return table.concat(told, ". ")
"""

# A Redis that answers may still take no writes. The reason of the condition is the first word.
_TAKES_WRITES = f"""
{drop_line_break("REDISCLI_AUTH")}\
said=$(redis-cli -n 1 set omero-platform:probe 1 ex 60 2>&1)
case $said in
OK) exit 0 ;;
OOM*)
    said="its memory is full. Delete keys, or raise spec.redis.maxMemory"
    printf 'TakesNoWrites: %s: %s\\n' "$said" "$(redis-cli eval_ro '{_WHAT_FILLS_IT}' 0 2>&1)"
    ;;
READONLY*|MISCONF*) printf 'TakesNoWrites: %s\\n' "$said" ;;
*) printf '%s\\n' "$said" ;;
esac
exit 1
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
        "maxmemory-policy volatile-lfu",
        # Celery's blocking reads hold connections open; a dead peer must not hold one for ever.
        "tcp-keepalive 60",
    )
    return "\n".join(lines) + "\n"


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of Redis; with an external one, of what asks it."""
    if ctx.spec.redis.external:
        access = web_environment(ctx, ("redis",))
        return external.build(
            ctx,
            REDIS,
            # The same client as in web and workers, with the same authorities.
            image=ctx.images.web,
            probe=["omero-web-container", "redis-ready"],
            env=access.env,
            checksums=access.checksums,
            volumes=access.volumes,
            mounts=access.mounts,
        )
    name = ctx.names.redis
    config = configuration(ctx)
    secret = ctx.names.redis_credentials
    ping = {"exec": {"command": ["sh", "-c", _PING]}}
    takes_writes = {"exec": {"command": ["sh", "-c", _TAKES_WRITES]}}
    redis = parts.container(
        ctx,
        "redis",
        ctx.images.redis,
        command=["sh", "-c", _script(ctx)],
        env=[parts.secret_env("REDISCLI_AUTH", secret, "password"), *_monitoring_password(ctx)],
        ports=[parts.container_port("redis", PORT)],
        resources=REDIS.resources(ctx.spec),
        volumeMounts=[
            parts.mount("config", "/etc/redis/redis.conf", "redis.conf"),
            parts.mount("run", "/run/redis"),
            parts.mount("data", "/data"),
        ],
        # Asked often until it answers; then seldom, since each question starts two processes in the
        # container for as long as the site lives. A restart would cure one that takes no writes,
        # and lose what is in the queue: that is for people to decide.
        startupProbe=parts.probe(ping, period=5, timeout=5, failures=120),
        readinessProbe=parts.probe(takes_writes, period=10, timeout=5, failures=2),
        livenessProbe=parts.probe(ping, period=30, timeout=10, failures=3),
    )
    return [
        parts.account(ctx, REDIS),
        ctx.manifest(CONFIG_MAP, name, "redis", data={"redis.conf": config}),
        # Also while it is not ready: what still reads from a full one works, and a new one is
        # reached as soon as it listens.
        parts.service(ctx, name, REDIS, [parts.port("redis", PORT)], publishNotReadyAddresses=True),
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
                        **monitoring.checksum(ctx, ctx.names.redis_monitoring_credentials),
                    },
                    containers=[redis, *_exporter(ctx)],
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


def _script(ctx: Context) -> str:
    """What the container runs."""
    return "".join((_START, _MONITORING if monitoring.enabled(ctx) else "", _RUN))


def _monitoring_password(ctx: Context, variable: str = "MONITORING_PASSWORD") -> list[Manifest]:
    if not monitoring.enabled(ctx):
        return []
    return [parts.secret_env(variable, ctx.names.redis_monitoring_credentials, "password")]


def _exporter(ctx: Context) -> list[Manifest]:
    """redis_exporter: https://github.com/oliver006/redis_exporter."""
    return monitoring.sidecar(
        ctx,
        "redis-exporter",
        ctx.images.redis_exporter,
        _EXPORTER_PORT,
        env=[
            *parts.env(
                REDIS_ADDR=f"redis://localhost:{PORT}",
                REDIS_USER=monitoring.ACCOUNT,
                # It may not ask for the configuration.
                REDIS_EXPORTER_CONFIG_COMMAND="-",
            ),
            *_monitoring_password(ctx, "REDIS_PASSWORD"),
        ],
    )


def _scalers(ctx: Context) -> tuple[str, ...]:
    return (KEDA,) if ctx.spec.worker.autoscaling else ()


def _secrets(ctx: Context) -> Sequence[Credential]:
    if ctx.spec.redis.external:
        return []
    name = ctx.names.redis_monitoring_credentials
    return [
        Credential(ctx.names.redis_credentials, "redis", (("password", RANDOM),)),
        *monitoring.credential(ctx, name, "redis", monitoring.ACCOUNT),
    ]


REDIS = Component(
    name="redis",
    title="Redis",
    condition=ConditionType.REDIS,
    build=build,
    block="redis",
    image="redis",
    workload=lambda ctx: (
        DEPLOYMENT if ctx.spec.redis.external else STATEFUL_SET,
        ctx.names.redis,
    ),
    sizes={
        "small": Profile("50m", "64Mi", "768Mi"),
        "medium": Profile("100m", "256Mi", "1Gi"),
        "large": Profile("250m", "512Mi", "2Gi"),
    },
    ports=lambda ctx: (
        Port(PORT, (*RUN_PLUGINS, *monitoring.clients(ctx), *_scalers(ctx))),
        *monitoring.ports(ctx, _EXPORTER_PORT),
    ),
    egress="Nothing",
    secrets=_secrets,
    secret_references=lambda ctx: connections.redis_references(
        ctx.spec.redis, ("redis", *RUN_PLUGINS, *monitoring.clients(ctx))
    ),
)
