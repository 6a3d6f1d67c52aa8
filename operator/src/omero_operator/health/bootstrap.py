"""Bootstrapped: whether OMERO has the groups and the job account that the platform needs."""

import json

from omero_operator.desired import run_once
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.health import creation
from omero_operator.state import pods, rollout
from omero_operator.state.condition import ConditionValue, failed, progressing
from omero_operator.state.observed import Observed


def judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    """Whether the bootstrap Job of the present specification is done."""
    if failure := observed.failure_of(component.name):
        return failed(failure)
    kind, job_name = component.workload_of(ctx)
    job = observed.child(kind, job_name)
    if job is None:
        return ConditionValue("Unknown", "Creating", f"Job {job_name} is being created")
    outcome = run_once.outcome(observed, job_name, component.name)
    words = _sentence(outcome.words)
    match outcome.state:
        case "done":
            return ConditionValue(
                "True", "Completed", words or "the groups and the job account exist"
            )
        case "failed":
            return ConditionValue(
                "False", "BootstrapFailed", f"{words}; {run_once.retry(job_name)}"
            )
        case "suspended":
            return ConditionValue(
                "False", "Waiting", "bootstrap starts after OMERO.server is ready"
            )
    if rollout.lacks_its_pod(job) and (found := creation.refused(component, job, observed)):
        return found
    own = run_once.pods(observed, job_name, component.name)
    shown = pods.explain(own, observed)
    if shown and shown.reason != "Progressing":
        return shown
    told = [f"Job {job_name} is running", shown.message if shown else ""]
    told += [f"the previous attempt ended with: {words}" if words else "", observed.events_refusal]
    return progressing("; ".join(filter(None, told)))


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
    version, scripts = answer.get("serverVersion", "unknown"), answer.get("scripts")
    known = "1 script" if scripts == 1 else f"{scripts} scripts"
    has = f", and has {known}" if isinstance(scripts, int) else ""
    return f"OMERO {version} answers{has}; groups created: {created}"
