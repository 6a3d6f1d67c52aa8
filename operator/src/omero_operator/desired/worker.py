"""Celery workers: Deployment `<name>-worker`, the same image as OMERO.web."""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import (
    admin_tools,
    autoscaling,
    celery,
    monitoring,
    omp,
    parts,
    web_apps,
)
from omero_operator.desired.component import Component, Profile
from omero_operator.desired.context import Context
from omero_operator.desired.web_pod import WORKER_NEEDS, plugin_needs, web_environment
from omero_operator.identity.kinds import DEPLOYMENT, SCALED_OBJECT, Manifest
from omero_operator.identity.labels import selector

# Of the container for jobs that mostly wait: one process with a thread for each of them.
NETWORK = Profile("10m", "160Mi", "1Gi")


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of the workers."""
    name = ctx.names.worker
    spec, replicas = ctx.spec.worker, autoscaling.worker_replicas(ctx)
    scaling = spec.autoscaling
    labels = selector(ctx.name, "worker")
    needs = (*WORKER_NEEDS, *plugin_needs(ctx), *admin_tools.worker_needs(ctx))
    environment = web_environment(ctx, needs)
    worker = celery.container(
        ctx,
        "worker",
        "",
        WORKER.resources(ctx.spec),
        environment,
        env=[
            *parts.env(
                WORKER_CONCURRENCY=str(spec.concurrency), WORKER_QUEUES=",".join(spec.queues)
            ),
            *admin_tools.worker_environment(ctx),
        ],
    )
    network = celery.container(
        ctx,
        "network-worker",
        "network-",
        NETWORK.resources(spec.network.resources),
        environment,
        env=[
            *parts.env(NETWORK_WORKER_CONCURRENCY=str(spec.network.concurrency)),
            *admin_tools.worker_environment(ctx),
        ],
    )
    manifests = [
        parts.account(ctx, WORKER),
        ctx.manifest(
            DEPLOYMENT,
            name,
            "worker",
            annotations={
                **ctx.started("worker"),
                **autoscaling.annotations(SCALED_OBJECT, replicas, scaling),
            },
            spec={
                "replicas": replicas,
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
                        *celery.volumes(ctx, ""),
                        *celery.volumes(ctx, "network-"),
                    ],
                    topologySpreadConstraints=parts.spread(ctx, WORKER),
                    # Long enough for a job to reach its next checkpoint.
                    terminationGracePeriodSeconds=scaling.drain_seconds if scaling else 120,
                ),
            },
        ),
    ]
    if (scaling.max_replicas if scaling else spec.replicas) > 1:
        manifests.append(parts.disruption_budget(ctx, name, WORKER))
    manifests += autoscaling.worker(ctx)
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
    ports=lambda ctx: monitoring.ports(
        ctx, monitoring.WORKERS["worker"], monitoring.WORKERS["network-worker"]
    ),
    openings=omp.openings,
    secret_references=lambda ctx: omp.secret_references(ctx, "worker"),
    config_map_references=lambda ctx: omp.config_map_references(ctx, "worker"),
)
