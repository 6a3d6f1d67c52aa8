"""What is counted each day, for growth."""

from __future__ import annotations

from omero_plugin_common.sudo import service_session
from omeroweb_admin_tools.omero_api import usage
from omeroweb_admin_tools.store import days


def count_today() -> None:
    """Count what users and groups have now, and store it as today's.

    Raises:
        Unavailable: OMERO.server does not answer.
    """
    with service_session() as conn:
        days.store(usage.count(conn).bytes)
