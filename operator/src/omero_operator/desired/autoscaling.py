"""Autoscalers of a site: for OMERO.web by CPU, for the workers by the length of their queues.

KEDA's trigger counts the jobs that wait: `LLEN` of a Celery queue, which is a list of that name in
Redis. The platform's jobs have no priorities, which would be lists of other names. A job that runs
is in no list, so an idle queue scales down while jobs run; their pods finish them first.
https://keda.sh/docs/latest/scalers/redis-lists/
"""

from collections.abc import Iterator

from omero_operator.desired import connections
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import (
    AUTOSCALER,
    DEPLOYMENT,
    SCALED_OBJECT,
    TRIGGER_AUTHENTICATION,
    Kind,
    Manifest,
)
from omero_operator.identity.labels import SCALED_BY

# Of the platform's Celery application.
_QUEUE_DATABASE = 2
_NETWORK = "network"


def web_replicas(ctx: Context) -> int:
    """Pods of OMERO.web that a site begins with."""
    scaling = ctx.spec.web.autoscaling
    return ctx.replicas(scaling.min_replicas if scaling else ctx.spec.web.replicas, "web")


def worker_replicas(ctx: Context) -> int:
    """Pods of the workers that a site begins with; one may be scaled to none afterwards."""
    scaling = ctx.spec.worker.autoscaling
    count = max(scaling.min_replicas, 1) if scaling else ctx.spec.worker.replicas
    return ctx.replicas(count, "worker")


def annotations(kind: Kind, replicas: int, settings: object) -> dict[str, str]:
    """What tells the writer of a workload that its replicas are the autoscaler's.

    Args:
        kind: Kind of the autoscaler.
        replicas: Pods that the site begins with.
        settings: The block `autoscaling`; None where there is none.
    """
    return {SCALED_BY: kind.name} if settings and replicas else {}


def web(ctx: Context) -> Iterator[Manifest]:
    """The autoscaler of OMERO.web, while it runs."""
    scaling, name = ctx.spec.web.autoscaling, ctx.names.web
    if scaling is None or not web_replicas(ctx):
        return
    target = {"type": "AverageValue", "averageValue": scaling.target_cpu}
    yield ctx.manifest(
        AUTOSCALER,
        name,
        "web",
        spec={
            "scaleTargetRef": _workload(name),
            "minReplicas": scaling.min_replicas,
            "maxReplicas": scaling.max_replicas,
            "metrics": [
                {
                    "type": "ContainerResource",
                    "containerResource": {
                        "name": "cpu",
                        "container": "omero-web",
                        "target": target,
                    },
                }
            ],
        },
    )


def worker(ctx: Context) -> Iterator[Manifest]:
    """What KEDA needs to scale the workers, while they run."""
    scaling, name = ctx.spec.worker.autoscaling, ctx.names.worker
    if scaling is None or not worker_replicas(ctx):
        return
    redis = connections.redis(ctx)
    secrets = [{"parameter": "password", "name": redis.secret, "key": redis.password_key}]
    if authority := redis.authority:
        secrets.append({"parameter": "ca", "name": authority.name, "key": authority.key})
    if redis.sentinel and (own := redis.sentinel.password_secret_ref):
        secrets.append({"parameter": "sentinelPassword", "name": own.name, "key": own.key})
    yield ctx.manifest(TRIGGER_AUTHENTICATION, name, "worker", spec={"secretTargetRef": secrets})
    queues = dict.fromkeys([*ctx.spec.worker.queues, _NETWORK])
    yield ctx.manifest(
        SCALED_OBJECT,
        name,
        "worker",
        spec={
            "scaleTargetRef": _workload(name),
            "minReplicaCount": scaling.min_replicas,
            "maxReplicaCount": scaling.max_replicas,
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": _slowly()}}},
            "triggers": [
                {
                    "type": "redis-sentinel" if redis.sentinel else "redis",
                    "name": queue,
                    "metadata": {
                        **_where(ctx, redis),
                        "listName": queue,
                        "listLength": str(scaling.jobs_per_replica),
                        "databaseIndex": str(_QUEUE_DATABASE),
                    },
                    "authenticationRef": {"name": name},
                }
                for queue in queues
            ],
        },
    )


def _slowly() -> Manifest:
    """One pod after the other: they finish their jobs, and a short pause costs little."""
    return {
        "stabilizationWindowSeconds": 300,
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
    }


def _where(ctx: Context, redis: connections.RedisAccess) -> dict[str, str]:
    tls = {"enableTLS": "true"} if redis.tls else {}
    if redis.sentinel:
        where = {"addresses": redis.sentinels, "sentinelMaster": redis.sentinel.master_name}
        return {**where, **tls}
    # KEDA runs in another namespace, where the short name of a Service means nothing.
    own = "" if ctx.spec.redis.external else f".{ctx.namespace}.svc"
    return {"address": f"{redis.host}{own}:{redis.port}", **tls}


def _workload(name: str) -> Manifest:
    return {"apiVersion": DEPLOYMENT.api_version, "kind": DEPLOYMENT.name, "name": name}
