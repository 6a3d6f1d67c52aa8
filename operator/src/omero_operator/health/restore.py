"""Restored: whether the site was made from the backup that it shall be made from."""

import json

from omero_operator.desired import run_once, start_order
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.health import creation
from omero_operator.state import pods, rollout
from omero_operator.state.condition import ConditionValue, failed, progressing
from omero_operator.state.observed import Observed


def judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    """How far the restore of a new site is."""
    if start_order.was_started(ctx, "server", observed):
        return ConditionValue("True", "Restored", "OMERO.server was started with the restored data")
    if failure := observed.failure_of(component.name):
        return failed(failure)
    kind, name = component.workload_of(ctx)
    outcome = run_once.outcome(observed, name, component.name)
    words = _sentence(outcome.words)
    match outcome.state:
        case "absent":
            return ConditionValue("Unknown", "Creating", f"Job {name} is being created")
        case "suspended":
            return ConditionValue("False", "Waiting", "the restore starts when both databases run")
        case "done":
            return ConditionValue("True", "Restored", words or "the backup was restored")
        case "failed":
            return ConditionValue("False", "RestoreFailed", f"{words}; {run_once.retry(name)}")
    job = observed.child(kind, name)
    if job and rollout.lacks_its_pod(job) and (found := creation.refused(component, job, observed)):
        return found
    shown = pods.explain(run_once.pods(observed, name, component.name), observed)
    if shown and shown.reason != "Progressing":
        return shown
    before = f"; the previous attempt ended with: {words}" if words else ""
    return progressing(f"Job {name} restores the backup{before}")


def _sentence(words: str) -> str:
    """What the program says, of its line of JSON."""
    try:
        return str(json.loads(words)["message"])
    except (ValueError, KeyError, TypeError):
        return words.splitlines()[-1] if words else ""
