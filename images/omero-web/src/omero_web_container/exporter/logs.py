"""How many errors each component wrote of late, as the site's log store has them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from prometheus_client.core import Metric

from omero_plugin_common.env_utils import get_optional_env
from omero_plugin_common.errors import Unavailable
from omero_web_container.exporter.source import Failed, Figure
from omeroweb_admin_tools.configuration import URL, log_store
from omeroweb_admin_tools.http_client import Failure
from omeroweb_admin_tools.log_stores.asking import errors
from omeroweb_admin_tools.planning.logs.model import SECOND, Range
from omeroweb_admin_tools.planning.logs.sources import SOURCES

SECONDS: Final = 600
# Prometheus calls this pod's own component `component`.
ERRORS: Final = Figure(
    "omero_log_errors",
    "Entries of the levels error and fatal of the last ten minutes, by the component that wrote "
    "them.",
    ("writer",),
)
_COMPONENTS: Final = frozenset(each.component for each in SOURCES.values())


def wanted() -> bool:
    """Whether the site has a log store."""
    return get_optional_env(URL) is not None


def read() -> Sequence[Metric]:
    """Ask the log store; a component that wrote none has 0.

    Raises:
        Failed: it gives no answer, or none that can be read.
    """
    now = time.time_ns()
    try:
        found = errors(log_store(), Range(now - SECONDS * SECOND, now))
    except (Failure, Unavailable) as problem:
        raise Failed(f"the log store: {problem}") from problem
    # Others cannot be of this platform, whatever their entries say.
    return [ERRORS.by({(each,): found.get(each, 0) for each in sorted(_COMPONENTS)})]
