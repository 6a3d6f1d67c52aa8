"""QuotasRespected: whether a group of OMERO has used all that it may have."""

import datetime
from collections.abc import Iterator

from omero_operator.api.cron import longest_gap
from omero_operator.api.v1alpha1.status import QuotaStatus
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.health import creation, quota_runs, recorded_runs
from omero_operator.identity.kinds import CRON_JOB
from omero_operator.state.condition import ConditionValue, failed
from omero_operator.state.observed import Observed

# Workers count every five minutes, and one count of a very large site takes minutes.
_OLDEST = datetime.timedelta(hours=1)


def judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    """Whether groups respect their quotas, as far as that is known."""
    if failure := observed.failure_of(component.name):
        return failed(failure)
    if ctx.spec.hibernated:
        words = "quotas are not counted while the platform hibernates"
        return ConditionValue("True", "Hibernated", words)
    found = quota_runs.record(ctx, observed)
    for trouble in _trouble(ctx, component, found, observed):
        return trouble
    return _of_groups(found)


def _trouble(
    ctx: Context, component: Component, found: QuotaStatus, observed: Observed
) -> Iterator[ConditionValue]:
    """Why nothing is known, or nothing new."""
    yield from recorded_runs.unstarted(component, quota_runs.runs(ctx, observed), observed)
    cron_job = observed.child(CRON_JOB, ctx.names.quotas)
    if cron_job is not None and (refusal := creation.refused(component, cron_job, observed)):
        yield refusal
    if found.last_result == "Failed":
        words = f"the last report failed: {found.message}; {_by_hand(ctx)}"
        yield ConditionValue("Unknown", "ReportFailed", words)
    period = longest_gap(found.schedule) if found.schedule else None
    times = [datetime.datetime.fromisoformat(t) for t in (found.last_success, found.since) if t]
    if period and times and observed.now - max(times) > 2 * period + _OLDEST:
        last = f"of {found.last_success}" if found.last_success else "missing"
        words = f"the last report is {last}, although the schedule is '{found.schedule}'"
        yield ConditionValue("Unknown", "ReportOverdue", f"{words}; {_by_hand(ctx)}")
    if not found.last_success:
        words = f"there is no report yet; {_by_hand(ctx)}"
        yield ConditionValue("Unknown", "NoReportYet", words)
    yield from _not_counted(found)


def _not_counted(found: QuotaStatus) -> Iterator[ConditionValue]:
    if not found.limits:
        return
    advice = "a worker counts every five minutes: see WorkerReady and the logs of the workers"
    if not found.counted:
        words = f"no worker has counted what the groups with a quota have; {advice}"
        yield ConditionValue("Unknown", "NotCounted", words)
        return
    age = _moment(found.last_success) - _moment(found.counted)
    if age > _OLDEST:
        words = f"the last count is of {found.counted}; {advice}"
        yield ConditionValue("Unknown", "CountOld", words)


def _of_groups(found: QuotaStatus) -> ConditionValue:
    if not found.limits:
        return ConditionValue("True", "NoQuotas", "no group has a quota")
    named = ", ".join(
        f"{each.name or each.id} {quota_runs.percent(each)} %"
        for each in found.fullest
        if 10 * each.used >= 9 * each.limit
    )
    told = (
        f"{found.full} full and {found.nearly_full} nearly full of {found.groups} groups with a "
        f"quota, counted at {found.counted}"
    )
    if found.full:
        advice = (
            "uploads into a full group are rejected until it deletes something or an administrator "
            "of OMERO raises its quota"
        )
        return ConditionValue("False", "GroupsFull", f"{told}: {named}; {advice}")
    if found.nearly_full:
        return ConditionValue("True", "GroupsNearlyFull", f"{told}: {named}")
    return ConditionValue("True", "Respected", told)


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _by_hand(ctx: Context) -> str:
    name = ctx.names.quotas
    return f"make one now: kubectl create job --from=cronjob/{name} {name}-by-hand"
