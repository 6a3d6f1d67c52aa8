"""Questions that are being asked: the same one is not asked, and paid for, twice at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from omero_plugin_common import database


@contextmanager
def asked_already(user_id: int, kind: str, parameters: Mapping[str, Any]) -> Iterator[bool]:
    """Whether the user asks the same already, or starts to; nobody else does during the block.

    Args:
        user_id: whose question.
        kind: of the job.
        parameters: as they are stored.
    """
    text = json.dumps(parameters, sort_keys=True)
    with database.default().transaction() as cursor:
        # Not waited for: whoever holds it needs a connection more to start the job.
        cursor.execute(
            "select pg_try_advisory_xact_lock(hashtextextended(%s, %s)) as held",
            (f"omp {kind} {text}", user_id),
        )
        lock = cursor.fetchone()
        cursor.execute(
            "select id from omero_plugin_jobs where user_id = %s and kind = %s "
            "and state in ('queued', 'running', 'cancelling') and parameters = %s::jsonb",
            (user_id, kind, text),
        )
        yield lock is None or not lock["held"] or cursor.fetchone() is not None
