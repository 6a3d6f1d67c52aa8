"""The rate limit that the plugin's views share."""

from __future__ import annotations

from typing import Final

from omero_plugin_common.rate_limit import RateLimiter
from omeroweb_omp_plugin.configuration import PLUGIN

# Starts of jobs, bulk deletions and requests to assistants count together: six in a minute.
LIMIT: Final = RateLimiter(PLUGIN)
