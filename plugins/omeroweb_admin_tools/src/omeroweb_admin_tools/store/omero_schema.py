"""What OMERO's own database says of itself. It is only read."""

from __future__ import annotations

from omero_plugin_common.database.pool import Connection, Cursor


def version(connected: Connection) -> str:
    """Version and patch of its tables, such as `OMERO5.4__0`.

    Raises:
        psycopg2.errors.UndefinedTable: it is not OMERO's database.
    """
    with connected.cursor(cursor_factory=Cursor) as cursor:
        cursor.execute(
            "select currentversion || '__' || currentpatch as version from dbpatch "
            "order by id desc limit 1"
        )
        row = cursor.fetchone()
    return str(row["version"]) if row else "unknown"
