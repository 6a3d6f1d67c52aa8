"""Whether the plugin database accepts changes, asked without leaving anything behind in it."""

from __future__ import annotations

from typing import Final

from omero_plugin_common.database.pool import Database

# A read-only PostgreSQL refuses an update whatever it would find.
_UPDATE: Final = "update omero_plugin_migrations set name = name where false"
# A sort that does not fit into `work_mem` is written to a temporary file, on the database's own
# disk: no table, no row of a catalogue, no log record. The operator's probe does the same.
_SORT: Final = (
    "select count(*) from (select n from generate_series(1, 10000) as n "
    "order by md5(n::text) offset 0) as sorted"
)


def check_writable(database: Database) -> None:
    """Ask the database, which takes it about ten milliseconds.

    Raises:
        Unavailable: it does not accept changes, with the cause in words.
        psycopg2.OperationalError: it does not answer.
    """
    with database.transaction() as cursor:
        cursor.execute(_UPDATE)
        cursor.execute("set local work_mem = '64kB'")
        cursor.execute(_SORT)
