"""What the API server would refuse of a changed specification, known before anything is written.

Nothing but the API server knows all its rules: validation of each kind, quotas of words and sizes,
policies and webhooks of this very cluster. So a specification that was not accepted yet has every
object of its plan sent as a dry run.
"""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.cluster import apply
from omero_operator.cluster.client import Api
from omero_operator.cluster.differences import fitted
from omero_operator.cluster.errors import AlreadyExistsError, RefusedError
from omero_operator.cluster.observe import Unreadable
from omero_operator.cluster.parallel import in_parallel
from omero_operator.desired.plan import COMPONENTS
from omero_operator.identity.kinds import JOB, Manifest, kind_of
from omero_operator.identity.labels import COMPONENT
from omero_operator.state.observed import Observed

# Answers that are about the object: malformed, too large, invalid. Others, such as a lack of
# rights, a quota or a namespace that ends, are no fault of the specification.
_ABOUT_THE_OBJECT = (400, 413, 422)

_PATHS = {component.name: component.path for component in COMPONENTS}


async def refusals(
    api: Api, uid: str, wanted: Sequence[Manifest], observed: Observed, unreadable: Unreadable
) -> list[FieldError]:
    """Ask for every child that would be written whether the API server takes it.

    Args:
        api: Connection.
        uid: Unique id of the platform.
        wanted: The plan.
        observed: What is there. Components that a failure holds back are not asked for.
        unreadable: Kinds that could not be listed.

    Returns:
        The refusals, with the block of the specification that the child comes from.

    Raises:
        TemporaryError: The API server cannot be reached or is overloaded.
    """

    async def ask(manifest: Manifest) -> FieldError | None:
        there = (manifest["kind"], manifest["metadata"]["name"]) in observed.children
        if there and manifest["kind"] == JOB.name:
            return None  # Its pods are never sent again.
        refusal = await _refusal(api, manifest)
        if refusal is None or there:
            return refusal
        # What does not fit may be an object of this name: left by an earlier site, or a stranger.
        live = await apply.found(api, manifest)
        if live is None:
            return refusal
        if manifest["kind"] == JOB.name or apply.strange(live, manifest, uid):
            return None
        return await _refusal(api, fitted(manifest, live))

    answers = await in_parallel(ask, apply.due(wanted, observed, unreadable), apply.WRITES_AT_ONCE)
    return [answer for answer in answers if answer is not None]


async def _refusal(api: Api, manifest: Manifest) -> FieldError | None:
    """What the API server has against an object, as far as the object is at fault."""
    try:
        await api.apply(kind_of(manifest), manifest, dry_run=True)
    except RefusedError as error:
        return _named(manifest, error) if _about_the_object(error) else None
    except AlreadyExistsError:
        return None  # It changes at this moment.
    return None


def _about_the_object(error: RefusedError) -> bool:
    # A webhook that cannot be asked without effects is not the object's fault either.
    return error.status in _ABOUT_THE_OBJECT and "does not support dry run" not in error.message


def _named(manifest: Manifest, error: RefusedError) -> FieldError:
    path = _PATHS[manifest["metadata"]["labels"][COMPONENT]]
    return FieldError(path, f"the API server refuses {error.kind} {error.name}: {error.message}")
