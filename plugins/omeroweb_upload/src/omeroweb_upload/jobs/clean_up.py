"""Files of uploads that nobody needs any more are deleted from time to time."""

from __future__ import annotations

from omero_plugin_common.jobs.periodic import periodic
from omeroweb_upload import configuration
from omeroweb_upload.services import clean_up


def _seconds() -> float | None:
    """Only workers that have the staging volume can do it."""
    return configuration.cleanup_interval() if configuration.has_staging() else None


@periodic("upload.clean_up", _seconds)
def delete_old_files() -> None:
    """One round."""
    clean_up.clean_up()
