"""What can go wrong for a caller: each error knows its HTTP status and its code.

The code is for programs (the page decides on it), the message for people. Neither holds a secret.
"""

from __future__ import annotations

import math
from typing import ClassVar


class ApiError(Exception):
    """An error that a caller may see.

    Args:
        message: what happened, to which object, and what to do.
        code: a more exact code than the class's own.
        retry_after: seconds after which trying again makes sense.
        advice: what the caller can do, where the message is also for those who run the site. It is
            in the answer, but neither in a log nor in a condition of the platform.
    """

    status: ClassVar[int] = 500
    code: str = "internal"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        retry_after: float | None = None,
        advice: str = "",
    ) -> None:
        super().__init__(message)
        self.message = f"{message}. {advice}" if advice else message
        self.code = code or type(self).code
        self.retry_after = None if retry_after is None else max(1, math.ceil(retry_after))

    def headers(self) -> dict[str, str]:
        """HTTP headers that belong to this error."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    def as_json(self) -> dict[str, object]:
        """The answer's body: `{"error", "code"}`, with `"retryAfter"` (seconds) where known."""
        body: dict[str, object] = {"error": self.message, "code": self.code}
        if self.retry_after is not None:
            body["retryAfter"] = self.retry_after
        return body


class BadRequest(ApiError):
    """The request cannot be understood."""

    status = 400
    code = "bad_request"


class NotLoggedIn(ApiError):
    """Nobody is logged in, or no longer."""

    status = 401
    code = "not_logged_in"


class Forbidden(ApiError):
    """Logged in, but this is not allowed."""

    status = 403
    code = "forbidden"


class CsrfFailed(ApiError):
    """The request does not show that it comes from one of our pages."""

    status = 403
    code = "csrf"


class NotFound(ApiError):
    """No such object, or none that the caller may know of."""

    status = 404
    code = "not_found"


class MethodNotAllowed(ApiError):
    """The route exists, but not with this method."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, method: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"{method} is not allowed here, only {', '.join(allowed)}")
        self.allowed = allowed

    def headers(self) -> dict[str, str]:
        """RFC 9110 section 15.5.6 wants the methods that would work."""
        return {"Allow": ", ".join(self.allowed)}


class Conflict(ApiError):
    """The request does not fit the object's present state."""

    status = 409
    code = "conflict"


class TooLarge(ApiError):
    """The body is larger than the route takes."""

    status = 413
    code = "too_large"


class UnsupportedMediaType(ApiError):
    """The body is of a kind that the route does not read."""

    status = 415
    code = "unsupported_media_type"


class RateLimited(ApiError):
    """Too many actions in too short a time."""

    status = 429
    code = "rate_limited"


class Internal(ApiError):
    """A fault of ours; the log has the details under the reference in the message."""


class Unavailable(ApiError):
    """A server that is needed does not answer."""

    status = 503
    code = "unavailable"
