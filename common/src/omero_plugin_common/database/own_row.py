"""A row of the user who asks; somebody else's is answered as one that does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omero_plugin_common import database
from omero_plugin_common.errors import NotFound


def own_row(statement: str, values: Sequence[object], gone: str) -> Any:
    """What a statement returns, in a transaction of its own.

    Args:
        statement: selects, or changes and returns, the row with this id and this user.
        values: of its parameters.
        gone: what the user reads when there is none.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    with database.default().transaction() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
        if row is None:
            raise NotFound(gone)
        return row
