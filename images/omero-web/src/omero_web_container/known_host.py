"""A request for a host that is not this site's is refused, before a page could show that name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import DisallowedHost
from django.http import HttpResponse

LOGGER: Final = logging.getLogger(__name__)
_SENTENCE: Final = "This site does not have this host name. Open it at its own address."
_LOGGED_CHARACTERS: Final = 200


class KnownHost:
    """Answers 400 where a request's host is not one of `public_address.allowed_hosts`.

    Django itself would log a trace for each, and refuse only where something asks for the host.
    """

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        """Answer, or go on."""
        try:
            request.get_host()
        except DisallowedHost as error:
            LOGGER.warning(
                "the site's address (spec.web.publicUrl, spec.web.ingress) has another host: %s",
                str(error)[:_LOGGED_CHARACTERS],
            )
            return HttpResponse(f"{_SENTENCE}\n", status=400, content_type="text/plain")
        return self._get_response(request)
