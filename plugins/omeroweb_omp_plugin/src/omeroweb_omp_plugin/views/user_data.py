"""A user's settings, and deleting what the plugin stores about a user."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.services import predecessor, user_data
from omeroweb_omp_plugin.services.user_data import SavePreferences
from omeroweb_omp_plugin.views.limits import LIMIT


@json_view("GET")
def load(_request: Any, caller: Caller) -> dict[str, Any]:
    """All settings, with defaults for what was never saved.

    Returns:
        {"settings": {"mode", "separators", "defaultVariables", "existingPairs",
        "showCollaboration", "aiProvider", "aiModels"}}
    """
    predecessor.take_over(caller.user_id, caller.user_name)
    return {"settings": user_data.load_preferences(caller.user_id)}


@json_view("POST", body=SavePreferences, action="omp.save_settings")
def save(_request: Any, caller: Caller, body: SavePreferences) -> dict[str, Any]:
    """Store settings; the answer has them as they are then.

    Returns:
        {"settings": {…}}
    """
    return {"settings": user_data.save_preferences(caller.user_id, body)}


@json_view("POST", rate_limit=LIMIT, action="omp.delete_api_keys")
def delete_api_keys(_request: Any, caller: Caller) -> dict[str, Any]:
    """Delete all keys for AI providers.

    Returns:
        {"deleted": {"apiKeys": number}}
    """
    return {"deleted": user_data.delete(caller.user_id, ["apiKeys"])}


@json_view("POST", rate_limit=LIMIT, action="omp.delete_variable_sets")
def delete_variable_sets(_request: Any, caller: Caller) -> dict[str, Any]:
    """Delete all variable sets, shared ones included.

    Returns:
        {"deleted": {"variableSets": number}}
    """
    return {"deleted": user_data.delete(caller.user_id, ["variableSets"])}


@json_view("POST", rate_limit=LIMIT, action="omp.delete_user_data")
def delete_everything(_request: Any, caller: Caller) -> dict[str, Any]:
    """Delete everything that the plugin stores about the user; pairs in OMERO stay.

    Refused with 409 and `jobs_open` while jobs of the user have not ended.

    Returns:
        {"deleted": {part: number, …}}
    """
    return {"deleted": user_data.delete(caller.user_id)}
