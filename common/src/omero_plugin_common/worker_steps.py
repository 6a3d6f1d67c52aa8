"""What a worker does besides its tasks: it knows the plugins and looks after the jobs."""

from __future__ import annotations

import logging
import os
from typing import Any, Final

from celery import bootsteps

from omero_plugin_common import audit, database, plugin_packages, readiness
from omero_plugin_common.env_utils import get_optional_env
from omero_plugin_common.jobs import lost, upkeep
from omero_plugin_common.jobs.launch import job_store, send
from omero_plugin_common.jobs.periodic import Periodicals
from omero_plugin_common.jobs.reaper import Reaper
from omero_plugin_common.jobs.timing import Timing
from omero_plugin_common.logging_utils import configure_omero_gateway_logging

LOGGER: Final = logging.getLogger(__name__)


class Jobs(bootsteps.StartStopStep):  # type: ignore[misc]
    """Loads the plugins' jobs before the worker's processes are forked, then looks after them."""

    def __init__(self, parent: Any, **_options: Any) -> None:
        """A plugin that cannot be imported ends the worker here, with the plugin's name."""
        super().__init__(parent)
        configure_omero_gateway_logging()
        audit.configure()
        lost.set_node_name(parent.hostname)
        plugin_packages.load_jobs()
        if os.getpid() == 1:
            _give_back_jobs_of_an_earlier_run()
        self._reaper: Reaper | None = None
        self._periodicals: Periodicals | None = None

    def start(self, parent: Any) -> None:
        """Tables first, unless the database is away; then look after the jobs."""
        if get_optional_env("OMP_DATA_HOST") is None:
            LOGGER.warning("OMP_DATA_HOST is not set: this worker runs no jobs of plugins")
            return
        try:
            plugin_packages.migrate_once()
        except database.AWAY as error:
            LOGGER.warning("the plugin database cannot be used yet: %s", error)
        seconds = Timing.from_environment().reap
        self._reaper = Reaper(job_store, send, seconds, tell=readiness.tell)
        self._reaper.start()
        self._periodicals = Periodicals(lambda: job_store().database, seconds)
        self._periodicals.start()

    def stop(self, parent: Any) -> None:
        """No look after this."""
        if self._reaper is not None:
            self._reaper.stop()
            self._reaper = None
        if self._periodicals is not None:
            self._periodicals.stop()
            self._periodicals = None


def _give_back_jobs_of_an_earlier_run() -> None:
    """Process 1 is alone in its container: what others of its name had ended with its last run.

    So ends a container that needs more memory than its limit: all of its processes are killed.
    """
    if get_optional_env("OMP_DATA_HOST") is None:
        return
    try:
        upkeep.give_back_all(job_store(), lost.node_name())
    except database.AWAY as error:
        LOGGER.warning("jobs of an earlier run wait for their leases to end: %s", error)
