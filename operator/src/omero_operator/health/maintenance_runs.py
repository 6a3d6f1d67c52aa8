"""What became of the runs of vacuum and reindex, as the status keeps it.

Jobs and their pods are removed after a while, so what was read of them once stays in the status:
it is the only memory between passes.
"""

import datetime
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from omero_operator.api.v1alpha1.status import MaintenanceRun
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import CRON_JOB, Manifest
from omero_operator.state import rollout
from omero_operator.state.observed import Observed


@dataclass(frozen=True)
class Task:
    """One of the two maintenance jobs.

    Attributes:
        name: `vacuum` or `reindex`.
        cron_job: Name of its CronJob.
        schedule: When it runs; empty while it does not.
        first_week_only: Whether runs after the seventh of a month do nothing.
    """

    name: str
    cron_job: str
    schedule: str
    first_week_only: bool = False


def tasks(ctx: Context) -> Sequence[Task]:
    """Both maintenance jobs of a platform."""
    settings = ctx.spec.maintenance
    idle = settings.suspend or ctx.spec.hibernated
    vacuum, reindex = settings.vacuum, settings.reindex
    return [
        Task("vacuum", ctx.names.vacuum, "" if idle else vacuum.schedule),
        Task(
            "reindex",
            ctx.names.reindex,
            "" if idle else reindex.schedule,
            reindex.first_week_only,
        ),
    ]


def record(ctx: Context, observed: Observed) -> Sequence[MaintenanceRun]:
    """The last run of each maintenance job: as it is seen now, else as it was recorded."""
    return [_record(ctx, task, observed) for task in tasks(ctx)]


def is_failing(run: MaintenanceRun) -> bool:
    """Whether no run succeeded since the last one that failed."""
    return run.last_failure > run.last_success


def of_task(task: Task, observed: Observed) -> Sequence[Manifest]:
    """The Jobs of a CronJob that still exist, the oldest first."""
    own = [
        run
        for run in observed.runs
        if any(o["name"] == task.cron_job for o in run["metadata"].get("ownerReferences", []))
    ]
    return sorted(own, key=lambda run: str(run["metadata"]["creationTimestamp"]))


def pods_of(run: Manifest, observed: Observed) -> Sequence[Manifest]:
    """The pods of a run, the oldest first."""
    own = [
        pod
        for pod in observed.pods
        if pod["metadata"]["labels"].get("batch.kubernetes.io/job-name") == run["metadata"]["name"]
    ]
    return sorted(own, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


def _record(ctx: Context, task: Task, observed: Observed) -> MaintenanceRun:
    result = _begun(task, observed)
    jobs = of_task(task, observed)
    for run in jobs:
        created = str(run["metadata"]["creationTimestamp"])
        if created < result.last_run:
            continue
        known = created == result.last_run and result.last_result not in ("Running", "Unknown")
        outcome = _outcome(ctx, task, run, observed)
        if known and not outcome.seen:
            # Its pod is gone; what it said was recorded.
            continue
        result = outcome.added_to(result, created)
    if not jobs and result.last_result == "Running":
        gone = f"the run that began at {result.last_run} is gone, so its result is not known"
        result = result.model_copy(update={"last_result": "Unknown", "message": gone})
    return result


def _begun(task: Task, observed: Observed) -> MaintenanceRun:
    """The record so far; a new one where there is none or its schedule changed."""
    before = next(
        (each for each in observed.status.get("maintenance", []) if each["name"] == task.name), None
    )
    now = observed.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    if before is None:
        cron_job = observed.child(CRON_JOB, task.cron_job)
        since = (cron_job or {}).get("metadata", {}).get("creationTimestamp", now)
        return MaintenanceRun(name=task.name, schedule=task.schedule, since=since)
    known = {field.alias or name for name, field in MaintenanceRun.model_fields.items()}
    # Another version of the operator may have written more.
    result = MaintenanceRun.model_validate({k: v for k, v in before.items() if k in known})
    if result.schedule == task.schedule:
        return result
    return result.model_copy(update={"schedule": task.schedule, "since": now})


@dataclass(frozen=True)
class _Outcome:
    """How a run ended.

    Attributes:
        result: As in `MaintenanceRun.last_result`.
        ended: When it ended; empty while it runs.
        message: What happened.
        collations: Collation versions that do not match.
        seen: Whether the run's own words were there.
    """

    result: str
    ended: str = ""
    message: str = ""
    collations: Sequence[str] = ()
    seen: bool = True

    def added_to(self, before: MaintenanceRun, created: str) -> MaintenanceRun:
        """The record with this run."""
        changes: dict[str, Any] = {"last_run": created, "last_result": self.result}
        # What failed stays in mind until it succeeds.
        keeps = self.result == "Running" or (self.result == "Skipped" and is_failing(before))
        if not keeps:
            changes["message"] = self.message
        if self.result == "Failed":
            changes["last_failure"] = created
        if self.result == "Succeeded":
            changes |= {"last_success": self.ended, "collations": list(self.collations)}
        return before.model_copy(update=changes)


def _outcome(ctx: Context, task: Task, run: Manifest, observed: Observed) -> _Outcome:
    finished = rollout.finished(run)
    if not finished:
        return _Outcome("Running")
    words = words_of(pods_of(run, observed))
    message = _sentence(words)
    if finished == "Failed":
        return _Outcome("Failed", "", message or rollout.failure(run), seen=bool(words))
    ended = str(run["status"].get("completionTime") or run["metadata"]["creationTimestamp"])
    skipped = words.get("result") == "skipped" if words else _skips(ctx, task, run)
    if skipped:
        return _Outcome("Skipped", ended, message, seen=bool(words))
    collations = [
        f"database {each.get('name')}: {line}"
        for each in _databases(words)
        for line in _lines(each, "collations")
    ]
    return _Outcome("Succeeded", ended, message, collations[:16], seen=bool(words))


def _skips(ctx: Context, task: Task, run: Manifest) -> bool:
    """Whether a run of which no words are left had nothing to do."""
    began = datetime.datetime.fromisoformat(str(run["metadata"]["creationTimestamp"]))
    return task.first_week_only and began.astimezone(ZoneInfo(ctx.spec.time_zone)).day > 7


def words_of(pods: Sequence[Manifest]) -> Manifest:
    """The JSON that the last pod of a run left as its termination message."""
    for pod in reversed(pods):
        for container in pod["status"].get("containerStatuses", ()):
            message = container["state"].get("terminated", {}).get("message", "")
            try:
                words = json.loads(message)
            except ValueError:
                continue
            if isinstance(words, dict):
                return words
    return {}


def _sentence(words: Manifest) -> str:
    """What a run says it did, database by database; images/postgres-maintenance has the format."""
    told = [str(words["message"])] if words.get("message") else []
    for each in _databases(words):
        found = [str(each["error"])] if each.get("error") else []
        found += [
            f"{title} {', '.join(_lines(each, key))}" for key, title in _FINDINGS if each.get(key)
        ]
        if found:
            told.append(f"database {each.get('name')}: {', '.join(found)}")
    return "; ".join(told)[:2048]


_FINDINGS = (
    ("dropped", "removed what an interrupted reindex left:"),
    ("refreshed", "all its indexes were rebuilt, refreshed:"),
    ("skipped", "skipped:"),
    ("warnings", "warnings:"),
)


def _databases(words: Manifest) -> Iterator[Manifest]:
    every = words.get("databases")
    for each in every if isinstance(every, list) else []:
        if isinstance(each, dict):
            yield each


def _lines(database: Manifest, key: str) -> Sequence[str]:
    lines = database.get(key)
    return [str(line) for line in lines] if isinstance(lines, list) else []
