"""Which plugins this process knows, and what they bring: jobs and migrations."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import threading
from collections.abc import Iterable
from typing import Final

from omero_plugin_common.database import default, migrate
from omero_plugin_common.env_utils import get_optional_env

LOGGER: Final = logging.getLogger(__name__)
OURS: Final = "omero_plugin_common"
_JOBS: Final = "jobs"
_lock = threading.Lock()
_migrated = False
_applications: list[str] = []


def _unlock_in_child() -> None:
    """A process forked while another thread holds the lock would wait for it for ever."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_unlock_in_child)


def add_applications(names: Iterable[str]) -> None:
    """Say which applications OMERO.web has; a worker, which has no Django, has none.

    Args:
        names: their import names.
    """
    _applications.extend(names)


def packages() -> list[str]:
    """Import names of the plugins: those of PLUGIN_PACKAGES, and in OMERO.web every application."""
    named = (get_optional_env("PLUGIN_PACKAGES") or "").split(",")
    given = [name.strip() for name in named if name.strip()]
    return list(dict.fromkeys([OURS, *given, *_applications]))


def load_jobs() -> None:
    """Import each plugin's `jobs` module, so that its kinds are known.

    Raises:
        ImportError: a module that is there but cannot be imported, with the plugin's name.
    """
    for package in packages():
        if package != OURS and importlib.util.find_spec(f"{package}.{_JOBS}") is not None:
            importlib.import_module(f"{package}.{_JOBS}")


def migrate_once() -> bool:
    """Bring the tables of all plugins up to date, once in the life of this process.

    Returns:
        Whether this call did it.

    Raises:
        MigrationProblem: see `migrate`.
        psycopg2.OperationalError, Unavailable: the database does not answer, does not accept
            changes and lacks tables, or has a table of somebody else's in the place of one; the
            next call tries again.
    """
    global _migrated
    if _migrated:
        return False
    with _lock:
        needed = not _migrated
        if needed:
            migrate(default(), packages())
            _migrated = True
        return needed
