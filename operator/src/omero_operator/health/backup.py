"""BackupHealthy: whether there is a backup that can be restored, and how old it is."""

import datetime
from collections.abc import Iterator
from dataclasses import replace

from omero_operator.api.cron import longest_gap
from omero_operator.api.v1alpha1.backup import BackupStatus
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.health import backup_runs, cloudnative_pg, recorded_runs
from omero_operator.identity.labels import BACKUP_NOW
from omero_operator.state.condition import ConditionValue, failed
from omero_operator.state.observed import Observed


def judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    """Whether backups are made as their schedule promises, and can be restored."""
    value = _judge(ctx, component, observed)
    if told := cloudnative_pg.backups_words(ctx, observed):
        value = replace(value, message=f"{value.message}; {told}")
    trouble = cloudnative_pg.backups_trouble(ctx, observed)
    return trouble if trouble and value.status == "True" else value


def of_clusters(ctx: Context, value: ConditionValue, observed: Observed) -> ConditionValue:
    """The same where the site has no other backups than those of its Clusters.

    Args:
        ctx: Build context.
        value: What is said of the others.
        observed: What the cluster shows.
    """
    told = cloudnative_pg.backups_words(ctx, observed)
    if told and (failure := observed.failure_of("backup")):
        return failed(failure)
    good = ConditionValue("True", "BackedUp", f"{told}; {value.message}") if told else value
    return cloudnative_pg.backups_trouble(ctx, observed) or good


def _judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    if failure := observed.failure_of(component.name):
        return failed(failure)
    found = backup_runs.record(ctx, observed)
    if ctx.spec.hibernated:
        return ConditionValue("True", "Hibernated", f"no backups while hibernated; {_last(found)}")
    for trouble in _trouble(ctx, component, found, observed):
        return trouble
    if ctx.spec.backup.suspend:
        words = f"spec.backup.suspend stops all scheduled backups; {_last(found)}"
        return ConditionValue("False", "Suspended", words)
    if not found.last_success:
        return ConditionValue("Unknown", "NoBackupYet", f"there is no backup yet; {_now(ctx)}")
    return _files(found) or ConditionValue("True", "BackedUp", _last(found))


def _trouble(
    ctx: Context, component: Component, found: BackupStatus, observed: Observed
) -> Iterator[ConditionValue]:
    yield from recorded_runs.unstarted(component, backup_runs.runs(ctx, observed), observed)
    if found.last_failure > found.last_success:
        yield ConditionValue(
            "False",
            "LastRunFailed",
            f"the last backup failed: {found.message}; {_last(found)}; read the logs of its pods: "
            "kubectl logs -l app.kubernetes.io/component=backup,"
            f"app.kubernetes.io/instance={ctx.name}; {_now(ctx)}",
        )
    yield from _overdue(ctx, found, observed.now)


def _overdue(ctx: Context, found: BackupStatus, now: datetime.datetime) -> Iterator[ConditionValue]:
    """No good backup for two periods of the schedule."""
    period = longest_gap(found.schedule) if found.schedule else None
    good = found.last_verified if ctx.spec.backup.verify.enabled else found.last_success
    times = [datetime.datetime.fromisoformat(each) for each in (good, found.since) if each]
    if period is None or not times or now - max(times) <= 2 * period:
        return
    yield ConditionValue(
        "False",
        "Overdue",
        f"{_last(found)}, which is more than two periods of the schedule '{found.schedule}' ago; "
        f"{_now(ctx)}",
    )


def _files(found: BackupStatus) -> ConditionValue | None:
    """Files that the backup could not have, because the site does not have them."""
    if not found.missing and not found.differing:
        return None
    words = f"{_last(found)}; {found.message}"
    return ConditionValue("False", "FilesDiffer", words)


def _last(found: BackupStatus) -> str:
    if not found.last_success:
        return "there is no complete backup"
    told = f"the last complete backup is of {found.last_success}"
    if found.last_verified == found.last_success:
        return f"{told} and was verified"
    return f"{told}, the last verified one of {found.last_verified or 'never'}"


def _now(ctx: Context) -> str:
    return (
        f"make one now: kubectl annotate omeroplatform {ctx.name} --overwrite "
        f'{BACKUP_NOW}="$(date)"'
    )
