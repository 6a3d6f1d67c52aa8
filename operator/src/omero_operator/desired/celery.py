"""A container that is a Celery worker: the pods of the workers have two, those of the uploads one.

They differ in their jobs, and each has folders of its own.
"""

from collections.abc import Sequence

from omero_operator.desired import monitoring, parts, web_apps
from omero_operator.desired.context import Context
from omero_operator.desired.web_pod import Environment
from omero_operator.identity.kinds import Manifest


def container(
    ctx: Context,
    command: str,
    folders: str,
    resources: Manifest,
    environment: Environment,
    *,
    env: Sequence[Manifest] = (),
    mounts: Sequence[Manifest] = (),
) -> Manifest:
    """The container.

    Args:
        ctx: Build context.
        command: Command of the image, and name of the container.
        folders: Beginning of the names of its own two volumes.
        resources: Requests and limits.
        environment: Credentials and addresses that it uses.
        env: Which jobs it does.
        mounts: Volumes that other workers do not have.
    """
    # Both look for some time before they fail; the times are in `worker_probe.sh` of the image.
    started = {"exec": {"command": ["omero-web-container", "worker-started"]}}
    # The worker writes a file while its main loop runs, with what keeps it from its queue. Only
    # readiness looks at the latter: a restart would not bring Redis back.
    alive = {"exec": {"command": ["omero-web-container", "worker-alive"]}}
    # Likewise where the plugin database cannot be used.
    ready = {"exec": {"command": ["omero-web-container", "worker-ready"]}}
    return parts.container(
        ctx,
        command,
        ctx.images.web,
        args=[command],
        env=[
            *environment.env,
            *web_apps.environment(ctx),
            *monitoring.environment(ctx, monitoring.WORKERS[command]),
            *env,
        ],
        resources=resources,
        volumeMounts=[
            *environment.mounts,
            *web_apps.mounts(ctx),
            parts.mount(f"{folders}var", "/opt/omero/web/var"),
            parts.mount(f"{folders}tmp", parts.TMP),
            *monitoring.mounts(ctx, folders),
            *mounts,
        ],
        **_ports(ctx, command),
        # It looks for half a minute before it fails.
        startupProbe=parts.probe(started, period=5, timeout=35, failures=20),
        readinessProbe=parts.probe(ready, period=10, timeout=30, failures=1),
        livenessProbe=parts.probe(alive, period=30, timeout=30, failures=4),
    )


def volumes(ctx: Context, folders: str) -> list[Manifest]:
    """The volumes that no other container of its pod has; `folders` as for the container."""
    own = (parts.empty_dir(f"{folders}{name}") for name in ("var", "tmp"))
    return [*own, *monitoring.volumes(ctx, folders)]


def _ports(ctx: Context, command: str) -> Manifest:
    ports = monitoring.container_port(ctx, monitoring.WORKERS[command])
    return {"ports": ports} if ports else {}
