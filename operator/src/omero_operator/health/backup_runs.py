"""What became of the backups, as the status keeps it: Jobs and their pods are removed in time."""

from collections.abc import Sequence
from typing import Any

from omero_operator.api.v1alpha1.backup import BackupStatus
from omero_operator.desired.backup import now_job
from omero_operator.desired.context import Context
from omero_operator.health.maintenance_runs import Task, of_task, pods_of, words_of
from omero_operator.identity.kinds import CRON_JOB, JOB, Manifest
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
    result = _begun(ctx, observed)
    jobs = runs(ctx, observed)
    for run in jobs:
        created = str(run["metadata"]["creationTimestamp"])
        if created < result.last_run:
            continue
        words = words_of(pods_of(run, observed))
        known = created == result.last_run and result.last_result not in ("Running", "Unknown")
        if known and not words:
            # Its pod is gone; what it said was recorded.
            continue
        result = result.model_copy(update=_outcome(run, created, words, result))
    if not jobs and result.last_result == "Running":
        gone = f"the run that began at {result.last_run} is gone, so its result is not known"
        result = result.model_copy(update={"last_result": "Unknown", "message": gone})
    return result


def _begun(ctx: Context, observed: Observed) -> BackupStatus:
    before = observed.status.get("backup") or {}
    now = observed.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    known = {field.alias or name for name, field in BackupStatus.model_fields.items()}
    # Another version of the operator may have written more.
    result = BackupStatus.model_validate({k: v for k, v in before.items() if k in known})
    schedule = task(ctx).schedule
    if result.since and result.schedule == schedule:
        return result
    made = (observed.child(CRON_JOB, ctx.names.backup) or {}).get("metadata", {})
    since = now if result.since else made.get("creationTimestamp", now)
    return result.model_copy(update={"schedule": schedule, "since": since})


def _outcome(run: Manifest, created: str, words: Manifest, before: BackupStatus) -> dict[str, Any]:
    finished = rollout.finished(run)
    if not finished:
        return {"last_run": created, "last_result": "Running"}
    message = str(words.get("message", ""))[:2048]
    if finished == "Failed":
        said = message or rollout.failure(run)
        result = {"last_result": "Failed", "last_failure": created, "message": said}
        return {"last_run": created, **result}
    began = str(words.get("began", "")) or created
    changes: dict[str, Any] = {
        "last_run": created,
        "last_result": "Succeeded",
        "last_success": began,
        "message": message,
        "backup": str(words.get("backup", "")),
        "encrypted": words.get("encrypted") is True,
    }
    numbers = ("bytes", "files", "missing", "differing", "kept")
    changes |= {key: words[key] for key in numbers if isinstance(words.get(key), int)}
    if words.get("verified") is True:
        changes["last_verified"] = max(began, before.last_verified)
    return changes
