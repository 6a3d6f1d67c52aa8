"""What keeps the pods of a workload from being made: quota, Pod Security, priority class, webhook.

Kubernetes' controllers make pods, so the API server answers to them and not to the operator. A
Deployment says in a condition what it was told; every other workload only in its Events.
"""

import re

from omero_operator.desired.component import Component
from omero_operator.identity.kinds import Manifest
from omero_operator.state import rollout
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Observed, words

_TRIED = ("FailedCreate", "SuccessfulCreate")

# What the admission plugins of Kubernetes write into their refusals, and what to do.
_ADVICE = (
    (r"exceeded quota", "free some of the quota or ask for a higher one"),
    (
        r"must specify ",
        "set it under {fields}, or give the namespace a LimitRange with defaults",
    ),
    (r"[Nn]o PriorityClass", "create it or correct spec.scheduling.priorityClassName"),
    (r"violates PodSecurity", "see the namespace's label pod-security.kubernetes.io/enforce"),
    (r"security context constraint", "on OpenShift set spec.security.userIds to FromCluster"),
)


def refused(component: Component, workload: Manifest, observed: Observed) -> ConditionValue | None:
    """Why no pod is made, in the API server's words; None where nobody says so.

    Args:
        component: The component that the pods would belong to.
        workload: A StatefulSet, Deployment, Job or CronJob that lacks something.
        observed: What the cluster shows.
    """
    said = _by_condition(workload) or _by_event(workload, observed)
    if not said:
        return None
    title = f"{workload['kind']} {workload['metadata']['name']}"
    what = "Job" if workload["kind"] == "CronJob" else "pod"
    return ConditionValue(
        "False",
        "FailedCreate",
        f"{title} cannot create its {what}: {said}{_advice(component, said)}",
    )


def _by_condition(workload: Manifest) -> str:
    """What a Deployment says; of its ReplicaSet's pods, or of the ReplicaSet itself."""
    for condition in rollout.conditions(workload):
        kind, status = condition["type"], condition["status"]
        of_set = kind == "Progressing" and condition.get("reason") == "ReplicaSetCreateError"
        if (kind == "ReplicaFailure" and status == "True") or (of_set and status == "False"):
            return str(condition.get("message", ""))
    return ""


def _by_event(workload: Manifest, observed: Observed) -> str:
    """What the last attempt to make something said, if it was refused."""
    for event in observed.events_on(workload):
        if event.get("reason") in _TRIED:
            return words(event) if event["reason"] == "FailedCreate" else ""
    return ""


def _advice(component: Component, said: str) -> str:
    for pattern, text in _ADVICE:
        if re.search(pattern, said):
            own = f"{component.path}.resources and " if component.sizes else ""
            return "; " + text.format(fields=f"{own}spec.helpers.resources")
    return ""
