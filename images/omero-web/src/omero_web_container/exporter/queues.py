"""How many jobs wait in the queues of Celery, and since when the first of each.

Celery puts messages into a list of Redis from the left and takes them from the right. A message of
the platform says when it was sent; of another's, the exporter knows since when it has seen it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any, Final

from prometheus_client.core import Metric

from omero_plugin_common import env_utils
from omero_plugin_common.broker import SENT_HEADER
from omero_plugin_common.redis_client import QUEUE_DATABASE, connection
from omero_web_container.exporter.source import Figure

LENGTH: Final = Figure(
    "omero_queue_length",
    "Messages of jobs that wait for a worker, by queue.",
    ("queue",),
)
OLDEST: Final = Figure(
    "omero_queue_oldest_seconds",
    "Since when the message that is taken next waits, by queue; 0 for an empty queue.",
    ("queue",),
)
_SECONDS: Final = 5.0
# By queue: the message that was next, and when it was seen there first.
_seen: dict[str, tuple[bytes, float]] = {}


def names() -> list[str]:
    """The queues: of the workers of this site."""
    given = env_utils.get_env("EXPORTER_QUEUES", "default")
    return sorted({name.strip() for name in given.split(",") if name.strip()})


def read() -> Sequence[Metric]:
    """Ask Redis once for all queues.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    queues = names()
    with connection(QUEUE_DATABASE, once_within=_SECONDS).pipeline(transaction=False) as pipe:
        for queue in queues:
            pipe.llen(queue)
            pipe.lindex(queue, -1)
        said = pipe.execute()
    lengths, messages = said[::2], said[1::2]
    now = time.time()
    return [
        LENGTH.by({(queue,): each for queue, each in zip(queues, lengths, strict=True)}),
        OLDEST.by({(q,): _age(q, each, now) for q, each in zip(queues, messages, strict=True)}),
    ]


def _age(queue: str, message: bytes | None, now: float) -> float:
    if message is None:
        _seen.pop(queue, None)
        return 0.0
    last, since = _seen.get(queue, (b"", now))
    since = since if last == message else now
    _seen[queue] = (message, since)
    # Clocks of pods may differ a little.
    return max(0.0, now - min(since, sent(message) or now))


def sent(message: bytes) -> float | None:
    """When a message says that it was sent, in seconds since 1970; None where it does not."""
    try:
        content: Any = json.loads(message)
        moment = content["headers"][SENT_HEADER]
    except (ValueError, KeyError, TypeError):
        return None
    return float(moment) if isinstance(moment, int | float) else None
