"""Addresses that a site sets, read from variables: an error never repeats one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from omero_plugin_common import platform_fields
from omero_plugin_common.env_utils import InvalidValue, get_optional_env

HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})")
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A TCP port of a host."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is asked over HTTP.

    Attributes:
        url: with a slash at its end.
        endpoint: its host and port.
        secure: whether over TLS.
    """

    url: str
    endpoint: Endpoint
    secure: bool

    @property
    def host(self) -> str:
        """The header `Host` of who asks for it."""
        return urlsplit(self.url).netloc


def address(variable: str) -> Address | None:
    """The address in a variable; nothing where it is not set.

    Raises:
        InvalidValue: it is no address, or one with a password, which logs and reports would show.
    """
    text = get_optional_env(variable)
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        given = parts.port
    except ValueError:
        raise invalid(variable, "is not an address") from None
    if parts.scheme not in _PORTS or not HOST.fullmatch(parts.hostname or ""):
        raise invalid(variable, "is not an address that begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise invalid(variable, "has a user or a password in it, which a report would show")
    if parts.query or parts.fragment:
        raise invalid(variable, "has more than a host, a port and a path")
    return _of(variable, parts, given)


def port(variable: str, number: int) -> int:
    """A port that there can be.

    Raises:
        InvalidValue: there is none of this number.
    """
    if not 0 < number < 65536:
        raise invalid(variable, "has a port that does not exist")
    return number


def invalid(variable: str, complaint: str) -> InvalidValue:
    """The error of a variable that cannot be used."""
    return InvalidValue(
        f"{variable} {complaint}: it comes from {platform_fields.field_of(variable)}"
    )


def _of(variable: str, parts: SplitResult, given: int | None) -> Address:
    number = port(variable, _PORTS[parts.scheme] if given is None else given)
    url = parts.geturl().rstrip("/") + "/"
    return Address(url, Endpoint(parts.hostname or "", number), parts.scheme == "https")
