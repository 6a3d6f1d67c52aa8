"""Exports for Imaris: Deployment `<name>-exports`, which offers files, and what writes them.

A large file takes minutes to send, and a worker that writes one takes memory; neither may cost
those who look at images anything. So the Ingress sends everything of the plugin here, and the
volume with the files is mounted in these pods alone.
"""

from collections.abc import Mapping, Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import front, imaris, monitoring, parts, plugin_pods, web_secrets
from omero_operator.desired.component import ANYONE, Component, Port, Profile, Size
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import DEPLOYMENT, Manifest

# Of the container that writes: Python, and what `spec.imaris.memory` gives each export.
WRITING: Mapping[Size, Profile] = {
    "small": Profile("100m", "384Mi", "2Gi"),
    "medium": Profile("500m", "1Gi", "4Gi"),
    "large": Profile("2", "2Gi", "8Gi"),
}
_SWITCH = "web.plugins.imaris.enabled"
_NEEDS = ("plugin-database", "redis", "server", "bootstrap")


def _build(ctx: Context) -> Sequence[Manifest]:
    """The objects of the pods that offer files."""
    server = plugin_pods.Server(
        "exports", imaris.PATH, ctx.spec.imaris.downloads, imaris.settings(ctx)
    )
    beside = None if ctx.spec.imaris.worker.own_pods else _worker(ctx)
    return [
        parts.account(ctx, EXPORTS),
        *parts.claim(ctx, EXPORTS),
        plugin_pods.service(ctx, EXPORTS, ctx.names.exports),
        *plugin_pods.serving(ctx, EXPORTS, server, _files(ctx), beside),
    ]


def _build_worker(ctx: Context) -> Sequence[Manifest]:
    """The objects of a worker that has pods of its own."""
    return [
        parts.account(ctx, EXPORT_WORKER),
        *plugin_pods.working(ctx, EXPORT_WORKER, _worker(ctx), _files(ctx)),
    ]


def _worker(ctx: Context) -> plugin_pods.Worker:
    given = ctx.spec.imaris.worker
    return plugin_pods.Worker(
        "export-worker",
        "export-",
        WRITING[ctx.spec.size].resources(given.resources),
        [
            *imaris.settings(ctx),
            *parts.env(EXPORT_WORKER_CONCURRENCY=str(given.concurrency)),
        ],
    )


def _beside(ctx: Context) -> tuple[int, ...]:
    """Where the worker in the same pods tells its metrics."""
    return () if ctx.spec.imaris.worker.own_pods else (monitoring.WORKERS["export-worker"],)


def _files(ctx: Context) -> plugin_pods.Files:
    volume = parts.claim_volume(ctx, "exports", EXPORTS)
    return plugin_pods.Files(volume, imaris.VOLUME, ctx.spec.imaris.storage.access_mode)


EXPORTS: Component = Component(
    name="exports",
    title="the exports",
    condition=ConditionType.EXPORTS,
    build=_build,
    block="imaris",
    switches=(_SWITCH,),
    image="web",
    workload=lambda ctx: (DEPLOYMENT, ctx.names.exports),
    requires=_NEEDS,
    sizes={
        "small": Profile("50m", "256Mi", "1Gi"),
        "medium": Profile("250m", "512Mi", "2Gi"),
        "large": Profile("1", "1Gi", "4Gi"),
    },
    volume=lambda names: names.exports,
    # The Ingress controller runs in a namespace that the operator cannot know.
    ports=lambda ctx: (
        Port(front.PORT, (ANYONE,)),
        *monitoring.ports(ctx, monitoring.OMERO_WEB, *_beside(ctx)),
    ),
    secret_references=lambda ctx: web_secrets.references(ctx, EXPORTS.name),
)
EXPORT_WORKER: Component = Component(
    name="export-worker",
    title="the workers of exports",
    condition=ConditionType.EXPORT_WORKER,
    build=_build_worker,
    block="imaris.worker",
    switches=(_SWITCH, "imaris.worker.own_pods"),
    image="web",
    workload=lambda ctx: (DEPLOYMENT, ctx.names.export_worker),
    requires=_NEEDS,
    sizes=WRITING,
    ports=lambda ctx: monitoring.ports(ctx, monitoring.WORKERS["export-worker"]),
)
