"""The Job that copies a database into a new volume, for another major version of PostgreSQL.

PostgreSQL reads files of its own major version alone. The Job's pod runs the new PostgreSQL on the
new volume, and beside it the new version's own programs, which dump from the old server and
restore here, as its manual describes (https://www.postgresql.org/docs/current/upgrading.html). The
old volume is not mounted. The image is the one of the new server, so its programs fit.
"""

from omero_operator.desired import (
    connections,
    parts,
    postgres,
    postgres_data,
    postgres_settings,
    run_once,
)
from omero_operator.desired.component import SMALL_HELPER, Component
from omero_operator.desired.context import Context
from omero_operator.desired.line_break import drop_line_break
from omero_operator.desired.maintenance import MAINTENANCE
from omero_operator.identity.kinds import Manifest
from omero_operator.operations.postgres_copy_script import COPY

PORT = 5432
# On the new volume, beside the folder of the data: it has everything, and may be in use since.
MARK = "copied"

# Each attempt begins with an empty folder, whatever the one before was killed at.
_PREPARE = r"""
volume=$1 data=$1/$2
[ ! -e "$volume/$3" ] || exit 0
rm -rf "$data" "$data.initialising"
"""


def job(ctx: Context, component: Component, name: str, image: str, claim: str) -> Manifest:
    """The Job.

    Args:
        ctx: Build context, with the old server in it.
        component: The database.
        name: Name of the Job.
        image: The new PostgreSQL.
        claim: The claim of the new volume.
    """
    access = _access(ctx, component)
    data = parts.mount("data", postgres_data.VOLUME)
    environment = postgres.server_environment(ctx, access)
    alive = {"exec": {"command": ["pg_isready", "--quiet", "--host=localhost", f"--port={PORT}"]}}
    server = parts.container(
        ctx,
        "postgres",
        image,
        # A container that runs beside the others, and ends after them.
        restartPolicy="Always",
        args=["postgres", "-c", "listen_addresses=localhost"],
        env=environment,
        resources=component.resources(ctx.spec),
        volumeMounts=[
            data,
            parts.mount("run", postgres_settings.RUN),
            parts.mount("tmp", parts.TMP),
            parts.mount("shm", "/dev/shm"),  # noqa: S108 - a private volume
        ],
        startupProbe=parts.probe(alive, period=5, timeout=5, failures=720),
    )
    copier = parts.container(
        ctx,
        "copy",
        image,
        command=["sh", "-c", drop_line_break("POSTGRES_PASSWORD") + COPY, "copy"],
        args=[access.host, str(access.port), str(PORT), f"{postgres_data.VOLUME}/{MARK}"],
        env=environment,
        resources=MAINTENANCE.resources(ctx.spec),
        volumeMounts=[data, parts.mount("copying", parts.TMP)],
        terminationMessagePolicy="FallbackToLogsOnError",
    )
    template = parts.pod_template(
        ctx,
        MAINTENANCE,
        runs_as="postgres",
        containers=[copier],
        initContainers=[_prepare(ctx, image, data), server],
        volumes=[
            {"name": "data", "persistentVolumeClaim": {"claimName": claim}},
            parts.empty_dir("run", medium="Memory"),
            parts.empty_dir("shm", medium="Memory"),
            parts.empty_dir("tmp"),
            parts.empty_dir("copying"),
        ],
        restartPolicy="Never",
        terminationGracePeriodSeconds=120,
    )
    made = run_once.job(ctx, name, MAINTENANCE.name, template)
    # Two attempts at once would be two servers on one volume.
    spec = {**made["spec"], "podReplacementPolicy": "Failed"}
    return {**made, "spec": spec}


def _prepare(ctx: Context, image: str, data: Manifest) -> Manifest:
    return parts.container(
        ctx,
        "prepare",
        image,
        command=["sh", "-c", _PREPARE, "prepare", postgres_data.VOLUME, postgres_data.FOLDER, MARK],
        volumeMounts=[data],
        resources=SMALL_HELPER.resources(ctx.spec.helpers.resources),
    )


def _access(ctx: Context, component: Component) -> connections.DatabaseAccess:
    of_omero = component.name == "database"
    return connections.omero_database(ctx) if of_omero else connections.plugin_database(ctx)
