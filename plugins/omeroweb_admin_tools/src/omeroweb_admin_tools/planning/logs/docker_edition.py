"""Names by which programs of the Docker edition ask for logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

# Its log files were services of their own.
SOURCES: Final = {
    "omeroserver": "server",
    "omeroweb": "web",
    "database": "database",
    "database_plugin": "plugin-database",
    "redis": "redis",
    "omeroserver_internal": "server-files",
    "omeroweb_internal": "web-files",
}
_INTERNAL: Final = "_internal"


class Asked(NamedTuple):
    """The same in our names."""

    sources: list[str]
    files: list[str]


def asked(containers: Sequence[str], internal_files: Sequence[str]) -> Asked:
    """What was asked for.

    Args:
        containers: its services.
        internal_files: such as `omeroserver/Blitz-0.log`.

    Raises:
        ValueError: it has no such service.
    """
    found = Asked([], [])
    for each in containers:
        found.sources.append(source(each))
    for each in internal_files:
        service, _, name = each.partition("/")
        found.sources.append(source(f"{service.removesuffix(_INTERNAL)}{_INTERNAL}"))
        found.files.append(name)
    return found


def source(service: str) -> str:
    """The source of a service.

    Raises:
        ValueError: it has no such service.
    """
    if service not in SOURCES:
        raise ValueError(f"there is no container {service[:50]!r}: choose of {', '.join(SOURCES)}")
    return SOURCES[service]
