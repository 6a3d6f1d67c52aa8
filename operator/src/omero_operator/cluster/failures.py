"""What went wrong between the operator and the API server, as failures of one component."""

from collections.abc import Collection, Iterable, Iterator

from omero_operator.cluster.errors import ForbiddenError, RefusedError
from omero_operator.identity.kinds import Kind, Manifest, kind_of
from omero_operator.identity.labels import COMPONENT, INSTANCE
from omero_operator.state.observed import Failure


def refused(component: str, error: RefusedError, *, holds: bool = False) -> Failure:
    """The failure that tells of a refusal, always in the API server's own words.

    Args:
        component: str that needed the request.
        error: What the API server said.
        holds: Whether the component is left as it is meanwhile.
    """
    reason, advice = "Rejected", ""
    if isinstance(error, ForbiddenError):
        reason = "Forbidden"
        if error.status == 403:
            advice = (
                f"; the operator's role does not allow it to {error.verb} {error.kind}: upgrade "
                f"the operator's chart or add the verb '{error.verb}' for {error.kind}"
            )
    elif "is being terminated" in error.message:
        reason = "NamespaceTerminating"
        advice = "; the namespace is being deleted, and this site with it"
    words = f"the API server refuses to {error.verb} {error.kind} {error.name}: {error.message}"
    return Failure(component, reason, words + advice, holds)


def name_taken(component: str, live: Manifest, *, holds: bool = False) -> Failure:
    """The failure that tells of an object with a child's name that is none of this platform's.

    Args:
        component: str that the child would belong to.
        live: The stranger.
        holds: Whether the component is left as it is meanwhile.
    """
    metadata = live["metadata"]
    instance = metadata.get("labels", {}).get(INSTANCE, "")
    owner = f"platform '{instance}'" if instance else "someone else"
    message = (
        f"{live['kind']} '{metadata['name']}' exists and belongs to {owner}; the operator does "
        "not change it. Rename or delete it, or give this platform another name."
    )
    return Failure(component, "NameTaken", message, holds)


def not_served(wanted: Iterable[Manifest], absent: Collection[str]) -> Iterator[Failure]:
    """The failures that tell of objects whose kind the cluster lacks.

    Args:
        wanted: The plan.
        absent: Kinds that the cluster lacks.
    """
    missing = [
        (each["metadata"]["labels"][COMPONENT], kind_of(each))
        for each in wanted
        if each["kind"] in absent
    ]
    for component, kind in dict.fromkeys(missing):
        yield lacking(component, kind)


def lacking(component: str, kind: Kind, field: str = "", *, holds: bool = False) -> Failure:
    """The failure that tells of a kind that the cluster lacks.

    Args:
        component: str that needs it.
        kind: The kind.
        field: The field that asks for it, where that is not the kind's own.
        holds: Whether the component is left as it is meanwhile.
    """
    return Failure(
        component,
        "ApiNotInstalled",
        f"this cluster has no {kind.name} of {kind.api_version}, which spec."
        f"{field or kind.asked_by} needs; install {kind.brought_by} or later, or remove the field",
        holds,
    )
