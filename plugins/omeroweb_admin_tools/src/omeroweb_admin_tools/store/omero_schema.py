"""What OMERO's own database says of itself. It is only read, also by a role that reads no table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from omero_plugin_common.database.pool import Connection, Cursor

# The catalogue of PostgreSQL answers every role.
_OVERVIEW: Final = """
select to_regclass('dbpatch') is not null as is_omeros,
       pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only,
       pg_database_size(current_database()) as bytes,
       coalesce(has_table_privilege(to_regclass('dbpatch'), 'select'), false) as may_read
"""
_VERSION: Final = """
select currentversion || '__' || currentpatch as version from dbpatch order by id desc limit 1
"""


@dataclass(frozen=True, slots=True)
class Schema:
    """A database that should be OMERO's.

    Attributes:
        is_omeros: whether it has OMERO's tables.
        read_only: whether it accepts no changes.
        bytes: its size.
        version: of its tables, such as `OMERO5.4__0`; empty where this role may not read it.
    """

    is_omeros: bool
    read_only: bool
    bytes: int
    version: str


def read(connected: Connection) -> Schema:
    """Ask the catalogue, and the tables only where this role may read them."""
    with connected.cursor(cursor_factory=Cursor) as cursor:
        cursor.execute(_OVERVIEW)
        found: Mapping[str, Any] = cursor.fetchone() or {}
        version = ""
        if found["may_read"]:
            cursor.execute(_VERSION)
            row = cursor.fetchone()
            version = str(row["version"]) if row else ""
    return Schema(bool(found["is_omeros"]), bool(found["read_only"]), int(found["bytes"]), version)
