"""The condition of a component that is one workload, or a server that others run."""

from omero_operator.api.v1alpha1.cloudnative_pg import CloudNativePg
from omero_operator.desired import start_order
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.health import autoscaling, cloudnative_pg, creation
from omero_operator.identity.kinds import PG_CLUSTER, Manifest
from omero_operator.identity.labels import SCALED_BY
from omero_operator.state import pods, rollout
from omero_operator.state.condition import ConditionValue, failed, progressing
from omero_operator.state.observed import Observed


def judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    """Whether a component runs what it was told to run.

    Args:
        ctx: Build context.
        component: One with a workload.
        observed: What the cluster shows.

    Returns:
        True only when every replica runs the latest template and is ready.
    """
    if failure := observed.failure_of(component.name):
        return failed(failure)
    settings = component.settings(ctx.spec)
    if getattr(settings, "replicas", None) == 0 and not getattr(settings, "autoscaling", None):
        return ConditionValue("True", "SwitchedOff", f"{component.path}.replicas is 0")
    return _rollout(ctx, component, observed)


def _rollout(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    kind, name = component.workload_of(ctx)
    workload = observed.child(kind, name)
    if workload is None:
        return ConditionValue("Unknown", "Creating", f"{kind.name} {name} is being created")
    count = rollout.wanted(workload)
    if component.name in ctx.stopped:
        return ConditionValue(
            "False", "Waiting", f"{kind.name} {name} is stopped until the upgrade comes to it"
        )
    if count == 0 and SCALED_BY in workload["metadata"].get("annotations", {}):
        message = "nothing is to do; the autoscaler starts a pod for the next job"
        return ConditionValue(
            "True", "ScaledToZero", message + autoscaling.complaint(ctx, observed, component)
        )
    if count == 0 and component.requires:
        before = start_order.missing(ctx, component, observed)
        waits = " and ".join(each.title for each in before) or "nothing more"
        return ConditionValue("False", "Waiting", f"{kind.name} {name} waits for {waits}")
    if earlier := observed.restarts.get(component.name):
        return progressing(
            f"{kind.name} {name} has changed and restarts when {earlier} is ready; "
            "components restart in their order, one after the other"
        )
    if rollout.complete(workload):
        if count and component.external(ctx.spec):
            return _elsewhere(ctx, component, observed)
        message = f"{count} of {count} replicas are ready"
        complaint = autoscaling.complaint(ctx, observed, component)
        return ConditionValue("True", "AllReplicasReady", message + complaint)
    return _unready(ctx, component, workload, observed)


def _unready(
    ctx: Context, component: Component, workload: Manifest, observed: Observed
) -> ConditionValue:
    """Why a workload does not run as it was told to."""
    kind, name = component.workload_of(ctx)
    count = rollout.wanted(workload)
    if isinstance(component.external(ctx.spec), CloudNativePg) and (
        found := cloudnative_pg.unready(name, observed)
    ):
        return found
    if rollout.lacks_pods(workload) and (found := creation.refused(component, workload, observed)):
        return found
    shown = pods.explain(observed.pods_of(component.name), observed)
    if shown and shown.reason != "Progressing":
        return shown
    ready = min(rollout.ready(workload), count)
    told = [f"{kind.name} {name}: {ready} of {count} replicas are ready", _stage(workload)]
    told += [shown.message if shown else "", observed.events_refusal]
    return progressing("; ".join(filter(None, told)))


def _elsewhere(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    """The condition of a server that others run, and that accepts writes."""
    external = component.external(ctx.spec)
    where = f"{component.title} {external.where if external else ''} accepts writes"
    if isinstance(external, CloudNativePg):
        _, name = component.workload_of(ctx)
        cluster = observed.child(PG_CLUSTER, name)
        told = cloudnative_pg.words(cluster) if cluster else f"Cluster {name} is being created"
        return ConditionValue("True", "External", f"{where}; {told}")
    return ConditionValue("True", "External", f"{where}; it is run outside the platform")


def _stage(workload: Manifest) -> str:
    """What Kubernetes is doing with a workload as a whole."""
    count = rollout.wanted(workload)
    if not rollout.seen(workload):
        return "Kubernetes has not processed its latest change yet"
    total, updated = (rollout.count(workload, key) for key in ("replicas", "updatedReplicas"))
    if updated < total:
        return f"a rollout is in progress, {updated} of {total} pods have the latest template"
    if total < count:
        return f"{total} of {count} pods exist"
    return f"{total - count} extra pods are being stopped" if total > count else ""
