"""Upgrading: which release the site runs, how far an upgrade is, and how the last one ended."""

from dataclasses import replace

from omero_operator.api.v1alpha1.release import Operation
from omero_operator.desired import plan
from omero_operator.desired.context import Context
from omero_operator.operations import major, memo_files, upgrade
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Observed


def judge(ctx: Context, observed: Observed) -> ConditionValue:
    """What goes on between two releases.

    Args:
        ctx: Build context.
        observed: What the cluster shows, with release and operation.
    """
    record = observed.operation
    if record.outcome != "Stopped" and record.active:
        return _going(record, ctx.spec.hibernated)
    value = _ENDS[record.outcome](record) if record.outcome in _ENDS else _no_upgrade(observed)
    memo = memo_files.progress(ctx, observed)
    told = f"{value.message}{f'; {memo}' if memo else ''}"
    return replace(value, message=told + _left_over(ctx, observed))


def _left_over(ctx: Context, observed: Observed) -> str:
    """The volumes from before another major version of PostgreSQL, or of an attempt at one."""
    names = " ".join(major.unused(ctx, observed))
    if not names:
        return ""
    return (
        f". No database uses these claims any more: {names}. When you no longer need their data: "
        f"`kubectl delete pvc --namespace {ctx.namespace} {names}`"
    )


def _no_upgrade(observed: Observed) -> ConditionValue:
    version = observed.release.version
    if not observed.available:
        return ConditionValue("False", "UpToDate", f"the site runs release {version}")
    return ConditionValue(
        "False",
        "ReleaseAvailable",
        f"the site runs release {version}; this operator also has release {observed.available}: "
        f"set spec.version to {observed.available} for it{_waiting(observed)}",
    )


def _waiting(observed: Observed) -> str:
    if not observed.waiting:
        return ""
    titles = {component.name: component.title for component in plan.COMPONENTS}
    names = ", ".join(titles[name] for name in observed.waiting)
    return f". Until then these keep the pods of release {observed.release.version}: {names}"


def _going(record: Operation, hibernated: bool) -> ConditionValue:
    steps = upgrade.RETREAT if record.failed_step else upgrade.STEPS
    number, step = next(
        ((number, each) for number, each in enumerate(steps, 1) if each.name == record.step),
        (1, steps[0]),
    )
    back = f" failed in step {record.failed_step} ({record.failure}) and goes back"
    what = f"the upgrade {_way(record)}{back if record.failed_step else ''}"
    where = f"step {number} of {len(steps)}, {step.title}"
    waits = "it goes on when the site wakes up" if hibernated else record.message
    waits = f"; it waits for {waits}" if waits and not hibernated else f"; {waits}" if waits else ""
    reason = "RollingBack" if record.failed_step else step.name.capitalize()
    return ConditionValue("True", reason, f"{what}: {where}{waits}")


def _refused(record: Operation) -> ConditionValue:
    return ConditionValue(
        "False",
        "UpgradeRefused",
        f"the upgrade {_way(record)} was not begun: {record.failure}. The site runs "
        f"{record.origin} as before; {_again(record)}",
    )


def _rolled_back(record: Operation) -> ConditionValue:
    return ConditionValue(
        "False",
        "RolledBack",
        f"the upgrade {_way(record)} failed in step {record.failed_step}: {record.failure}. "
        f"The database was not changed, and the site runs {record.origin} again; {_again(record)}",
    )


def _stopped(record: Operation) -> ConditionValue:
    return ConditionValue(
        "False",
        "UpgradeStopped",
        f"the upgrade to {record.target} failed in step {record.failed_step}: {record.failure}. "
        f"Going back to {record.origin} is not safe, so OMERO.web and the workers stay stopped. "
        "Correct the cause and the upgrade goes on by itself (a Job that failed runs again when it "
        "is deleted), or restore the backup",
    )


def _way(record: Operation) -> str:
    """From where to where; one release with two versions of PostgreSQL, where a pin was removed."""
    if record.origin == record.target:
        return f"to the PostgreSQL of release {record.target}"
    return f"from {record.origin} to {record.target}"


def _again(record: Operation) -> str:
    if record.origin == record.target:
        return (
            "set spec.images.postgres to the image from before, correct the cause, and remove it "
            "for another attempt"
        )
    return (
        f"set spec.version to {record.origin}, correct the cause, and set it to {record.target} "
        "for another attempt"
    )


_ENDS = {"Refused": _refused, "RolledBack": _rolled_back, "Stopped": _stopped}
