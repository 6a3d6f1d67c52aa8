"""The plugin database: connections and schema."""

from omero_plugin_common.database.migrations import migrate
from omero_plugin_common.database.pool import AWAY, Database, default
from omero_plugin_common.database.writable import check_writable

__all__ = ["AWAY", "Database", "check_writable", "default", "migrate"]
