"""Deleting what the plugin stores about a user."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.services import user_data
from omeroweb_omp_plugin.views.limits import LIMIT


@json_view("POST", rate_limit=LIMIT, action="omp.delete_api_keys")
def delete_api_keys(_request: Any, caller: Caller) -> dict[str, Any]:
    """All keys for AI providers."""
    return user_data.delete_api_keys(caller.user_id)


@json_view("POST", rate_limit=LIMIT, action="omp.delete_variable_sets")
def delete_variable_sets(_request: Any, caller: Caller) -> dict[str, Any]:
    """All variable sets."""
    return user_data.delete_variable_sets(caller.user_id)


@json_view("POST", rate_limit=LIMIT, action="omp.delete_user_data")
def delete_all(_request: Any, caller: Caller) -> dict[str, Any]:
    """Everything; pairs in OMERO stay."""
    return user_data.delete_everything(caller.user_id)
