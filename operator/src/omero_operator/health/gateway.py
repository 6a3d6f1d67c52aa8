"""Whether Gateways take the site's routes: what their controllers say in the routes' status."""

from collections.abc import Iterator

from omero_operator.desired import gateway
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Kind, Manifest
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Observed


def judge(ctx: Context, observed: Observed) -> ConditionValue | None:
    """The routes of the site; None where it has none.

    Args:
        ctx: Build context.
        observed: What the cluster shows.
    """
    values = [_judge(kind, name, observed) for kind, name in gateway.routes(ctx)]
    if not values:
        return None
    faults = [value for value in values if value.status != "True"]
    if faults:
        return faults[0]
    return ConditionValue("True", "Published", "; ".join(value.message for value in values))


def _judge(kind: Kind, name: str, observed: Observed) -> ConditionValue:
    title, route = f"{kind.name} {name}", observed.child(kind, name)
    if route is None:
        return ConditionValue("Unknown", "Creating", f"{title} is being created")
    own = route["metadata"].get("namespace", "")
    wanted = [_parent(reference, own) for reference in route["spec"]["parentRefs"]]
    answers = [
        (_parent(each["parentRef"], own), each)
        for each in route.get("status", {}).get("parents", [])
    ]
    for parent, answer in answers:
        if parent in wanted and (fault := _fault(answer)):
            reason, message = fault
            return ConditionValue("False", reason, f"{parent} does not serve {title}: {message}")
    silent = [parent for parent in wanted if parent not in {each for each, _ in answers}]
    if silent:
        return ConditionValue(
            "False",
            "Waiting",
            f"no controller has answered for {title} at {', '.join(silent)}; check that the "
            "Gateway exists, that a controller runs it, and that its listener allows routes from "
            "this namespace",
        )
    return ConditionValue("True", "Published", f"{title} is attached to {', '.join(wanted)}")


def _parent(reference: Manifest, own: str) -> str:
    """A parent as people write it, the same in `spec` and in `status`."""
    namespace = reference.get("namespace", own)
    listener = [str(reference[key]) for key in ("sectionName", "port") if key in reference]
    name = f"Gateway {namespace}/{reference['name']}"
    return f"{name} (listener {', '.join(listener)})" if listener else name


def _fault(answer: Manifest) -> tuple[str, str] | None:
    """Reason and message of what a controller objects to."""
    for condition in _objections(answer):
        words = str(condition.get("message", "")).strip() or condition["reason"]
        return f"{condition['type']}{condition['reason']}"[:128], words
    return None


def _objections(answer: Manifest) -> Iterator[Manifest]:
    for condition in answer.get("conditions", []):
        expected = {"Accepted": "True", "ResolvedRefs": "True", "PartiallyInvalid": "False"}
        if condition["status"] != expected.get(condition["type"], condition["status"]):
            yield condition
