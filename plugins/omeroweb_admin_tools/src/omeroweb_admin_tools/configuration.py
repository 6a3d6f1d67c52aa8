"""What a site sets for this plugin: which log store it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from omero_plugin_common import platform_fields
from omero_plugin_common.env_utils import (
    EnvironmentProblem,
    InvalidValue,
    get_env,
    get_float_env,
)
from omero_plugin_common.errors import Unavailable
from omeroweb_admin_tools.planning.logs.model import Site

_PREFIX: Final = "ADMIN_TOOLS_LOG_"
STACK: Final = f"{_PREFIX}STACK"
URL: Final = f"{_PREFIX}URL"
NAMESPACE: Final = f"{_PREFIX}NAMESPACE"
INSTANCE: Final = f"{_PREFIX}INSTANCE"
# The name is that of the Docker edition.
SECONDS: Final = f"{_PREFIX}REQUEST_TIMEOUT_SECONDS"

_FIELD: Final = "spec.web.plugins.adminTools.logs"
platform_fields.declare(dict.fromkeys((STACK, URL, NAMESPACE, INSTANCE), _FIELD))
Stack = Literal["loki", "victorialogs"]


@dataclass(frozen=True, slots=True)
class LogStore:
    """The log store of a site.

    Attributes:
        stack: its kind.
        url: its address, with a slash at the end.
        site: whose logs are asked for.
        seconds: for all questions of a request together.
    """

    stack: Stack
    url: str
    site: Site
    seconds: float


def log_store() -> LogStore:
    """The log store.

    Raises:
        Unavailable: the site has none, or what is set for it cannot be used.
    """
    try:
        return LogStore(
            _stack(),
            _url(),
            Site(get_env(NAMESPACE), get_env(INSTANCE)),
            get_float_env(SECONDS, 10.0, low=0.1, high=50),
        )
    except EnvironmentProblem as problem:
        raise Unavailable(f"There is no log store to ask: {problem}", code="no_log_store") from None


def _stack() -> Stack:
    text = get_env(STACK)
    for each in get_args(Stack):
        if text == each:
            return each  # type: ignore[no-any-return]
    raise InvalidValue(f"{STACK}={text[:50]!r} is not one of {', '.join(get_args(Stack))}")


def _url() -> str:
    """An address without a password: it would be in logs."""
    text = get_env(URL)
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc or parts.query or parts.fragment:
        raise InvalidValue(
            f"{URL} is not an address such as http://victorialogs:9428, without user and query"
        )
    return f"{text.rstrip('/')}/"
