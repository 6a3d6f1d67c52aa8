"""The answers of the API server as a small family of exceptions.

This is the one place where status codes are read. What is raised elsewhere: `TemporaryError` is
worth trying again, a `RefusedError` is about this one object and needs a person.
"""

import json
import re
from typing import Any


class ApiError(Exception):
    """A request that the API server did not carry out.

    Attributes:
        verb: `get`, `list`, `create`, `patch` or `delete`.
        kind: Kind of the object.
        name: `namespace/name`, or the namespace alone for a list.
        status: HTTP status; 0 where no answer came.
        message: The server's own words.
    """

    def __init__(self, verb: str, kind: str, name: str, status: int, message: str) -> None:
        super().__init__(f"cannot {verb} {kind} {name}: {message}")
        self.verb = verb
        self.kind = kind
        self.name = name
        self.status = status
        self.message = message


class AlreadyExistsError(ApiError):
    """An object of this name exists (409 on create), or it changed meanwhile."""


class RefusedError(ApiError):
    """The API server will not do this with this object; others are not concerned."""


class NotFoundError(RefusedError):
    """The object, its kind or its namespace does not exist (404)."""


class ForbiddenError(RefusedError):
    """The operator's role does not allow this (403), or its token is not accepted (401)."""


class RejectedError(RefusedError):
    """The API server or one of its admission plugins refuses the object as it is."""


class TemporaryError(ApiError):
    """Overload, time-out, no connection, server error: worth trying again.

    Attributes:
        retry_after: Seconds that the server asked to wait; 0 where it did not.
    """

    def __init__(
        self, verb: str, kind: str, name: str, status: int, message: str, retry_after: float = 0
    ) -> None:
        super().__init__(verb, kind, name, status, message)
        self.retry_after = retry_after


class LeadershipLostError(Exception):
    """A write was held back because this replica may no longer be the active one."""


# The words of Kubernetes' own authorizer and of those that are asked beside it
# (https://kubernetes.io/docs/reference/access-authn-authz/authorization/). Admission (quota, Pod
# Security, a namespace that ends) answers 403 as well, and in other words.
_NO_RIGHT = re.compile(r'User "[^"]*" cannot [a-z]+ (resource|path) ')

# A webhook chooses its own status code, and one that does not answer makes it a 500.
_WEBHOOK = re.compile(r"admission webhook .* denied the request|failed calling webhook")


def from_answer(
    verb: str, kind: str, name: str, status: int, body: bytes, retry_after: str | None = None
) -> ApiError:
    """The exception for an answer outside 2xx.

    Args:
        verb: What was tried.
        kind: On which kind.
        name: On which object.
        status: HTTP status.
        body: Body of the answer, a Kubernetes `Status` or anything else.
        retry_after: The header of that name.

    Returns:
        The exception to raise.
    """
    message = _message(body) or f"HTTP status {status}"
    if _WEBHOOK.search(message):
        return RejectedError(verb, kind, name, status, message)
    if status == 429 or status >= 500:
        wait = float(retry_after) if retry_after and retry_after.isdigit() else 0.0
        return TemporaryError(verb, kind, name, status, message, wait)
    family: dict[int, type[ApiError]] = {
        401: ForbiddenError,
        403: ForbiddenError if _NO_RIGHT.search(message) else RejectedError,
        404: NotFoundError,
        409: AlreadyExistsError,
    }
    return family.get(status, RejectedError)(verb, kind, name, status, message)


def _message(body: bytes) -> str:
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")[:500]
    return str(answer.get("message", "")) if isinstance(answer, dict) else ""
