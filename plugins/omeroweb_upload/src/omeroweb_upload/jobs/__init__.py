"""The plugin's jobs, and its work that comes back: importing this package declares them."""

from __future__ import annotations

from omero_plugin_common.quotas import watch
from omeroweb_upload.jobs import clean_up, imports

__all__ = ["clean_up", "imports", "watch"]
