"""The plugin's work that comes back: importing this package declares it."""

from __future__ import annotations

from omero_plugin_common.quotas import watch
from omeroweb_admin_tools.jobs import daily

__all__ = ["daily", "watch"]
