"""Only one step at a time changes the same kind of thing in a group of OMERO.

A step reads what objects have, decides, and writes. Two jobs that did so at the same moment could
both find nothing and both write. The lock belongs to a transaction: it ends with the step, and with
a worker that dies. Advisory locks: https://www.postgresql.org/docs/current/explicit-locking.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from omero_plugin_common import database

# Numbers that nothing else locks in the plugin database, one for each kind of thing.
ANNOTATIONS: Final = 0x0611A5
_PAUSE_SECONDS: Final = 0.1


@contextmanager
def group_locks(
    groups: Iterable[int], check: Callable[[], None], lock: int = ANNOTATIONS
) -> Iterator[Callable[[], None]]:
    """Hold the locks of groups during the block.

    Args:
        groups: ids of OMERO's groups.
        check: called while waiting; what it raises ends the waiting.
        lock: for what; one of the numbers of this module.

    Yields:
        A function that raises `psycopg2.OperationalError` when the locks are lost, because the
        database has ended the transaction.
    """
    with database.default().transaction() as cursor:
        # Always in the same order, so that no two jobs wait for each other.
        for group in sorted(set(groups)):
            while True:
                cursor.execute(
                    "select pg_try_advisory_xact_lock(%s, %s) as held", (lock, group % 2**31)
                )
                row = cursor.fetchone()
                if row is not None and row["held"]:
                    break
                check()
                time.sleep(_PAUSE_SECONDS)
        yield lambda: cursor.execute("select 1")
