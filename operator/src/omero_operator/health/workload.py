"""The verdict that all workloads share."""

from omero_operator.health import pods
from omero_operator.health.verdict import Verdict, failed
from omero_operator.identity.kinds import Kind
from omero_operator.identity.labels import Component
from omero_operator.state import rollout
from omero_operator.state.observed import Observed


def verdict(
    observed: Observed, component: Component, kind: Kind, name: str, *, waits_for: str = ""
) -> Verdict:
    """Whether a workload runs what it was told to run.

    Args:
        observed: What the cluster shows.
        component: Component of the workload.
        kind: StatefulSet or Deployment.
        name: Its name.
        waits_for: What a workload held at zero replicas is waiting for.

    Returns:
        True only when every replica runs the latest template and is ready.
    """
    if failure := observed.failure_of(component):
        return failed(failure)
    workload = observed.child(kind, name)
    if workload is None:
        return Verdict("Unknown", "Creating", f"{kind.name} {name} is being created")
    count = rollout.wanted(workload)
    if count == 0 and waits_for:
        return Verdict("False", "Waiting", f"{kind.name} {name} starts after {waits_for}")
    if rollout.complete(workload):
        return Verdict("True", "AllReplicasReady", f"{count} of {count} replicas are ready")
    if found := pods.trouble(observed.pods_of(component)):
        return found
    ready = min(rollout.ready(workload), count)
    return Verdict(
        "False",
        "Progressing",
        f"{kind.name} {name}: {ready} of {count} replicas are ready, a rollout is under way",
    )
