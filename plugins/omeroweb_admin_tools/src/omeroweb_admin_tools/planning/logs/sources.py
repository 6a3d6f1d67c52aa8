"""Whose logs can be asked for: the components of the platform, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from omeroweb_admin_tools.planning.logs.model import Source

# Components are those of the operator's labels.
_ALL: Final = (
    Source("server", "OMERO.server", "server"),
    Source("server-files", "OMERO.server: log files", "server", files=True),
    Source("web", "OMERO.web", "web"),
    Source("web-files", "OMERO.web: log files", "web", files=True),
    Source("worker", "Workers", "worker"),
    Source("uploads", "Uploads", "uploads"),
    Source("exports", "Exports", "exports"),
    Source("export-worker", "Workers of exports", "export-worker"),
    Source("database", "Database of OMERO", "database"),
    Source("plugin-database", "Database of plugins", "plugin-database"),
    Source("redis", "Redis", "redis"),
    Source("maintenance", "Maintenance of databases", "maintenance"),
    Source("backup", "Backup", "backup"),
    Source("restore", "Restore", "restore"),
    Source("bootstrap", "Bootstrap", "bootstrap"),
    Source("quotas", "Report of quotas", "quotas"),
    Source("exporter", "Exporter for Prometheus", "exporter"),
)
SOURCES: Final = {each.key: each for each in _ALL}


def chosen(keys: Sequence[str]) -> list[Source]:
    """Sources by their keys, each once; all of them where none is named.

    Raises:
        ValueError: there is no such source.
    """
    unknown = next((each for each in keys if each not in SOURCES), None)
    if unknown is not None:
        raise ValueError(f"there is no source {unknown[:50]!r}: choose of {', '.join(SOURCES)}")
    return [each for each in _ALL if not keys or each.key in keys]
