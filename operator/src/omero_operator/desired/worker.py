"""Celery workers: Deployment `<name>-worker`, the same image as OMERO.web."""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import omp, parts, web_apps
from omero_operator.desired.component import Component, Profile
from omero_operator.desired.context import Context
from omero_operator.desired.web_pod import plugin_needs, web_environment
from omero_operator.identity.kinds import DEPLOYMENT, Manifest
from omero_operator.identity.labels import selector

# Of the container for jobs that mostly wait: one process with a thread for each of them.
NETWORK = Profile("10m", "160Mi", "1Gi")


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of the workers."""
    name = ctx.names.worker
    spec = ctx.spec.worker
    labels = selector(ctx.name, "worker")
    environment = web_environment(
        ctx, ("plugin-keys", "redis", "plugin-database", "job-service", *plugin_needs(ctx))
    )
    # The worker writes a file while its main loop runs, with what keeps it from its queue. Only
    # readiness looks at the latter: a restart would not bring Redis back.
    alive = {"exec": {"command": ["omero-web-container", "worker-alive"]}}
    # Likewise where the plugin database cannot be used.
    ready = {"exec": {"command": ["omero-web-container", "worker-ready"]}}

    def container(command: str, folders: str, resources: Manifest, **plain: str) -> Manifest:
        """One of the pod's two: they differ in their jobs, and each has folders of its own."""
        return parts.container(
            ctx,
            command,
            ctx.images.web,
            args=[command],
            env=[*environment.env, *web_apps.environment(ctx), *parts.env(**plain)],
            resources=resources,
            volumeMounts=[
                *environment.mounts,
                *web_apps.mounts(ctx),
                parts.mount(f"{folders}var", "/opt/omero/web/var"),
                parts.mount(f"{folders}tmp", parts.TMP),
            ],
            startupProbe=parts.probe(alive, period=5, timeout=5, failures=24),
            readinessProbe=parts.probe(ready, period=10, timeout=5, failures=2),
            livenessProbe=parts.probe(alive, period=30, timeout=10, failures=4),
        )

    worker = container(
        "worker",
        "",
        WORKER.resources(ctx.spec),
        WORKER_CONCURRENCY=str(spec.concurrency),
        WORKER_QUEUES=",".join(spec.queues),
    )
    network = container(
        "network-worker",
        "network-",
        NETWORK.resources(spec.network.resources),
        NETWORK_WORKER_CONCURRENCY=str(spec.network.concurrency),
    )
    manifests = [
        parts.account(ctx, WORKER),
        ctx.manifest(
            DEPLOYMENT,
            name,
            "worker",
            annotations=ctx.started("worker"),
            spec={
                "replicas": ctx.replicas(spec.replicas, "worker"),
                "selector": {"matchLabels": labels},
                "template": parts.pod_template(
                    ctx,
                    WORKER,
                    checksums=environment.checksums,
                    containers=[worker, network],
                    initContainers=web_apps.init_containers(ctx),
                    volumes=[
                        *environment.volumes,
                        *web_apps.volumes(ctx),
                        parts.empty_dir("var"),
                        parts.empty_dir("tmp"),
                        parts.empty_dir("network-var"),
                        parts.empty_dir("network-tmp"),
                    ],
                    topologySpreadConstraints=parts.spread(ctx, WORKER),
                    # Long enough for a job to reach its next checkpoint.
                    terminationGracePeriodSeconds=120,
                ),
            },
        ),
    ]
    if spec.replicas > 1:
        manifests.append(parts.disruption_budget(ctx, name, WORKER))
    return manifests


WORKER = Component(
    name="worker",
    title="the workers",
    condition=ConditionType.WORKER,
    build=build,
    block="worker",
    image="web",
    workload=lambda ctx: (DEPLOYMENT, ctx.names.worker),
    requires=("plugin-database", "redis", "server", "bootstrap"),
    sizes={
        "small": Profile("50m", "256Mi", "1Gi"),
        "medium": Profile("500m", "1Gi", "4Gi"),
        "large": Profile("2", "4Gi", "8Gi"),
    },
    openings=omp.openings,
    secret_references=lambda ctx: omp.secret_references(ctx, "worker"),
    config_map_references=lambda ctx: omp.config_map_references(ctx, "worker"),
)
