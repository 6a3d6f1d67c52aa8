"""One job at a time changes the pairs of a group's images.

A step of a job reads what images have, decides, and writes. Two jobs that did so at the same
moment could both find nothing and both write. The lock belongs to a transaction: it ends with the
step, and with a worker that dies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from omero_plugin_common import database

# A number of ours, so that other plugins' locks are others.
_CLASS: Final = 0x0611A5
_PAUSE_SECONDS: Final = 0.1


@contextmanager
def alone_in(groups: Iterable[int], check: Callable[[], None]) -> Iterator[None]:
    """Hold the locks of groups during the block.

    Args:
        groups: ids of OMERO's groups.
        check: called while waiting; what it raises ends the waiting.
    """
    with database.default().transaction() as cursor:
        # Always in the same order, so that no two jobs wait for each other.
        for group in sorted(set(groups)):
            while True:
                cursor.execute(
                    "select pg_try_advisory_xact_lock(%s, %s) as held", (_CLASS, group % 2**31)
                )
                row = cursor.fetchone()
                if row is not None and row["held"]:
                    break
                check()
                time.sleep(_PAUSE_SECONDS)
        yield
