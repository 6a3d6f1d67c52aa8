"""The plugin's work that comes back: importing this package declares it."""

from __future__ import annotations

from omero_plugin_common.quotas import watch
from omeroweb_admin_tools.jobs import checks, daily

__all__ = ["checks", "daily", "watch"]
