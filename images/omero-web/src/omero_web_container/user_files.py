"""Files that users have brought are saved by the browser, not opened as pages of this site.

An HTML file that somebody attached would otherwise run its scripts as whoever opens it. Pictures
and plain text are shown: they run nothing, as long as the browser believes their type (`nosniff`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

# The whole header: of several types in one header browsers take the last one
# (https://fetch.spec.whatwg.org/#concept-header-extract-mime-type).
_SHOWN: Final = re.compile(
    r"(?:image/(?!svg)[a-z0-9.+-]+|text/plain)(?:\s*;\s*charset=\"?[\w-]+\"?)?", re.ASCII
)
# What views make themselves. A file of any other type is treated as a user's, whichever view sends
# it.
_MADE_BY_VIEWS: Final = frozenset(
    {
        "application/javascript",
        "application/json",
        "text/css",
        "text/html",
        "text/javascript",
        "text/plain",
    }
)
# For a browser that opens it in spite of all: no scripts, no forms, an origin of its own.
SANDBOX: Final = "sandbox; default-src 'none'"


class UserFiles:
    """The middleware: by the answer's type, and by whether a file is sent."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        """Make the browser save what must not be opened."""
        response = self._get_response(request)
        if is_to_be_saved(response):
            disposition = response.headers.get("Content-Disposition", "")
            if not disposition.lower().lstrip().startswith("attachment"):
                response.headers["Content-Disposition"] = "attachment"
            response.headers["Content-Security-Policy"] = SANDBOX
        return response


def is_to_be_saved(response: Any) -> bool:
    """Whether an answer is a file of a type that browsers may run.

    Views send files in pieces, or as attachments; pages and data are neither.
    """
    kind = response.headers.get("Content-Type", "").strip().lower()
    if _SHOWN.fullmatch(kind):
        return False
    sends_file = response.streaming or "Content-Disposition" in response.headers
    return sends_file or kind.partition(";")[0].strip() not in _MADE_BY_VIEWS
