"""All conditions of a platform, and `Ready` derived from them."""

from collections.abc import Callable, Mapping, Sequence

from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.api.v1alpha1.status import GATES_READY, Condition
from omero_operator.api.v1alpha1.status import ConditionType as Type
from omero_operator.desired import plan
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.health import (
    backup,
    bootstrap,
    deletion_protection,
    ingress,
    maintenance,
    quotas,
    restore,
    server_certificate,
    upgrading,
    workload,
)
from omero_operator.identity.kinds import Manifest
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Observed

Judge = Callable[[Context, Component, Observed], ConditionValue]

# Components that are more than one workload with replicas.
_JUDGES: Mapping[Type, Judge] = {
    Type.BOOTSTRAPPED: bootstrap.judge,
    Type.INGRESS: ingress.judge,
    Type.MAINTENANCE: maintenance.judge,
    Type.BACKUP: backup.judge,
    Type.QUOTAS: quotas.judge,
    Type.RESTORED: restore.judge,
}

_RUNNING = ConditionValue("False", "NotPaused", "the operator applies changes to this platform")

_ASLEEP = ConditionValue("False", "Hibernated", "no pods run while spec.hibernated is true")
_SLEEPING = tuple(
    component.condition for component in plan.COMPONENTS if component.condition not in _JUDGES
)
# What goes on only when a person does something.
_NEEDS_A_PERSON = (
    "ApiNotInstalled",
    "BootstrapFailed",
    "NameTaken",
    "RolledBack",
    "RestoreFailed",
    "SecretLost",
    "UpgradeRefused",
    "UpgradeStopped",
    "VolumeLost",
    "VolumeReplaced",
    "VolumeTerminating",
)
_ORDINARY = ("AllReplicasReady", "Creating", "Progressing", "Waiting")

PAUSED = ConditionValue(
    "True",
    "PausedByAnnotation",
    "the annotation platform.omero.dev/paused stops all changes by the operator; remove it to "
    "resume",
)


def judge(ctx: Context, observed: Observed) -> dict[Type, ConditionValue]:
    """Judge every condition on one view of the cluster.

    Args:
        ctx: Build context.
        observed: What the cluster shows.

    Returns:
        A value for every condition type.
    """
    values = {
        component.condition: _judge(ctx, component, observed) for component in plan.COMPONENTS
    }
    values |= {Type.SPEC_VALID: _valid(ctx), Type.PAUSED: _RUNNING}
    values[Type.DELETION_PROTECTION] = deletion_protection.judge(ctx, observed)
    values[Type.UPGRADING] = upgrading.judge(ctx, observed)
    values[Type.STALLED] = _stalled(values)
    if ctx.spec.hibernated:
        for kind in _SLEEPING:
            if values[kind].reason in _ORDINARY:
                values[kind] = _ASLEEP
        values[Type.READY] = ConditionValue(
            "False", "Hibernated", "spec.hibernated scales every pod to zero; data is kept"
        )
    else:
        values[Type.READY] = _during_upgrade(_ready(values), values[Type.UPGRADING])
    return values


def _judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    if field := component.switched_off_by(ctx.spec):
        off = ConditionValue("True", "SwitchedOff", f"{field} {_how(component)}")
        backups = component.condition is Type.BACKUP
        return backup.of_clusters(ctx, off, observed) if backups else off
    value = _JUDGES.get(component.condition, workload.judge)(ctx, component, observed)
    ready = value.reason == "AllReplicasReady" and not ctx.spec.hibernated
    if ready and component.condition is Type.SERVER:
        return server_certificate.judge(value, observed)
    return value


def _how(component: Component) -> str:
    others = {Type.RESTORED: "is not set", Type.READ_ONLY_SERVER: "is 0"}
    return others.get(component.condition, "is false")


def invalid(
    errors: Sequence[FieldError], reason: str = "SpecInvalid"
) -> dict[Type, ConditionValue]:
    """The conditions of a specification that cannot be carried out.

    What runs goes on running as it was, and its conditions stay as they were last judged.

    Returns:
        Values for the types that this says something about.
    """
    message = "; ".join(map(str, errors))
    value = ConditionValue("False", reason, message)
    return {
        Type.READY: value,
        Type.STALLED: ConditionValue("True", value.reason, message),
        Type.SPEC_VALID: value,
        Type.PAUSED: _RUNNING,
    }


def paused(generation: int, seen: int) -> dict[Type, ConditionValue]:
    """The one condition of a paused platform that is judged; the others stay as they were.

    Args:
        generation: That of the specification.
        seen: The last one that was carried out; -1 for none.
    """
    if generation == seen:
        return {Type.PAUSED: PAUSED}
    what = "the specification was changed: generation" if seen >= 0 else "generation"
    message = f"{PAUSED.message}; {what} {generation} waits and has not been checked yet"
    return {Type.PAUSED: ConditionValue(PAUSED.status, PAUSED.reason, message)}


def deletion_refused(error: Exception) -> dict[Type, ConditionValue]:
    """The conditions of a platform whose data cannot be deleted with it, so that it waits."""
    message = (
        f"deletionPolicy Delete cannot be applied: {error}. Give the operator this permission, or "
        "set deletionPolicy to Retain, which keeps the data"
    )
    return {
        Type.READY: ConditionValue("False", "DeletionRefused", message),
        Type.STALLED: ConditionValue("True", "DeletionRefused", message),
    }


def conditions(
    values: Mapping[Type, ConditionValue],
    previous: Sequence[Manifest],
    generation: int,
    now: str,
) -> list[Condition]:
    """Conditions with their times.

    Args:
        values: What was judged.
        previous: The conditions that the status has; they stay where no value is given.
        generation: Generation of the spec that was judged.
        now: Present time (RFC 3339, UTC).

    Returns:
        One condition per type; a time moves only when a status changes.
    """
    before = {condition["type"]: condition for condition in previous}
    result = []
    for kind in Type:
        old = before.get(kind.value)
        if kind not in values:
            result.append(_never_judged(kind, now) if old is None else _as_it_was(old))
            continue
        value = values[kind]
        changed = old is None or old["status"] != value.status
        result.append(
            Condition(
                type=kind.value,
                status=value.status,
                reason=value.reason,
                message=value.message[:2048],
                last_transition_time=now if old is None or changed else old["lastTransitionTime"],
                observed_generation=generation,
            )
        )
    return result


def _ready(values: Mapping[Type, ConditionValue]) -> ConditionValue:
    waiting = None
    for kind in GATES_READY:
        value = values[kind]
        if value.status == "True":
            continue
        named = ConditionValue("False", f"{kind}{value.reason}", f"{kind}: {value.message}")
        # What waits does so for something before it; a fault behind it matters more.
        if value.reason not in ("Waiting", "Progressing", "Creating"):
            return ConditionValue("False", value.reason, named.message)
        waiting = waiting or ConditionValue("False", _stage(kind), named.message)
    return waiting or ConditionValue("True", "Ready", "every component is ready")


def _during_upgrade(ready: ConditionValue, upgrade: ConditionValue) -> ConditionValue:
    """What `kubectl get` shows while an upgrade has stopped parts of the site."""
    starts = ready.status == "False" and ready.reason.startswith(("Starting", "Bootstrapping"))
    if starts and (upgrade.status == "True" or upgrade.reason == "UpgradeStopped"):
        reason = "Upgrading" if upgrade.status == "True" else upgrade.reason
        return ConditionValue("False", reason, f"Upgrading: {upgrade.message}")
    return ready


def _stage(kind: Type) -> str:
    """The word that `kubectl get` shows while a site starts."""
    if kind is Type.BOOTSTRAPPED:
        return "Bootstrapping"
    return f"Starting{kind.removesuffix('Ready')}"


def _valid(ctx: Context) -> ConditionValue:
    reason, message = "Accepted", "the specification is valid"
    if ctx.unknown_fields:
        reason, unknown = "UnknownFieldsIgnored", ", ".join(ctx.unknown_fields)
        message += (
            f"; unknown fields are ignored: {unknown} (made for a newer operator, or misspelled)"
        )
    return ConditionValue("True", reason, message)


def _stalled(values: Mapping[Type, ConditionValue]) -> ConditionValue:
    """Whether waiting helps no more.

    Named and meant as kstatus has it, by which Flux and others tell a failure from a start:
    https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus#conditions
    """
    for kind in (Type.SPEC_VALID, *GATES_READY, Type.UPGRADING):
        value = values[kind]
        if value.status == "False" and (kind is Type.SPEC_VALID or value.reason in _NEEDS_A_PERSON):
            return ConditionValue("True", value.reason, f"{kind}: {value.message}")
    return ConditionValue("False", "NotStalled", "nothing needs your action")


def _never_judged(kind: Type, now: str) -> Condition:
    return Condition(
        type=kind.value,
        status="Unknown",
        reason="NotJudged",
        message="not checked yet",
        last_transition_time=now,
    )


def _as_it_was(old: Manifest) -> Condition:
    return Condition(
        type=old["type"],
        status=old["status"],
        reason=old["reason"],
        message=old.get("message", ""),
        last_transition_time=old["lastTransitionTime"],
        observed_generation=old.get("observedGeneration", 0),
    )
