"""The address of the site in a browser, which everything that depends on it follows.

`PUBLIC_URL` says it: `https://omero.example.org/lab/`, or only the path, `/lab/`, where the host is
not known. `INGRESS_HOST` is another name by which a proxy may ask.

A site that knows its host believes no proxy: to OMERO.web every request looks as if it had come
straight to this address. So it does not matter where HTTPS ends, nor what a load balancer says of
that. A site that does not know it goes by the headers X-Forwarded-Host and X-Forwarded-Proto.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from omero_plugin_common.env_utils import InvalidValue
from omero_plugin_common.platform_fields import field_of

_FORM: Final = re.compile(r"(?:(https?)://([a-z0-9.-]+)(?::(\d+))?)?((?:/[\w-]+)*)/?")
_PORTS: Final = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """An address, in parts.

    Attributes:
        scheme: http or https; empty where the host is not known.
        host: the host's name; empty where it is not known.
        port: empty where it is the usual one.
        prefix: the path, without a slash at its end; empty for a whole host.
    """

    scheme: str = ""
    host: str = ""
    port: str = ""
    prefix: str = ""

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the site by HTTPS."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """Host and port, as in a browser's header `Host`."""
        return f"{self.host}:{self.port}" if self.port else self.host


def public_address() -> PublicAddress:
    """What the environment says.

    Raises:
        InvalidValue: `PUBLIC_URL` is no address.
    """
    text = os.environ.get("PUBLIC_URL", "")
    found = _FORM.fullmatch(text)
    if not found:
        raise InvalidValue(
            f"PUBLIC_URL={text[:100]!r} is not an address such as https://omero.example.org/lab/: "
            f"it comes from {field_of('PUBLIC_URL')}"
        )
    scheme, host, port, prefix = (part or "" for part in found.groups())
    return PublicAddress(scheme, host, "" if port == _PORTS.get(scheme) else port, prefix)


def allowed_hosts() -> list[str]:
    """The host names by which the site may be asked; `*`, all of them, where none is known."""
    named = [public_address().host, os.environ.get("INGRESS_HOST", "")]
    return [name for name in named if name] if named[0] else ["*"]


def properties() -> dict[str, str]:
    """OMERO.web's properties that follow from the address."""
    address = public_address()
    found = {
        "omero.web.allowed_hosts": json.dumps(allowed_hosts()),
        "omero.web.use_x_forwarded_host": "true",
        "omero.web.session_cookie_secure": json.dumps(address.is_secure),
        "omero.web.csrf_cookie_secure": json.dumps(address.is_secure),
    }
    if not address.is_secure:
        # A site that says http, or nothing, may be behind something that ends HTTPS all the same.
        found["omero.web.secure_proxy_ssl_header"] = '["HTTP_X_FORWARDED_PROTO", "https"]'
    if address.host:
        origins = [f"{address.scheme}://{address.authority}"]
        if not address.is_secure:
            origins.append(f"https://{address.host}")
        found["omero.web.csrf_trusted_origins"] = json.dumps(origins)
    if address.prefix:
        found["omero.web.prefix"] = address.prefix
        found["omero.web.static_url"] = f"{address.prefix}/static/"
        found["omero.web.session_cookie_path"] = address.prefix
    return found


class AsAddressed:
    """Django's middleware: to all that follows, a request has come straight to the address.

    `KnownHost` before it refuses what asks for another host.
    """

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response
        self._address = public_address()

    def __call__(self, request: Any) -> Any:
        """Take host and scheme from the address."""
        if self._address.host:
            request.META["HTTP_HOST"] = self._address.authority
            request.META.pop("HTTP_X_FORWARDED_HOST", None)
            if self._address.is_secure:
                request.META["wsgi.url_scheme"] = "https"
        return self._get_response(request)
