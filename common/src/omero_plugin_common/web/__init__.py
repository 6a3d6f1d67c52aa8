"""Views that answer with JSON."""

from omero_plugin_common.web.body import Body
from omero_plugin_common.web.caller import Caller
from omero_plugin_common.web.json_view import json_view

__all__ = ["Body", "Caller", "json_view"]
