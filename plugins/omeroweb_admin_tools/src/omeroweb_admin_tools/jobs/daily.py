"""Usage is counted several times a day; the last count of a day stays."""

from __future__ import annotations

from typing import Final

from omero_plugin_common.jobs.periodic import periodic
from omeroweb_admin_tools.services import daily_count

_SECONDS: Final = 6 * 3600.0


@periodic("admin_tools.count_usage", lambda: _SECONDS)
def count_usage() -> None:
    """One round."""
    daily_count.count_today()
