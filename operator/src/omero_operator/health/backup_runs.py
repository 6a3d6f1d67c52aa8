"""What became of the backups, as the status keeps it: Jobs and their pods are removed in time."""

from collections.abc import Sequence
from typing import Any

from omero_operator.api.v1alpha1.backup import BackupStatus
from omero_operator.desired.backup import now_job
from omero_operator.desired.context import Context
from omero_operator.health import recorded_runs
from omero_operator.health.maintenance_runs import Task, of_task
from omero_operator.identity.kinds import JOB, Manifest
from omero_operator.state import rollout
from omero_operator.state.observed import Observed


def task(ctx: Context) -> Task:
    """The scheduled backup."""
    settings = ctx.spec.backup
    idle = settings.suspend or ctx.spec.hibernated
    return Task("backup", ctx.names.backup, "" if idle else settings.schedule)


def runs(ctx: Context, observed: Observed) -> Sequence[Manifest]:
    """The Jobs that still exist, scheduled or asked for, the oldest first."""
    found = [*of_task(task(ctx), observed)]
    asked = observed.child(JOB, now_job(ctx))
    if asked is not None and not asked["spec"].get("suspend"):
        found.append(asked)
    return sorted(found, key=lambda run: str(run["metadata"]["creationTimestamp"]))


def record(ctx: Context, observed: Observed) -> BackupStatus:
    """The last runs: as they are seen now, else as they were recorded; empty without backups."""
    if not ctx.spec.backup.enabled:
        return BackupStatus()
    before = observed.status.get("backup") or {}
    jobs = runs(ctx, observed)
    return recorded_runs.record(BackupStatus, before, task(ctx), jobs, observed, _outcome)


def _outcome(run: Manifest, words: Manifest, before: BackupStatus) -> dict[str, Any]:
    created = str(run["metadata"]["creationTimestamp"])
    message = str(words.get("message", ""))[:2048]
    if rollout.finished(run) == "Failed":
        said = message or rollout.failure(run)
        return {"last_result": "Failed", "last_failure": created, "message": said}
    began = str(words.get("began", "")) or created
    changes: dict[str, Any] = {
        "last_result": "Succeeded",
        "last_success": began,
        "message": message,
        "backup": str(words.get("backup", "")),
        "encrypted": words.get("encrypted") is True,
        "volume_snapshot": str(words.get("volumeSnapshot", "")),
    }
    numbers = ("bytes", "files", "missing", "differing", "kept")
    changes |= {key: words[key] for key in numbers if isinstance(words.get(key), int)}
    if words.get("verified") is True:
        changes["last_verified"] = max(began, before.last_verified)
    return changes
