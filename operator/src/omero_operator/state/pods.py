"""What keeps pods from being ready, as it was seen: object, place, time, and the cure where known.

Times are points in time and no durations, and nothing is counted that goes on counting: a state
that lasts gives the same words in every pass, and so no write.
"""

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence

from omero_operator.identity.kinds import Manifest
from omero_operator.state import containers, rollout
from omero_operator.state.condition import ConditionValue, progressing
from omero_operator.state.observed import Observed, words

# How long after the end of its grace period a pod is taken for one that nobody ends.
_PATIENCE = datetime.timedelta(minutes=1)

# The scheduler's words for a volume that is not there; a node that lacks memory is another matter.
_VOLUME = re.compile("persistentvolume|unbound|volume", re.IGNORECASE)
_ENDED = ("Succeeded", "Failed")


def explain(pods: Iterable[Manifest], observed: Observed) -> ConditionValue | None:
    """Why pods are not ready.

    Args:
        pods: Pods of one component.
        observed: What the cluster shows.

    Returns:
        A fault if there is one, else what only takes time (`Progressing`), else None. Pods that
        ended say something only where no other is left.
    """
    every = list(pods)
    alive = [pod for pod in every if _phase(pod) not in _ENDED]
    # A pod that comes tells more than one that goes.
    ordered = sorted(alive or every, key=lambda pod: "deletionTimestamp" in pod["metadata"])
    values = [value for pod in ordered for value in _state(pod, observed)]
    return min(values, key=lambda value: value.reason == "Progressing", default=None)


def _state(pod: Manifest, observed: Observed) -> Iterator[ConditionValue]:
    name = pod["metadata"]["name"]
    if rollout.pod_ready(pod) or containers.have_done_their_work(pod):
        return
    if _phase(pod) in _ENDED:
        yield from _ended(pod)
    elif "deletionTimestamp" in pod["metadata"]:
        yield _leaving(pod, observed)
    elif _is_lost(pod):
        node = _node(pod)
        yield ConditionValue(
            "False",
            "NodeNotReady",
            f"node {node} of pod {name} does not answer; the pod moves when the node is ready "
            f"again or its object is deleted: look at `kubectl describe node {node}`",
        )
    elif found := list(containers.unready(pod, observed)):
        yield from found
    elif node := _node(pod):
        yield progressing(f"pod {name} is about to start on node {node}")
    else:
        yield _without_node(pod, observed)


def _ended(pod: Manifest) -> Iterator[ConditionValue]:
    """What ended a pod from outside, such as an eviction; its own exit is told of elsewhere."""
    status = pod["status"]
    reason = status.get("reason", "")
    if _phase(pod) == "Failed" and reason:
        yield ConditionValue(
            "False",
            reason,
            f"pod {pod['metadata']['name']} was stopped ({reason}): {status.get('message', '')} "
            "A new pod is created; if this happens again, give the node more of what it lacked.",
        )


def _leaving(pod: Manifest, observed: Observed) -> ConditionValue:
    name, node = pod["metadata"]["name"], _node(pod)
    # Kubernetes sets it to the end of the grace period.
    deadline = pod["metadata"]["deletionTimestamp"]
    if observed.now <= datetime.datetime.fromisoformat(deadline) + _PATIENCE:
        return progressing(f"pod {name} is being stopped, by {deadline} at the latest")
    finalizers = ", ".join(pod["metadata"].get("finalizers", []))
    if finalizers:
        return ConditionValue(
            "False",
            "PodNotEnding",
            f"pod {name} has stopped and waits for its finalizers {finalizers}",
        )
    return ConditionValue(
        "False",
        "PodNotEnding",
        f"pod {name} should have stopped by {deadline} but still exists: its node {node} does not "
        f"answer. Look at `kubectl describe node {node}`; if that machine stays off, "
        f"`kubectl delete node {node}` lets the pod start elsewhere.",
    )


def _is_lost(pod: Manifest) -> bool:
    """Whether the node's controller, and not the node, says that the pod is not ready.

    It changes the condition `Ready` alone; a kubelet changes it together with the containers.
    """
    status = pod["status"]
    if _phase(pod) == "Unknown" or status.get("reason") == "NodeLost":
        return True
    found: Sequence[Manifest] = status.get("containerStatuses", ())
    gates = pod["spec"].get("readinessGates")
    unready = _condition(pod, "Ready").get("status") in ("False", "Unknown")
    return bool(unready and found and not gates and all(each["ready"] for each in found))


def _without_node(pod: Manifest, observed: Observed) -> ConditionValue:
    name, scheduled = pod["metadata"]["name"], _condition(pod, "PodScheduled")
    said = scheduled.get("message", "")
    if scheduled.get("status") == "False" and not _VOLUME.search(said):
        return ConditionValue(
            "False",
            "Unschedulable",
            f"pod {name} does not fit on any node: {said} "
            "Add capacity, lower spec.*.resources, or check storage and spec.scheduling.",
        )
    for claim in _claims(pod, observed):
        phase = claim["status"]["phase"]
        if phase != "Bound":
            return _volume(name, claim, phase, observed)
    if said:
        return ConditionValue("False", "VolumePending", f"pod {name} waits for a volume: {said}")
    return progressing(f"pod {name} waits for the scheduler")


def _volume(pod: str, claim: Manifest, phase: str, observed: Observed) -> ConditionValue:
    name = claim["metadata"]["name"]
    message = f"pod {pod} waits for its volume: claim {name} is {phase}"
    events = list(observed.events_on(claim))
    warnings = [each for each in events if each.get("type") == "Warning"]
    # Said in an Event of the type Normal, yet nothing will come of it by itself.
    warnings += [each for each in events if each.get("reason") == "FailedBinding"]
    if warnings:
        advice = "; set a StorageClass that can create it, or create a volume for the claim"
        return ConditionValue("False", "VolumePending", f"{message}: {words(warnings[0])}{advice}")
    said = f": {words(events[0])}" if events else ""
    return progressing(message + said)


def _claims(pod: Manifest, observed: Observed) -> Iterator[Manifest]:
    for volume in pod["spec"].get("volumes", []):
        name = volume.get("persistentVolumeClaim", {}).get("claimName")
        if name in observed.claims:
            yield observed.claims[name]


def _condition(pod: Manifest, kind: str) -> Manifest:
    return next((each for each in rollout.conditions(pod) if each["type"] == kind), {})


def _phase(pod: Manifest) -> str | None:
    phase: str | None = pod["status"].get("phase")
    return phase


def _node(pod: Manifest) -> str:
    return str(pod["spec"].get("nodeName", ""))
