"""A PostgreSQL that answers and does not accept changes: read-only, or without room.

Nothing is wrong with the statement or with our connection, and the same statement works when the
cause is gone. So these are `Unavailable` with the cause in words, everywhere alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import psycopg2

from omero_plugin_common.errors import Unavailable

RETRY_AFTER_SECONDS: Final = 30
READ_ONLY: Final = "database_read_only"
FULL: Final = "database_full"
_NO_RESOURCES: Final = "database_no_resources"
_STORAGE: Final = "database_storage"

_CAUSES: Final[Mapping[str, str]] = {
    READ_ONLY: "it is read-only at the moment, as a standby is, and a server after a failover",
    FULL: "its disk is full",
    _NO_RESOURCES: "it is out of memory or connections",
    _STORAGE: "it cannot read or write its files",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: codes, and classes of two digits.
_CODES: Final[Mapping[str, str]] = {
    "25006": READ_ONLY,
    "53100": FULL,
    "53": _NO_RESOURCES,
    "58": _STORAGE,
}


def refusal(error: BaseException) -> Unavailable | None:
    """What an error of psycopg2 means if PostgreSQL does not accept changes; else None."""
    if not isinstance(error, psycopg2.Error) or error.pgcode is None:
        return None
    code = _CODES.get(error.pgcode) or _CODES.get(error.pgcode[:2])
    if code is None:
        return None
    return Unavailable(
        f"The plugin database does not accept changes: {_CAUSES[code]}",
        advice="Your request failed: try again later, or contact the administrators of this site",
        code=code,
        retry_after=RETRY_AFTER_SECONDS,
    )
