"""Bootstrapped: whether OMERO has the groups and the job account that the platform needs."""

import json

from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.health import creation, pods
from omero_operator.health.condition import ConditionValue, failed, progressing
from omero_operator.identity.kinds import Manifest
from omero_operator.state import rollout
from omero_operator.state.observed import Observed


def judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    """Whether the bootstrap Job of the present specification is done."""
    if failure := observed.failure_of(component.name):
        return failed(failure)
    kind, job_name = component.workload_of(ctx)
    job = observed.child(kind, job_name)
    if job is None:
        return ConditionValue("Unknown", "Creating", f"Job {job_name} is being created")
    own = [pod for pod in observed.pods_of(component.name) if _belongs(pod, job_name)]
    words = _last_words(own)
    match rollout.finished(job):
        case "Complete":
            return ConditionValue(
                "True", "Completed", words or "the groups and the job account exist"
            )
        case "Failed":
            again = f"then `kubectl delete job {job_name}` to try again"
            return ConditionValue(
                "False", "BootstrapFailed", f"{words or rollout.failure(job)}; {again}"
            )
    if job["spec"].get("suspend"):
        return ConditionValue("False", "Waiting", "bootstrap starts after OMERO.server is ready")
    if rollout.lacks_its_pod(job) and (found := creation.refused(component, job, observed)):
        return found
    shown = pods.explain(own, observed)
    if shown and shown.reason != "Progressing":
        return shown
    told = [f"Job {job_name} is running", shown.message if shown else ""]
    told += [f"the previous attempt ended with: {words}" if words else "", observed.events_refusal]
    return progressing("; ".join(filter(None, told)))


def _belongs(pod: Manifest, job_name: str) -> bool:
    return bool(pod["metadata"]["labels"].get("batch.kubernetes.io/job-name") == job_name)


def _last_words(own: list[Manifest]) -> str:
    """What the bootstrap program left as its pod's termination message."""
    for pod in sorted(own, key=lambda p: str(p["metadata"]["creationTimestamp"]), reverse=True):
        for container in pod["status"].get("containerStatuses", ()):
            message = container["state"].get("terminated", {}).get("message")
            if message:
                return _sentence(message)
    return ""


def _sentence(message: str) -> str:
    try:
        answer = json.loads(message)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        # Not the program's own words, but the end of its log.
        lines = message.strip().splitlines()
        return lines[-1] if lines else ""
    if "error" in answer:
        return str(answer["error"])
    groups = answer.get("groups")
    made = groups.get("created", []) if isinstance(groups, dict) else []
    created = ", ".join(map(str, made)) or "none"
    return f"OMERO {answer.get('serverVersion', 'unknown')} answers; groups created: {created}"
