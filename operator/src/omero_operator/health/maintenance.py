"""MaintenanceHealthy: whether vacuum and reindex do what their schedules promise."""

import datetime
from collections.abc import Iterator, Sequence

from omero_operator.api.cron import longest_gap
from omero_operator.api.v1alpha1.status import MaintenanceRun
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.health import creation, recorded_runs
from omero_operator.health.maintenance_runs import (
    Task,
    is_failing,
    of_task,
    record,
    tasks,
)
from omero_operator.identity.kinds import CRON_JOB
from omero_operator.state.condition import ConditionValue, failed
from omero_operator.state.observed import Observed


def judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    """Regular care of both databases."""
    spec = ctx.spec
    if failure := observed.failure_of(component.name):
        return failed(failure)
    if spec.hibernated:
        return ConditionValue("True", "Hibernated", "no maintenance while the platform hibernates")
    if spec.maintenance.suspend:
        return ConditionValue(
            "False", "Suspended", "spec.maintenance.suspend stops all maintenance jobs"
        )
    runs = record(ctx, observed)
    for task, run in zip(tasks(ctx), runs, strict=True):
        for found in _trouble(ctx, component, task, run, observed):
            return found
    return _collations(ctx, runs) or ConditionValue("True", "Scheduled", _summary(runs))


def _trouble(
    ctx: Context, component: Component, task: Task, run: MaintenanceRun, observed: Observed
) -> Iterator[ConditionValue]:
    yield from recorded_runs.unstarted(component, of_task(task, observed), observed)
    cron_job = observed.child(CRON_JOB, task.cron_job)
    if cron_job is not None and (found := creation.refused(component, cron_job, observed)):
        yield found
    if is_failing(run):
        yield ConditionValue(
            "False",
            "LastRunFailed",
            f"the last {task.name} failed: {run.message}; read the logs of its pods: kubectl logs "
            f"-l app.kubernetes.io/component=maintenance,"
            f"app.kubernetes.io/instance={ctx.name}; {_by_hand(task)}",
        )
    yield from _overdue(task, run, observed.now)


def _overdue(task: Task, run: MaintenanceRun, now: datetime.datetime) -> Iterator[ConditionValue]:
    """A job that has not succeeded for two periods of its schedule."""
    period = longest_gap(task.schedule, first_week_only=task.first_week_only)
    # A schedule counts from when it holds: a new site, a changed schedule, a site that woke up.
    times = [
        datetime.datetime.fromisoformat(each) for each in (run.last_success, run.since) if each
    ]
    if period is None or not times or now - max(times) <= 2 * period:
        return
    last = f"last succeeded at {run.last_success}" if run.last_success else "has never succeeded"
    result = f", its last run: {run.last_result}" if run.last_result else ""
    said = f" ({run.message})" if result and run.message else ""
    yield ConditionValue(
        "False",
        "Overdue",
        f"{task.name} {last}, which is more than two periods of its schedule '{task.schedule}' ago"
        f"{result}{said}; {_by_hand(task)}",
    )


def _collations(ctx: Context, runs: Sequence[MaintenanceRun]) -> ConditionValue | None:
    """Indexes whose order may be wrong, as the run that succeeded last found them."""
    _, reindex = tasks(ctx)
    newest = max(runs, key=lambda run: run.last_success)
    if not newest.collations:
        return None
    return ConditionValue(
        "False",
        "CollationMismatch",
        f"{'; '.join(newest.collations)}. The order of text changed with PostgreSQL's image, so "
        f"indexes may miss rows until a full reindex; {_by_hand(reindex)}",
    )


def _summary(runs: Sequence[MaintenanceRun]) -> str:
    told = ["vacuum and reindex are scheduled"]
    for run in runs:
        if run.last_success:
            told.append(f"{run.name} last succeeded at {run.last_success}")
        if run.last_result == "Succeeded" and run.message:
            told[-1] += f" ({run.message})"
    return "; ".join(told)


def _by_hand(task: Task) -> str:
    name = task.cron_job
    words = f"start one by hand: kubectl create job --from=cronjob/{name} {name}-by-hand"
    if not task.first_week_only:
        return words
    return (
        f"{words} (after the first week of a month it does nothing unless "
        "spec.maintenance.reindex.firstWeekOnly is false)"
    )
