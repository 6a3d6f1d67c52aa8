"""MaintenanceHealthy: whether vacuum and reindex last succeeded."""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.status import MaintenanceRun
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.health.condition import ConditionValue, failed
from omero_operator.identity.kinds import CRON_JOB, Manifest
from omero_operator.identity.names import Names
from omero_operator.state import rollout
from omero_operator.state.observed import Observed


def runs(names: Names, observed: Observed) -> Sequence[MaintenanceRun]:
    """The last run of each maintenance job, as far as its Job still exists."""
    result = []
    for name, cron_job in (("vacuum", names.vacuum), ("reindex", names.reindex)):
        child = observed.child(CRON_JOB, cron_job)
        status = child.get("status", {}) if child else {}
        last = _latest(observed, cron_job)
        outcome = ""
        if last is not None:
            outcome = {"Complete": "Succeeded", "Failed": "Failed"}.get(
                rollout.finished(last), "Running"
            )
        result.append(
            MaintenanceRun(
                name=name,
                last_success=status.get("lastSuccessfulTime", ""),
                last_result=outcome,
            )
        )
    return result


def judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    """Regular care of both databases."""
    spec, names = ctx.spec, ctx.names
    if failure := observed.failure_of(component.name):
        return failed(failure)
    if spec.hibernated:
        return ConditionValue("True", "Hibernated", "no maintenance while the platform hibernates")
    if spec.maintenance.suspend:
        return ConditionValue(
            "False", "Suspended", "spec.maintenance.suspend stops all maintenance jobs"
        )
    for run in runs(names, observed):
        if run.last_result == "Failed":
            return ConditionValue(
                "False",
                "LastRunFailed",
                f"the last {run.name} failed; read the logs of its pods: kubectl logs "
                f"-l app.kubernetes.io/component=maintenance,"
                f"app.kubernetes.io/instance={names.platform}",
            )
    return ConditionValue("True", "Scheduled", "vacuum and reindex are scheduled")


def _latest(observed: Observed, cron_job: str) -> Manifest | None:
    own = [
        run
        for run in observed.runs
        if any(o["name"] == cron_job for o in run["metadata"].get("ownerReferences", []))
    ]
    return max(own, key=lambda run: str(run["metadata"]["creationTimestamp"]), default=None)
