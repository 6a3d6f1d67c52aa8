"""Users' keys for AI providers. No answer holds one."""

from __future__ import annotations

from typing import Any, Final

from omero_plugin_common.rate_limit import RateLimiter
from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.configuration import PLUGIN
from omeroweb_omp_plugin.services import credentials
from omeroweb_omp_plugin.services.credentials import SaveKey, TestKey
from omeroweb_omp_plugin.views.limits import LIMIT

# A page asks for models when a provider is chosen, which is no action of its own.
_LIST_LIMIT: Final = RateLimiter(f"{PLUGIN}.models", actions=30)


@json_view("GET")
def listed(_request: Any, caller: Caller) -> dict[str, Any]:
    """The site's providers, whether there is a key for each, and when it was last used.

    Returns:
        {"enabled", "providers": [{"name", "kind", "host", "needsKey", "hasKey", "saved",
        "lastUsed"}, …]}
    """
    return credentials.list_credentials(caller.user_id)


@json_view("POST", body=SaveKey, action="omp.save_api_key")
def save(_request: Any, caller: Caller, body: SaveKey) -> dict[str, Any]:
    """Store a key, encrypted.

    Returns:
        {"saved": provider}
    """
    return credentials.save_key(caller.user_id, body)


@json_view("POST", body=TestKey, rate_limit=LIMIT, action="omp.test_api_key")
def test(_request: Any, caller: Caller, body: TestKey) -> dict[str, Any]:
    """Whether a key works.

    Returns:
        {"works", "models": number}
    """
    return credentials.test_key(caller.user_id, body)


@json_view("GET", rate_limit=_LIST_LIMIT)
def models(request: Any, caller: Caller) -> dict[str, Any]:
    """The models of `?provider=` to choose from.

    Returns:
        {"models": [name, …], "default"}
    """
    return credentials.list_models(caller.user_id, request.GET.get("provider", ""))
