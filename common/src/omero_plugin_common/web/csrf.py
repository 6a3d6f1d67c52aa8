"""Django's CSRF check with an answer that a program can read.

Django's middleware answers with a page before a view runs. JSON views are therefore exempt there
and run the same check here, before anything else.
"""

from __future__ import annotations

from typing import Any

from django.middleware.csrf import CsrfViewMiddleware

from omero_plugin_common.errors import CsrfFailed


class _Check(CsrfViewMiddleware):  # type: ignore[misc]
    def _reject(self, request: Any, reason: str) -> str:
        """The reason instead of a page, and no log line: the view's decorator writes the one."""
        return reason


def check_csrf(request: Any) -> None:
    """Refuse an unsafe request that does not carry the token of one of our pages.

    Raises:
        CsrfFailed: no token, a wrong one, or a foreign origin.
    """
    check = _Check(lambda _: None)
    check.process_request(request)
    reason = check.process_view(request, None, (), {})
    if reason:
        raise CsrfFailed(f"The request was rejected: {reason} Reload the page and try again")
