"""All conditions of a platform, and `Ready` derived from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.api.v1alpha1.status import GATES_READY, Condition
from omero_operator.api.v1alpha1.status import ConditionType as Type
from omero_operator.desired import plan
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.health import bootstrap, ingress, maintenance, workload
from omero_operator.health.condition import ConditionValue
from omero_operator.identity.kinds import Manifest
from omero_operator.state.observed import Observed

Judge = Callable[[Context, Component, Observed], ConditionValue]

# Components that are more than one workload with replicas.
_JUDGES: Mapping[Type, Judge] = {
    Type.BOOTSTRAPPED: bootstrap.judge,
    Type.INGRESS: ingress.judge,
    Type.MAINTENANCE: maintenance.judge,
}

_VALID = ConditionValue("True", "Accepted", "the specification can be carried out")
_RUNNING = ConditionValue("False", "NotPaused", "the operator carries out changes of this platform")

_ASLEEP = ConditionValue("False", "Hibernated", "no pod runs while spec.hibernated is true")
_SLEEPING = tuple(
    component.condition for component in plan.COMPONENTS if component.condition not in _JUDGES
)
_ORDINARY = ("AllReplicasReady", "Creating", "Progressing", "Waiting")

PAUSED = ConditionValue(
    "True",
    "PausedByAnnotation",
    "the annotation platform.omero.dev/paused stops all writing; remove it to go on",
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
        component.condition: _JUDGES.get(component.condition, workload.judge)(
            ctx, component, observed
        )
        for component in plan.COMPONENTS
    }
    values |= {Type.SPEC_VALID: _valid(ctx, observed), Type.PAUSED: _RUNNING}
    if ctx.spec.hibernated:
        for kind in _SLEEPING:
            if values[kind].reason in _ORDINARY:
                values[kind] = _ASLEEP
        values[Type.READY] = ConditionValue(
            "False", "Hibernated", "spec.hibernated scales every pod to zero; data is kept"
        )
    else:
        values[Type.READY] = _ready(values)
    return values


def invalid(
    errors: Sequence[FieldError], previous: Sequence[Manifest]
) -> dict[Type, ConditionValue]:
    """The conditions of a specification that cannot be carried out.

    What runs goes on running as it was, and its conditions stay as they were last judged.
    """
    message = "; ".join(map(str, errors))
    value = ConditionValue("False", "SpecInvalid", message)
    return _kept(previous) | {
        Type.SPEC_VALID: value,
        Type.READY: value,
        Type.PAUSED: _RUNNING,
    }


def paused(previous: Sequence[Manifest]) -> dict[Type, ConditionValue]:
    """The conditions of a paused platform: as they were, and the pause."""
    return _kept(previous) | {Type.PAUSED: PAUSED}


def deletion_refused(error: Exception, previous: Sequence[Manifest]) -> dict[Type, ConditionValue]:
    """The conditions of a platform whose data cannot be deleted with it, so that it waits."""
    message = (
        f"deletionPolicy Delete cannot be carried out: {error}. Give the operator this right, or "
        "set deletionPolicy to Retain, which keeps the data"
    )
    return _kept(previous) | {Type.READY: ConditionValue("False", "DeletionRefused", message)}


def conditions(
    values: Mapping[Type, ConditionValue],
    previous: Sequence[Manifest],
    generation: int,
    now: str,
) -> list[Condition]:
    """Conditions with their times.

    Args:
        values: A value for every type.
        previous: The conditions that the status has.
        generation: Generation of the spec that was judged.
        now: Present time (RFC 3339, UTC).

    Returns:
        One condition per type; a time moves only when a status changes.
    """
    before = {condition["type"]: condition for condition in previous}
    result = []
    for kind in Type:
        value = values[kind]
        old = before.get(kind.value)
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


def _valid(ctx: Context, observed: Observed) -> ConditionValue:
    absent = observed.absent and observed.absent & {each["kind"] for each in plan.desired(ctx)}
    if not absent:
        return _VALID
    note = f"; this cluster does not know {', '.join(sorted(absent))}, so the site goes without"
    return replace(_VALID, message=_VALID.message + note)


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


def _stage(kind: Type) -> str:
    """The word that `kubectl get` shows while a site starts."""
    if kind is Type.BOOTSTRAPPED:
        return "Bootstrapping"
    return f"Starting{kind.removesuffix('Ready')}"


def _kept(previous: Sequence[Manifest]) -> dict[Type, ConditionValue]:
    unknown = ConditionValue("Unknown", "NotJudged", "not judged yet")
    before = {
        condition["type"]: ConditionValue(
            condition["status"], condition["reason"], condition.get("message", "")
        )
        for condition in previous
    }
    return {kind: before.get(kind.value, unknown) for kind in Type}
