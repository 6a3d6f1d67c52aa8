"""Workers count what the groups use, from time to time, and say which come near their limits."""

from __future__ import annotations

import logging
from typing import Final

from omero_plugin_common.jobs.periodic import periodic
from omero_plugin_common.quotas import count, store
from omero_plugin_common.sudo import service_session

LOGGER: Final = logging.getLogger(__name__)
_SECONDS: Final = 300.0


@periodic("quotas.count", lambda: _SECONDS)
def count_groups() -> None:
    """One round; nothing where no group has a limit."""
    if not store.any_limit():
        return
    with service_session() as conn:
        changed = count.count_all(conn)
    for group, standing in changed:
        level = logging.INFO if standing == "free" else logging.WARNING
        LOGGER.log(level, "quota of the group %s (%d): %s", group.name, group.id, standing)
