"""Django's CSRF check with an answer that a program can read.

Django's middleware answers with a page before a view runs. JSON views are therefore exempt there
and run the same check here, before anything else.
"""

from __future__ import annotations

import copy
from typing import Any

from django.middleware.csrf import CsrfViewMiddleware

from omero_plugin_common.errors import CsrfFailed


class _Check(CsrfViewMiddleware):  # type: ignore[misc]
    def _reject(self, request: Any, reason: str) -> str:
        """The reason instead of a page, and no log line: the view's decorator writes the one."""
        return reason


def check_csrf(request: Any, *, header_only: bool = False) -> None:
    """Refuse an unsafe request that does not carry the token of one of our pages.

    Args:
        request: Django's request.
        header_only: the token is in the header X-CSRFToken, and nothing of the body is read.

    Raises:
        CsrfFailed: no token, a wrong one, or a foreign origin.
    """
    if header_only:
        # Django looks for the token in the form of a POST and of no other method.
        request = copy.copy(request)
        request.method = "PATCH" if request.method == "POST" else request.method
    check = _Check(lambda _: None)
    check.process_request(request)
    reason = check.process_view(request, None, (), {})
    if reason:
        raise CsrfFailed(f"The request was rejected: {reason} Reload the page and try again")
