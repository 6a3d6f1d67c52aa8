"""All conditions of a platform, `Ready` derived from them, and the whole status."""

from collections.abc import Mapping, Sequence

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.api.v1alpha1.status import GATES_READY, Condition
from omero_operator.api.v1alpha1.status import ConditionType as Type
from omero_operator.health import bootstrap, databases, ingress, maintenance, redis, server, web
from omero_operator.health.verdict import Verdict
from omero_operator.identity.names import Names
from omero_operator.state.observed import Manifest, Observed

_VALID = Verdict("True", "Accepted", "the specification can be carried out")
_RUNNING = Verdict("False", "NotPaused", "the operator keeps this platform true")

_ASLEEP = Verdict("False", "Hibernated", "no pod runs while spec.hibernated is true")
_SLEEPING = (
    Type.DATABASE,
    Type.PLUGIN_DATABASE,
    Type.REDIS,
    Type.SERVER,
    Type.WEB,
    Type.WORKER,
)
_ORDINARY = ("AllReplicasReady", "Creating", "Progressing", "Waiting")

PAUSED = Verdict(
    "True",
    "PausedByAnnotation",
    "the annotation platform.omero.dev/paused stops all writing; remove it to go on",
)


def judge(
    spec: PlatformSpec, names: Names, observed: Observed, bootstrap_job: str
) -> dict[Type, Verdict]:
    """Judge every condition on one view of the cluster.

    Args:
        spec: What the site shall be.
        names: Names of the children.
        observed: What the cluster shows.
        bootstrap_job: Name of the bootstrap Job of this specification.

    Returns:
        A verdict for every condition type.
    """
    verdicts = {
        Type.SPEC_VALID: _VALID,
        Type.DATABASE: databases.database(spec, names, observed),
        Type.PLUGIN_DATABASE: databases.plugin_database(spec, names, observed),
        Type.REDIS: redis.redis(spec, names, observed),
        Type.SERVER: server.server(spec, names, observed),
        Type.BOOTSTRAPPED: bootstrap.bootstrapped(observed, bootstrap_job),
        Type.WEB: web.web(spec, names, observed),
        Type.WORKER: web.worker(spec, names, observed),
        Type.INGRESS: ingress.ingress(spec, names, observed),
        Type.MAINTENANCE: maintenance.maintenance(spec, names, observed),
        Type.PAUSED: _RUNNING,
    }
    if spec.hibernated:
        for kind in _SLEEPING:
            if verdicts[kind].reason in _ORDINARY:
                verdicts[kind] = _ASLEEP
        verdicts[Type.READY] = Verdict(
            "False", "Hibernated", "spec.hibernated scales every pod to zero; data is kept"
        )
    else:
        verdicts[Type.READY] = _ready(verdicts)
    return verdicts


def invalid(errors: Sequence[FieldError], previous: Sequence[Manifest]) -> dict[Type, Verdict]:
    """The verdicts for a specification that cannot be carried out.

    What runs goes on running as it was, and its conditions stay as they were last judged.
    """
    message = "; ".join(map(str, errors))
    verdict = Verdict("False", "SpecInvalid", message)
    return _kept(previous) | {
        Type.SPEC_VALID: verdict,
        Type.READY: verdict,
        Type.PAUSED: _RUNNING,
    }


def paused(previous: Sequence[Manifest]) -> dict[Type, Verdict]:
    """The verdicts for a paused platform: as they were, and the pause."""
    return _kept(previous) | {Type.PAUSED: PAUSED}


def conditions(
    verdicts: Mapping[Type, Verdict],
    previous: Sequence[Manifest],
    generation: int,
    now: str,
) -> list[Condition]:
    """Conditions with their times.

    Args:
        verdicts: A verdict for every type.
        previous: The conditions that the status has.
        generation: Generation of the spec that was judged.
        now: Present time (RFC 3339, UTC).

    Returns:
        One condition per type; a time moves only when a status changes.
    """
    before = {condition["type"]: condition for condition in previous}
    result = []
    for kind in Type:
        verdict = verdicts[kind]
        old = before.get(kind.value)
        changed = old is None or old["status"] != verdict.status
        result.append(
            Condition(
                type=kind.value,
                status=verdict.status,
                reason=verdict.reason,
                message=verdict.message[:2048],
                last_transition_time=now if old is None or changed else old["lastTransitionTime"],
                observed_generation=generation,
            )
        )
    return result


def _ready(verdicts: Mapping[Type, Verdict]) -> Verdict:
    waiting = None
    for kind in GATES_READY:
        verdict = verdicts[kind]
        if verdict.status == "True":
            continue
        named = Verdict("False", f"{kind}{verdict.reason}", f"{kind}: {verdict.message}")
        # What waits does so for something before it; a fault behind it matters more.
        if verdict.reason not in ("Waiting", "Progressing", "Creating"):
            return Verdict("False", verdict.reason, named.message)
        waiting = waiting or Verdict("False", _stage(kind), named.message)
    return waiting or Verdict("True", "Ready", "every component is ready")


def _stage(kind: Type) -> str:
    """The word that `kubectl get` shows while a site starts."""
    return {
        Type.DATABASE: "StartingDatabase",
        Type.PLUGIN_DATABASE: "StartingPluginDatabase",
        Type.REDIS: "StartingRedis",
        Type.SERVER: "StartingServer",
        Type.BOOTSTRAPPED: "Bootstrapping",
        Type.WEB: "StartingWeb",
        Type.WORKER: "StartingWorker",
    }.get(kind, "Starting")


def _kept(previous: Sequence[Manifest]) -> dict[Type, Verdict]:
    unknown = Verdict("Unknown", "NotJudged", "not judged yet")
    before = {
        condition["type"]: Verdict(
            condition["status"], condition["reason"], condition.get("message", "")
        )
        for condition in previous
    }
    return {kind: before.get(kind.value, unknown) for kind in Type}
