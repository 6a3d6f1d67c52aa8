"""A refusal of the API server as a failure of one component."""

from omero_operator.cluster.errors import ApiError, ForbiddenError
from omero_operator.identity.labels import Component
from omero_operator.state.observed import Failure


def refused(component: Component, error: ApiError, *, holds: bool = False) -> Failure:
    """The failure that tells of a refusal.

    Args:
        component: Component that needed the request.
        error: What the API server said.
        holds: Whether the component is left as it is meanwhile.
    """
    if isinstance(error, ForbiddenError):
        reason = "Forbidden"
        message = (
            f"the operator's role does not allow to {error.verb} {error.kind} {error.name}; "
            f"upgrade the operator's chart or add the verb '{error.verb}' for {error.kind}"
        )
    else:
        reason = "Rejected"
        message = f"the API server refuses {error.kind} {error.name}: {error.message}"
    return Failure(component, reason, message, holds)
