"""Only one step at a time changes the same kind of thing in a group of OMERO.

A step reads what objects have, decides, and writes. Two jobs that did so at the same moment could
both find nothing and both write. The lock belongs to a transaction: it ends with the step, and with
a worker that dies. Advisory locks: https://www.postgresql.org/docs/current/explicit-locking.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from omero_plugin_common import database

# Numbers that nothing else locks in the plugin database, one for each kind of thing.
ANNOTATIONS: Final = 0x0611A5


class Locked(Exception):
    """Somebody else holds one of the locks."""


def names(groups: Iterable[int], lock: int = ANNOTATIONS) -> list[int]:
    """The locks of groups as one number each: what a job says that it needs (`jobs.turns`)."""
    return [lock << 31 | group for group in sorted({each % 2**31 for each in groups})]


@contextmanager
def group_locks(groups: Iterable[int], lock: int = ANNOTATIONS) -> Iterator[Callable[[], None]]:
    """Hold the locks of groups during the block. Whoever waits for its turn finds them free.

    Args:
        groups: ids of OMERO's groups.
        lock: for what; one of the numbers of this module.

    Yields:
        A function that raises `psycopg2.OperationalError` when the locks are lost, because the
        database has ended the transaction.

    Raises:
        Locked: one of them is held: by a worker whose lease has ended, and who does not know yet.
    """
    with database.default().transaction() as cursor:
        for group in sorted({each % 2**31 for each in groups}):
            cursor.execute("select pg_try_advisory_xact_lock(%s, %s) as held", (lock, group))
            row = cursor.fetchone()
            if row is None or not row["held"]:
                raise Locked
        yield lambda: cursor.execute("select 1")
