"""All platforms are listed now and then: one that no watch reported is found here.

Passes look at the platforms that are known. A new one is known from its watch alone; should that be
dead, the pass that follows from here works all the same, and proves the watch dead.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import ApiError, ForbiddenError
from omero_operator.identity.kinds import PLATFORM
from omero_operator.reconcile import Key
from omero_operator.work_queue import WorkQueue

logger = logging.getLogger(__name__)


async def relist(
    api: Api,
    namespaces: Sequence[str],
    queue: WorkQueue,
    may_start: Callable[[], Awaitable[object]],
    every: float,
) -> None:
    """List platforms for ever, and look after those that are not known.

    Args:
        api: Connection.
        namespaces: Where; none means everywhere.
        queue: What knows platforms.
        may_start: Awaited before each round; a replica that is not active waits here.
        every: Seconds between two rounds.
    """
    while True:
        await may_start()
        for namespace in namespaces or (None,):
            await _look(api, namespace, queue)
        await asyncio.sleep(every)


async def _look(api: Api, namespace: str | None, queue: WorkQueue) -> None:
    try:
        platforms = await api.list(PLATFORM, namespace)
    except ApiError as error:
        # Whether the server can be reached, and whether it serves platforms, is told by others.
        level = logging.WARNING if isinstance(error, ForbiddenError) else logging.DEBUG
        logger.log(level, "platforms could not be listed: %s", error)
        return
    for platform in platforms:
        key = Key(platform["metadata"]["namespace"], platform["metadata"]["name"])
        if key not in queue:
            queue.add(key)
