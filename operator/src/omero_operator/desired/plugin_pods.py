"""Pods that one plugin of OMERO.web has for itself: those of the uploads, and of the exports.

Each is OMERO.web behind a front that lets this plugin through alone, with a volume for its files
that no other pod has. A Celery worker beside it does the plugin's long jobs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from omero_operator.desired import celery, front, parts, web_apps, web_server
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.desired.web_pod import SERVER_NEEDS, WORKER_NEEDS, web_environment
from omero_operator.identity.kinds import DEPLOYMENT, Manifest
from omero_operator.identity.labels import selector

# Long enough for a job to reach its next checkpoint.
_GRACE_SECONDS = 120


@dataclass(frozen=True)
class Worker:
    """The container that does the plugin's jobs.

    Attributes:
        command: Command of the image, and its name.
        folders: Beginning of the names of its own two volumes.
        resources: Requests and limits.
        env: The plugin's settings, and how many jobs it does at once.
    """

    command: str
    folders: str
    resources: Manifest
    env: Sequence[Manifest]

    def container(self, ctx: Context, mount: Manifest) -> Manifest:
        """The container, with the volume of the files."""
        return celery.container(
            ctx,
            self.command,
            self.folders,
            self.resources,
            web_environment(ctx, WORKER_NEEDS),
            env=self.env,
            mounts=[mount],
        )

    def volumes(self, ctx: Context, files: Manifest) -> list[Manifest]:
        """Those of its pod: its own and the one with the files."""
        environment = web_environment(ctx, WORKER_NEEDS)
        own = celery.volumes(ctx, self.folders)
        return [*environment.volumes, *web_apps.volumes(ctx), files, *own]


@dataclass(frozen=True)
class Server:
    """The containers that answer requests.

    Attributes:
        command: Command of the image, and the name of the container with gunicorn.
        path: The plugin's part of the site's address; everything below it, these pods answer.
        streams: Requests with files that one pod answers at the same time.
        env: The plugin's settings.
    """

    command: str
    path: str
    streams: int
    env: Sequence[Manifest]


@dataclass(frozen=True)
class Files:
    """The volume with the plugin's files.

    Attributes:
        volume: Its entry in the list of a pod's volumes.
        path: Where it is mounted.
        access_mode: That of its claim.
    """

    volume: Manifest
    path: str
    access_mode: str

    @property
    def mount(self) -> Manifest:
        """How containers mount it."""
        return parts.mount(self.volume["name"], self.path)


def service(ctx: Context, component: Component, name: str) -> Manifest:
    """The Service to which the Ingress sends the plugin's requests."""
    return parts.service(ctx, name, component, [parts.port("http", 80)])


def serving(
    ctx: Context,
    component: Component,
    server: Server,
    files: Files,
    worker: Worker | None,
    *,
    runs_as: str = "",
    affinity: Manifest | None = None,
) -> list[Manifest]:
    """Deployment and disruption budget of the pods that answer requests.

    Args:
        ctx: Build context.
        component: The component, whose resources are those of gunicorn.
        server: What answers.
        files: The volume.
        worker: What does the jobs, where that is in the same pods.
        runs_as: Image whose user the pods have, where that is not their own.
        affinity: Beside which other pods they have to be.
    """
    environment = web_environment(ctx, SERVER_NEEDS)
    containers = [
        web_server.container(
            ctx,
            server.command,
            server.command,
            component.resources(ctx.spec),
            environment,
            env=[*server.env, *parts.env(FRONT_STREAMS=str(server.streams))],
            mounts=[files.mount],
        ),
        *([worker.container(ctx, files.mount)] if worker else []),
        front.container(ctx, only=server.path, streams=server.streams),
    ]
    beside = worker.volumes(ctx, files.volume) if worker else [files.volume]
    also = web_environment(ctx, WORKER_NEEDS).checksums if worker else {}
    template = parts.pod_template(
        ctx,
        component,
        checksums={**also, **web_server.checksums(ctx, environment)},
        containers=containers,
        initContainers=web_apps.init_containers(ctx),
        # Both containers use the same Secrets.
        volumes=_once([*web_server.volumes(ctx, environment), *beside]),
        topologySpreadConstraints=parts.spread(ctx, component),
        affinity=affinity or [],
        runs_as=runs_as,
        terminationGracePeriodSeconds=_GRACE_SECONDS,
    )
    return _deployed(ctx, component, template, files)


def working(ctx: Context, component: Component, worker: Worker, files: Files) -> list[Manifest]:
    """Deployment and disruption budget of a plugin's worker in pods of its own."""
    template = parts.pod_template(
        ctx,
        component,
        checksums=web_environment(ctx, WORKER_NEEDS).checksums,
        containers=[worker.container(ctx, files.mount)],
        initContainers=web_apps.init_containers(ctx),
        volumes=_once(worker.volumes(ctx, files.volume)),
        topologySpreadConstraints=parts.spread(ctx, component),
        terminationGracePeriodSeconds=_GRACE_SECONDS,
    )
    return _deployed(ctx, component, template, files)


def _deployed(
    ctx: Context, component: Component, template: Manifest, files: Files
) -> list[Manifest]:
    _, name = component.workload_of(ctx)
    replicas: int = getattr(component.settings(ctx.spec), "replicas")  # noqa: B009 - any block
    spec = {
        "replicas": ctx.replicas(replicas, component.name),
        "strategy": _strategy(files.access_mode),
        "selector": {"matchLabels": selector(ctx.name, component.name)},
        "template": template,
    }
    started = ctx.started(component.name)
    deployment = ctx.manifest(DEPLOYMENT, name, component.name, annotations=started, spec=spec)
    several = [parts.disruption_budget(ctx, name, component)] if replicas > 1 else []
    return [deployment, *several]


def _strategy(access_mode: str) -> Manifest:
    """A volume of one node may be on another one than the new pod, which would wait forever."""
    if access_mode == "ReadWriteOnce":
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}


def _once(volumes: Sequence[Manifest]) -> list[Manifest]:
    return list({volume["name"]: volume for volume in volumes}.values())
