"""What the last report of quotas said, as the status keeps it."""

import datetime
from collections.abc import Sequence
from typing import Any

from omero_operator.api.v1alpha1.status import GroupUsage, QuotaStatus
from omero_operator.desired.context import Context
from omero_operator.health import recorded_runs
from omero_operator.health.maintenance_runs import Task, of_task
from omero_operator.identity.kinds import Manifest
from omero_operator.state import rollout
from omero_operator.state.observed import Observed

# What a report tells, by the names of the fields of the status.
_TOLD = ("counted", "limits", "groups", "nearlyFull", "full", "fullest")


def task(ctx: Context) -> Task:
    """The report."""
    schedule = ctx.spec.web.plugins.admin_tools.quotas.schedule
    return Task("quotas", ctx.names.quotas, "" if ctx.spec.hibernated else schedule)


def runs(ctx: Context, observed: Observed) -> Sequence[Manifest]:
    """Its Jobs that still exist, the oldest first."""
    return of_task(task(ctx), observed)


def record(ctx: Context, observed: Observed) -> QuotaStatus:
    """The last report; empty where the site has none."""
    if not ctx.spec.web.plugins.admin_tools.enabled:
        return QuotaStatus()
    before = observed.status.get("quotas") or {}
    jobs = runs(ctx, observed)
    return recorded_runs.record(QuotaStatus, before, task(ctx), jobs, observed, _outcome)


def _outcome(run: Manifest, words: Manifest, _: QuotaStatus) -> dict[str, Any]:
    """Figures of before stay with their age when there are no new ones."""
    if rollout.finished(run) == "Failed":
        said = str(words.get("error", ""))[:1024] or rollout.failure(run)
        return {"last_result": "Failed", "message": said}
    if not words:
        return {"last_result": "Unknown", "message": "its pod was gone before it was read"}
    try:
        told = QuotaStatus.model_validate({key: words[key] for key in _TOLD})
        _check_moment(told.counted)
    except (KeyError, ValueError):
        # A site's own image of OMERO.web may be of any version.
        return {"last_result": "Failed", "message": "what its pod reported cannot be read"}
    return {
        **{name: getattr(told, name) for name in told.model_fields_set},
        "last_result": "Succeeded",
        "last_success": str(run["metadata"]["creationTimestamp"]),
        "message": "",
    }


def _check_moment(text: str) -> None:
    """See that a time can be compared with others.

    Raises:
        ValueError: It cannot.
    """
    if text and datetime.datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(text)


def percent(group: GroupUsage) -> int:
    """How much of its quota a group uses, rounded down."""
    return 100 * group.used // group.limit
