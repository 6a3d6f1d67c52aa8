"""What became of the runs of a CronJob, as a block of the status keeps it.

Jobs and their pods are removed after a while, so what was read of them once stays in the status:
it is the only memory between passes. The blocks have the fields `last_run`, `last_result`,
`message`, `schedule` and `since` in common.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from omero_operator.api.v1alpha1.backup import BackupStatus
from omero_operator.api.v1alpha1.status import QuotaStatus
from omero_operator.desired.component import Component
from omero_operator.health import creation
from omero_operator.health.maintenance_runs import Task, pods_of, words_of
from omero_operator.identity.kinds import CRON_JOB, Manifest
from omero_operator.state import pods, rollout
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Observed

Block = TypeVar("Block", BackupStatus, QuotaStatus)
# Of a finished run: the Job, what its pod said, and the record so far, to the fields that change.
Outcome = Callable[[Manifest, Manifest, Block], dict[str, Any]]


def record(
    kind: type[Block],
    before: Manifest,
    task: Task,
    jobs: Sequence[Manifest],
    observed: Observed,
    outcome: Outcome[Block],
) -> Block:
    """The last runs: as they are seen now, else as they were recorded.

    Args:
        kind: The block of the status.
        before: What the status has; empty before the first pass.
        task: The CronJob.
        jobs: The Jobs that still exist, the oldest first.
        observed: What the cluster shows.
        outcome: Says what a run that has ended changes.
    """
    result = _begun(kind, before, task, observed)
    for run in jobs:
        created = str(run["metadata"]["creationTimestamp"])
        if created < result.last_run:
            continue
        words = words_of(pods_of(run, observed))
        known = created == result.last_run and result.last_result not in ("Running", "Unknown")
        if known and not words:
            # Its pod is gone; what it said was recorded.
            continue
        changes = outcome(run, words, result) if rollout.finished(run) else {}
        result = result.model_copy(
            update={"last_run": created, "last_result": "Running", **changes}
        )
    if not jobs and result.last_result == "Running":
        gone = f"the run that began at {result.last_run} is gone, so its result is not known"
        result = result.model_copy(update={"last_result": "Unknown", "message": gone})
    return result


def _begun(kind: type[Block], before: Manifest, task: Task, observed: Observed) -> Block:
    """The record so far; a schedule counts from when it holds."""
    now = observed.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    known = {field.alias or name for name, field in kind.model_fields.items()}
    # Another version of the operator may have written more.
    result = kind.model_validate({k: v for k, v in before.items() if k in known})
    if result.since and result.schedule == task.schedule:
        return result
    made = (observed.child(CRON_JOB, task.cron_job) or {}).get("metadata", {})
    since = now if result.since else made.get("creationTimestamp", now)
    return result.model_copy(update={"schedule": task.schedule, "since": since})


def unstarted(
    component: Component, jobs: Sequence[Manifest], observed: Observed
) -> Iterator[ConditionValue]:
    """What keeps the pods of runs from being made, from starting or from going on."""
    for run in jobs:
        if rollout.finished(run):
            continue
        if rollout.lacks_its_pod(run) and (found := creation.refused(component, run, observed)):
            yield found
        shown = pods.explain(pods_of(run, observed), observed)
        if shown and shown.reason != "Progressing":
            yield shown
