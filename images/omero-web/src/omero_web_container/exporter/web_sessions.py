"""How many sessions OMERO.web has, from their copies in the plugin database.

The copies outlive a restart of Redis, and counting them reads one table. OMERO.server's own
sessions are not counted: it shows those of others only with the right to use them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from prometheus_client.core import Metric

from omero_plugin_common import database
from omero_web_container.exporter.source import Failed, Figure
from omero_web_container.sessions import image_version

SESSIONS: Final = Figure(
    "omero_web_sessions",
    "Sessions of OMERO.web: browsers in which somebody has logged in and not logged out.",
)
_KNOWN: Final = (
    "select 1 from information_schema.columns where table_schema = any(current_schemas(false)) "
    "and table_name = 'omero_web_sessions' and column_name = 'version'"
)
_COUNT: Final = (
    "select count(*) as number from omero_web_sessions where ends > now() and version = %s"
)


def read() -> Sequence[Metric]:
    """Count those of this version of the image.

    Raises:
        Failed: there is no table of them yet.
        psycopg2.Error, Unavailable: the database does not answer.
    """
    with database.default().transaction() as cursor:
        cursor.execute(_KNOWN)
        if cursor.fetchone() is None:
            raise Failed("the plugin database has no sessions yet: the first login stores one")
        cursor.execute(_COUNT, (image_version(),))
        row = cursor.fetchone()
    return [SESSIONS.of(row["number"] if row else 0)]
