"""What all of the plugin's views share: one rate limit, and numbers in addresses."""

from __future__ import annotations

from typing import Any, Final

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.rate_limit import RateLimiter

# Starts of jobs, bulk deletions and requests to assistants count together: six in a minute.
LIMIT: Final = RateLimiter("omp")


def number(request: Any, name: str, default: int, most: int) -> int:
    """A number of an address.

    Raises:
        BadRequest: not a number from 0 to `most`.
    """
    text = request.GET.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) <= most):
        raise BadRequest(f"`{name}` must be a number from 0 to {most}")
    return int(text)
