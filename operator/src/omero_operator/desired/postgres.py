"""A managed PostgreSQL: used for OMERO's own database and for the plugins' one.

The image is the official `postgres` or one with the same environment contract
(https://hub.docker.com/_/postgres): it creates user and database on an empty volume.
"""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.data import Database
from omero_operator.api.v1alpha1.sizes import Part, resources
from omero_operator.desired import parts, postgres_data
from omero_operator.desired.context import Context, Manifest
from omero_operator.desired.line_break import drop_line_break
from omero_operator.identity.kinds import STATEFUL_SET
from omero_operator.identity.labels import Component, selector

UID = 999
PORT = 5432

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
SQL
do sleep 0.5; done
"""
)


def build(
    ctx: Context,
    *,
    component: Component,
    part: Part,
    name: str,
    database: Database,
    owner: str,
    credentials: str,
    service_port: int,
) -> Sequence[Manifest]:
    """All objects of one managed PostgreSQL.

    Args:
        ctx: Build context.
        component: `database` or `plugin-database`.
        part: Its row in the table of sizes.
        name: Name of the StatefulSet, Service and claim.
        database: The specification's block.
        owner: Name of both the role and the database.
        credentials: Secret with its password.
        service_port: Port of the Service.

    Returns:
        The manifests; none with an external database.
    """
    if database.mode == "external":
        return []
    labels = selector(ctx.name, component)
    return [
        parts.account(ctx, component),
        *parts.claim(ctx, name, component),
        parts.service(ctx, name, component, [parts.port("postgres", service_port)]),
        ctx.manifest(
            STATEFUL_SET,
            name,
            component,
            spec={
                "serviceName": name,
                "replicas": ctx.replicas(1),
                # Parallel: with the default, a pod that never gets ready blocks its own repair.
                "podManagementPolicy": "Parallel",
                "selector": {"matchLabels": labels},
                "template": parts.pod_template(
                    ctx,
                    component,
                    uid=UID,
                    checksums={"credentials": ctx.checksums.get(credentials, "")},
                    initContainers=[postgres_data.check(ctx, "data")],
                    containers=[_container(ctx, part, database, owner, credentials)],
                    volumes=[
                        parts.claim_volume(ctx, "data", name, component),
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


def _container(
    ctx: Context, part: Part, database: Database, owner: str, credentials: str
) -> Manifest:
    settings = {"timezone": ctx.spec.time_zone, "log_timezone": ctx.spec.time_zone}
    settings |= database.parameters
    # pg_isready says yes during the image's first-run phase, too, which listens on the socket
    # alone; asking over TCP does not.
    ready = {"exec": {"command": ["pg_isready", "--quiet", "--host=127.0.0.1", f"--port={PORT}"]}}
    return parts.container(
        ctx,
        "postgres",
        ctx.images.postgres,
        args=["postgres", *(f"--{key}={value}" for key, value in sorted(settings.items()))],
        env=[
            *parts.env(
                POSTGRES_USER=owner,
                POSTGRES_DB=owner,
                PGDATA=f"{postgres_data.VOLUME}/{postgres_data.FOLDER}",
                TZ=ctx.spec.time_zone,
            ),
            parts.secret_env("POSTGRES_PASSWORD", credentials, "password"),
        ],
        ports=[parts.container_port("postgres", PORT)],
        resources=resources(ctx.spec.size, part, database.resources),
        volumeMounts=[
            parts.mount("data", postgres_data.VOLUME),
            parts.mount("run", "/var/run/postgresql"),
            parts.mount("tmp", parts.TMP),
            parts.mount("shm", "/dev/shm"),  # noqa: S108 - a private volume
        ],
        lifecycle={"postStart": {"exec": {"command": ["sh", "-c", _SET_ROLE]}}},
        # Recovery after a crash may take long; it is no reason to kill the server.
        startupProbe=parts.probe(ready, period=2, timeout=5, failures=1800),
        # Each starts a process in the container, for as long as the site lives.
        readinessProbe=parts.probe(ready, period=10, timeout=5, failures=2),
        livenessProbe=parts.probe(ready, period=30, timeout=10, failures=3),
    )
