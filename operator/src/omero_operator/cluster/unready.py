"""A closer look at what is not ready: Events on it, and the claims that its pods wait for.

A settled site causes no such request.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import RefusedError
from omero_operator.cluster.parallel import in_parallel
from omero_operator.desired import parts
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.desired.plan import COMPONENTS
from omero_operator.identity.kinds import CLAIM, CRON_JOB, EVENT, JOB, Manifest
from omero_operator.state import rollout
from omero_operator.state.observed import Observed

# Replicas of a component mostly lack the same; two of them show enough.
_PODS = 2
_AT_ONCE = 4


async def look_at(api: Api, ctx: Context, observed: Observed) -> Observed:
    """Read what explains why something is not ready.

    Args:
        api: Connection.
        ctx: Build context.
        observed: What is there after everything was written.

    Returns:
        The same with `claims`, `events` and `events_refusal`.
    """
    unready = [each for each in COMPONENTS if _is_unready(ctx, each, observed)]
    names = [parts.claim_name(ctx, each) for each in unready if each.has_volume(ctx.spec)]
    claims = {name: claim for name in names if (claim := await _claim(api, ctx, name, observed))}
    about = [
        *(item for each in unready for item in _about(ctx, each, observed)),
        *(claim for claim in claims.values() if claim.get("status", {}).get("phase") != "Bound"),
        *_about_maintenance(observed),
    ]
    observed = replace(observed, claims=claims)

    async def read(item: Manifest) -> Sequence[Manifest]:
        fields = f"involvedObject.uid={item['metadata']['uid']}"
        return await api.list(EVENT, ctx.namespace, fields=fields)

    try:
        found = [event for events in await in_parallel(read, about, _AT_ONCE) for event in events]
    except RefusedError as error:
        refusal = f"the operator cannot read Events, which may say more: {error.message}"
        return replace(observed, events_refusal=refusal)
    return replace(observed, events=tuple(sorted(found, key=_time, reverse=True)))


def _is_unready(ctx: Context, component: Component, observed: Observed) -> bool:
    """Whether a component has a workload that should run and is not ready."""
    workload = observed.child(*component.workload(ctx)) if component.workload else None
    if workload is None:
        return False
    if workload["kind"] == JOB.name:
        return not workload["spec"].get("suspend") and not rollout.finished(workload)
    return rollout.wanted(workload) > 0 and not rollout.complete(workload)


def _about(ctx: Context, component: Component, observed: Observed) -> Iterator[Manifest]:
    workload = observed.child(*component.workload_of(ctx))
    if workload is not None:
        yield workload
    pods = [pod for pod in observed.pods_of(component.name) if not rollout.pod_ready(pod)]
    yield from pods[:_PODS]


def _about_maintenance(observed: Observed) -> Iterator[Manifest]:
    """Runs that do not go on; their CronJobs, too, while maintenance is not as it should be."""
    for run in observed.runs:
        if rollout.lacks_its_pod(run):
            yield run
    for condition in observed.status.get("conditions", []):
        if condition["type"] == ConditionType.MAINTENANCE and condition["status"] == "False":
            yield from (
                item for (kind, _), item in observed.children.items() if kind == CRON_JOB.name
            )


async def _claim(api: Api, ctx: Context, name: str, observed: Observed) -> Manifest | None:
    own = observed.child(CLAIM, name)
    if own is not None:
        return own
    try:
        return await api.get(CLAIM, ctx.namespace, name)
    except RefusedError:
        # What the specification refers to was looked up before; the refusal is told there.
        return None


def _time(event: Manifest) -> str:
    """When an Event was last seen; where that stands depends on who wrote it."""
    times = (
        (event.get("series") or {}).get("lastObservedTime"),
        event.get("lastTimestamp"),
        event.get("eventTime"),
        event["metadata"].get("creationTimestamp"),
    )
    return str(next(filter(None, times), ""))
