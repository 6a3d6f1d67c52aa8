"""A user's settings: read back and saved."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.services import user_settings


@json_view("GET")
def load(_request: Any, caller: Caller) -> dict[str, Any]:
    """All settings, with defaults for what was never saved."""
    return {"settings": user_settings.load_settings(caller.user_id)}


@json_view("POST", body=user_settings.ToSave, action="omp.save_settings")
def save(_request: Any, caller: Caller, body: user_settings.ToSave) -> dict[str, Any]:
    """Keep settings; as they are then."""
    return {"settings": user_settings.save_settings(caller.user_id, body)}
