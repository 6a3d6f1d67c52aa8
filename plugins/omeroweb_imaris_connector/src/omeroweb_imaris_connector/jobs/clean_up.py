"""Files whose time is over are deleted from time to time."""

from __future__ import annotations

from omero_plugin_common.jobs.periodic import periodic
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.services import clean_up


def _seconds() -> float | None:
    """Only workers that have the volume can do it."""
    return configuration.cleanup_interval() if configuration.has_volume() else None


@periodic("imaris.clean_up", _seconds)
def delete_old_files() -> None:
    """One round."""
    clean_up.clean_up()
