"""The two PostgreSQL databases: `<name>-db` of OMERO.server, `<name>-plugin-db` of the plugins.

The image is the official `postgres` or one with the same environment contract
(https://hub.docker.com/_/postgres): it creates user and database on an empty volume.
"""

from collections.abc import Mapping, Sequence

from omero_operator.api.v1alpha1.data import Database
from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import (
    admin_tools,
    cloudnative_pg,
    connections,
    external,
    monitoring,
    parts,
    postgres_data,
    postgres_settings,
)
from omero_operator.desired.component import (
    CARE,
    RANDOM,
    READER,
    RUN_PLUGINS,
    Component,
    Credential,
    Port,
    Profile,
)
from omero_operator.desired.connections import DatabaseAccess
from omero_operator.desired.context import Context
from omero_operator.desired.line_break import drop_line_break
from omero_operator.desired.secret_rules import Purpose
from omero_operator.identity.kinds import DEPLOYMENT, STATEFUL_SET, Kind, Manifest
from omero_operator.identity.labels import selector

PORT = 5432
EXPORTER_PORT = 9187

# The official image sets the password on an empty volume only. Setting it at every start lets
# the password follow its Secret: deleting or editing the Secret rotates it. The statement never
# reaches a log, an argument list or a file.
_SET_ROLE = (
    drop_line_break("POSTGRES_PASSWORD")
    + r"""
until psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet \
    --set ON_ERROR_STOP=1 <<'SQL'
SET log_min_error_statement = panic;
SET log_statement = none;
\getenv role POSTGRES_USER
\getenv password POSTGRES_PASSWORD
ALTER ROLE :"role" PASSWORD :'password';
"""
)

# The role of the exporter: it reads statistics and no table, also in a database that is older than
# it. Made at every start, so that it is also there after a restored dump.
_SET_MONITORING = rf"""
\getenv password MONITORING_PASSWORD
SELECT 'CREATE ROLE {monitoring.ROLE}'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{monitoring.ROLE}') \gexec
ALTER ROLE {monitoring.ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT 8 PASSWORD :'password';
GRANT pg_monitor TO {monitoring.ROLE};
"""  # noqa: S608 - a constant

_SET_ROLE_END = """\
SQL
do sleep 0.5; done
"""

# What the readiness probes ask with: HOST PORT REASON [FIELD], the reason for one that does not let
# it in, the field with the settings of a managed one. Over TCP: during the image's first-run phase
# PostgreSQL listens on its socket alone.
_ASK = (
    drop_line_break("POSTGRES_PASSWORD")
    + r"""
host=$1 port=$2
ask() {
    PGPASSWORD=$POSTGRES_PASSWORD PGCONNECT_TIMEOUT=4 \
        psql --host="$host" --port="$port" --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
        --no-psqlrc --no-password --quiet --tuples-only --no-align \
        --command="SET work_mem = '64kB'" --command="$1"
}
"""
)

# Whether the database accepts writes: a sort that does not fit into 64 kB goes to a temporary file
# on the volume and leaves nothing behind. What this says is quoted in the condition.
_TAKES_CHANGES = r"""
said=$(ask "SELECT CASE
    WHEN pg_is_in_recovery() THEN 'it is a standby'
    WHEN current_setting('transaction_read_only') = 'on'
    THEN 'it is read-only by default_transaction_read_only of the server, database or role'
    END FROM (SELECT count(*) FROM (
        SELECT n FROM generate_series(1, 10000) AS n ORDER BY md5(n::text) OFFSET 0
    ) AS sorted) AS counted" 2>&1)
case $?,$said in
    0,) ;;
    # psql's own code for a server that does not let it in, as while it starts.
    2,*)
        printf '%sthe probe cannot connect to PostgreSQL: %s\n' "${3:+$3: }" "$said" >&2
        exit 1
        ;;
    *)
        printf 'TakesNoChanges: PostgreSQL is read-only or cannot write: %s\n' "$said" >&2
        exit 1
        ;;
esac
"""


def _build(
    ctx: Context, component: Component, database: Database, access: DatabaseAccess
) -> Sequence[Manifest]:
    """All objects of one PostgreSQL; with an external one, of what asks it."""
    if database.elsewhere:
        env, volumes, mounts, _ = connections.libpq(access)
        _, name = component.workload_of(ctx)
        cluster = cloudnative_pg.build(ctx, component, database, name, access.database)
        asks = external.build(
            ctx,
            component,
            image=ctx.images.maintenance,
            probe=_ready(access.host, access.port, "ServerUnreachable"),
            env=[*_login(access), *env],
            checksums={
                "credentials": ctx.checksums.get(access.secret, ""),
                **connections.authority_checksum(ctx, access),
            },
            volumes=volumes,
            mounts=mounts,
        )
        return [*cluster, *asks]
    name, monitoring_secret = access.host, monitoring.database_secret(access.host)
    settings = {"timezone": ctx.spec.time_zone, "log_timezone": ctx.spec.time_zone}
    settings |= database.parameters
    return [
        parts.account(ctx, component),
        postgres_settings.config_map(ctx, name, component.name, settings),
        *parts.claim(ctx, component),
        parts.service(
            ctx,
            name,
            component,
            [parts.port("postgres", access.port)],
            # A PostgreSQL that cannot write is not ready and still answers; without it, those
            # who use it could only say that nobody answers.
            publishNotReadyAddresses=True,
        ),
        ctx.manifest(
            STATEFUL_SET,
            name,
            component.name,
            spec={
                "serviceName": name,
                "replicas": ctx.replicas(1),
                # Parallel: with the default, a pod that never gets ready blocks its own repair.
                "podManagementPolicy": "Parallel",
                "selector": {"matchLabels": selector(ctx.name, component.name)},
                "template": parts.pod_template(
                    ctx,
                    component,
                    checksums={
                        "credentials": ctx.checksums.get(access.secret, ""),
                        **monitoring.checksum(ctx, monitoring_secret),
                    },
                    initContainers=[postgres_data.check(ctx, "data")],
                    containers=[
                        _container(ctx, component, settings, access),
                        *_exporter(ctx, access),
                    ],
                    volumes=[
                        *_exporter_volumes(ctx, access),
                        parts.claim_volume(ctx, "data", component),
                        {"name": "settings", "configMap": {"name": name}},
                        parts.empty_dir("run", medium="Memory"),
                        parts.empty_dir("tmp"),
                        # PostgreSQL's shared memory; the container default is 64 MiB.
                        parts.empty_dir("shm", medium="Memory"),
                    ],
                    # A smart shutdown waits for clients; the image's stop signal is a fast one.
                    terminationGracePeriodSeconds=120,
                ),
            },
        ),
    ]


def _script(ctx: Context) -> str:
    """Sets the passwords after each start."""
    if not monitoring.enabled(ctx):
        return _SET_ROLE + _SET_ROLE_END
    return drop_line_break("MONITORING_PASSWORD") + _SET_ROLE + _SET_MONITORING + _SET_ROLE_END


def _monitoring_password(ctx: Context, access: DatabaseAccess) -> list[Manifest]:
    if not monitoring.enabled(ctx):
        return []
    return [
        parts.secret_env("MONITORING_PASSWORD", monitoring.database_secret(access.host), "password")
    ]


def _exporter(ctx: Context, access: DatabaseAccess) -> list[Manifest]:
    """postgres_exporter: https://github.com/prometheus-community/postgres_exporter."""
    _, mount, path = parts.secret_file(
        "monitoring", monitoring.database_secret(access.host), "password"
    )
    return monitoring.sidecar(
        ctx,
        "postgres-exporter",
        ctx.images.postgres_exporter,
        EXPORTER_PORT,
        env=parts.env(
            DATA_SOURCE_URI=f"localhost:{PORT}/{access.database}?sslmode=disable",
            DATA_SOURCE_USER=monitoring.ROLE,
            DATA_SOURCE_PASS_FILE=path,
        ),
        volumeMounts=[mount],
    )


def _exporter_volumes(ctx: Context, access: DatabaseAccess) -> list[Manifest]:
    volume, *_ = parts.secret_file(
        "monitoring", monitoring.database_secret(access.host), "password"
    )
    return [volume] if monitoring.enabled(ctx) else []


def _ready(host: str, port: int, reason: str, script: str = "", *more: str) -> list[str]:
    """A readiness probe's command; the script comes when the database takes changes."""
    text = _ASK + _TAKES_CHANGES + script
    return ["sh", "-c", text, "takes-changes", host, str(port), reason, *more]


def _login(access: DatabaseAccess) -> list[Manifest]:
    """What the probe of an external one logs in with."""
    return [
        *parts.env(POSTGRES_DB=access.database),
        parts.secret_env("POSTGRES_USER", access.secret, access.user_key),
        parts.secret_env("POSTGRES_PASSWORD", access.secret, access.password_key),
    ]


def server_environment(ctx: Context, access: DatabaseAccess) -> list[Manifest]:
    """What the image needs to begin, or to find, the database on its volume.

    Args:
        ctx: Build context.
        access: The database with its role, which is named like the database that it owns.
    """
    return [
        *parts.env(
            POSTGRES_USER=access.database,
            POSTGRES_DB=access.database,
            PGDATA=f"{postgres_data.VOLUME}/{postgres_data.FOLDER}",
            TZ=ctx.spec.time_zone,
        ),
        parts.secret_env("POSTGRES_PASSWORD", access.secret, access.password_key),
    ]


def _container(
    ctx: Context, component: Component, settings: Mapping[str, str], access: DatabaseAccess
) -> Manifest:
    # pg_isready says yes during the image's first-run phase, too, which listens on the socket
    # alone; asking over TCP does not.
    alive = {"exec": {"command": ["pg_isready", "--quiet", "--host=localhost", f"--port={PORT}"]}}
    field = f"{component.path}.parameters"
    ready = {"exec": {"command": _ready("localhost", PORT, "", postgres_settings.RELOAD, field)}}
    return parts.container(
        ctx,
        "postgres",
        ctx.images.postgres,
        args=postgres_settings.arguments(settings),
        env=[
            *server_environment(ctx, access),
            *_monitoring_password(ctx, access),
        ],
        ports=[parts.container_port("postgres", PORT)],
        resources=component.resources(ctx.spec),
        volumeMounts=[
            parts.mount("data", postgres_data.VOLUME),
            # Without a path of a file in it: those are not replaced while the pod runs.
            parts.mount("settings", postgres_settings.FOLDER),
            parts.mount("run", postgres_settings.RUN),
            parts.mount("tmp", parts.TMP),
            parts.mount("shm", "/dev/shm"),  # noqa: S108 - a private volume
        ],
        lifecycle={"postStart": {"exec": {"command": ["sh", "-c", _script(ctx)]}}},
        # Recovery after a crash may take long; it is no reason to kill the server.
        startupProbe=parts.probe(alive, period=5, timeout=5, failures=720),
        # Each starts processes in the container, for as long as the site lives.
        readinessProbe=parts.probe(ready, period=10, timeout=5, failures=2),
        # A restart makes room on no disk, and is no help on a node that is too busy to answer.
        livenessProbe=parts.probe(alive, period=30, timeout=10, failures=6),
    )


def _secrets(
    ctx: Context, component: Component, database: Database, access: DatabaseAccess
) -> Sequence[Credential]:
    if database.elsewhere:
        return []
    keys = ((access.user_key, access.database), (access.password_key, RANDOM))
    purpose: Purpose = "database-password" if component.name == "database" else "password"
    name = monitoring.database_secret(access.host)
    return [
        Credential(access.secret, component.name, keys, purpose=purpose),
        *monitoring.credential(ctx, name, component.name, monitoring.ROLE),
    ]


def _kind(database: Database) -> Kind:
    return DEPLOYMENT if database.elsewhere else STATEFUL_SET


def _readers(ctx: Context) -> tuple[str, ...]:
    return (READER,) if ctx.spec.server.read_only_replicas else ()


def _plugin_users(ctx: Context) -> tuple[str, ...]:
    reports = admin_tools.clients(ctx, "quotas")
    return (*RUN_PLUGINS, *CARE, *reports, *monitoring.clients(ctx))


def _omero(ctx: Context) -> tuple[Database, DatabaseAccess]:
    return ctx.spec.database, connections.omero_database(ctx)


def _plugin(ctx: Context) -> tuple[Database, DatabaseAccess]:
    return ctx.spec.plugin_database, connections.plugin_database(ctx)


DATABASE: Component = Component(
    name="database",
    title="OMERO's database",
    condition=ConditionType.DATABASE,
    build=lambda ctx: _build(ctx, DATABASE, *_omero(ctx)),
    block="database",
    image="postgres",
    workload=lambda ctx: (_kind(ctx.spec.database), ctx.names.database),
    sizes={
        "small": Profile("100m", "256Mi", "1Gi"),
        "medium": Profile("1", "2Gi", "4Gi"),
        "large": Profile("4", "16Gi", "32Gi"),
    },
    volume=lambda names: names.database,
    ports=lambda ctx: (
        Port(PORT, ("server", *_readers(ctx), *CARE, *admin_tools.clients(ctx, "worker"))),
        *monitoring.ports(ctx, EXPORTER_PORT),
    ),
    egress="Nothing",
    secrets=lambda ctx: _secrets(ctx, DATABASE, *_omero(ctx)),
    secret_references=lambda ctx: connections.database_references(
        ctx.spec.database,
        "spec.database",
        ctx.names.database,
        "database-password",
        ("database", "server", *_readers(ctx), *CARE),
    ),
)

PLUGIN_DATABASE: Component = Component(
    name="plugin-database",
    title="the plugins' database",
    condition=ConditionType.PLUGIN_DATABASE,
    build=lambda ctx: _build(ctx, PLUGIN_DATABASE, *_plugin(ctx)),
    block="plugin_database",
    image="postgres",
    workload=lambda ctx: (_kind(ctx.spec.plugin_database), ctx.names.plugin_database),
    sizes={
        "small": Profile("50m", "128Mi", "512Mi"),
        "medium": Profile("250m", "512Mi", "1Gi"),
        "large": Profile("500m", "2Gi", "4Gi"),
    },
    volume=lambda names: names.plugin_database,
    ports=lambda ctx: (
        Port(PORT, _plugin_users(ctx)),
        *monitoring.ports(ctx, EXPORTER_PORT),
    ),
    egress="Nothing",
    secrets=lambda ctx: _secrets(ctx, PLUGIN_DATABASE, *_plugin(ctx)),
    secret_references=lambda ctx: connections.database_references(
        ctx.spec.plugin_database,
        "spec.pluginDatabase",
        ctx.names.plugin_database,
        "password",
        ("plugin-database", *_plugin_users(ctx)),
    ),
)
