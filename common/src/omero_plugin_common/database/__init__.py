"""The plugin database: connections and schema."""

from omero_plugin_common.database.migrations import migrate
from omero_plugin_common.database.pool import Database, default

__all__ = ["Database", "default", "migrate"]
