"""Views that answer with JSON or with a file. Importing it loads Django."""

from omero_plugin_common.web.caller import Caller
from omero_plugin_common.web.json_view import json_view

__all__ = ["Caller", "json_view"]
