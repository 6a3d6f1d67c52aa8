"""MaintenanceHealthy: whether vacuum and reindex last succeeded."""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.status import MaintenanceRun
from omero_operator.health.verdict import Verdict, failed
from omero_operator.identity.kinds import CRON_JOB
from omero_operator.identity.names import Names
from omero_operator.state import rollout
from omero_operator.state.observed import Manifest, Observed


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


def maintenance(spec: PlatformSpec, names: Names, observed: Observed) -> Verdict:
    """Regular care of both databases."""
    if failure := observed.failure_of("maintenance"):
        return failed(failure)
    if spec.hibernated:
        return Verdict("True", "Hibernated", "no maintenance while the platform hibernates")
    if spec.maintenance.suspend:
        return Verdict("False", "Suspended", "spec.maintenance.suspend stops all maintenance jobs")
    for run in runs(names, observed):
        if run.last_result == "Failed":
            return Verdict(
                "False",
                "LastRunFailed",
                f"the last {run.name} failed; read the logs of its pods: kubectl logs "
                f"-l app.kubernetes.io/component=maintenance,"
                f"app.kubernetes.io/instance={names.platform}",
            )
    return Verdict("True", "Scheduled", "vacuum and reindex are scheduled")


def _latest(observed: Observed, cron_job: str) -> Manifest | None:
    own = [
        run
        for run in observed.runs
        if any(o["name"] == cron_job for o in run["metadata"].get("ownerReferences", []))
    ]
    return max(own, key=lambda run: str(run["metadata"]["creationTimestamp"]), default=None)
