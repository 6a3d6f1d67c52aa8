"""What runs, and how it has been."""

from __future__ import annotations

from typing import Any, Final

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.web import Caller, json_view
from omeroweb_admin_tools.services import resources
from omeroweb_admin_tools.views.access import FULL

_RANGES: Final = tuple(resources.RANGES)


@json_view("GET", admin=FULL)
def data(_request: Any, _caller: Caller) -> dict[str, Any]:
    """Pods, workloads, volumes and Events of the site, and the platform's conditions.

    From the Kubernetes API. What of it could not be read is in `failed`; CPU is in cores, memory in
    bytes, and `null` is unknown or without a limit.

    Returns:
        {"moment", "site": {"namespace", "name"}, "conditions": [{"id", "status", "good", "reason",
        "message", "since"}, …], "pods": [{"id", "component", "health": "down", "unhealthy",
        "starting", "healthy" or "finished", "words", "ready", "containers", "restarts",
        "last_restart": {"container", "why", "when"} or null, "node", "started", "cpu",
        "cpu_request", "cpu_limit", "memory", "memory_request", "memory_limit"}, …], "workloads":
        [{"id", "kind", "name", "component", "wanted", "ready", "current"}, …], "schedules": [{"id",
        "schedule", "suspended", "running", "last", "last_success"}, …], "volumes": [{"id",
        "component", "status", "bytes", "storage_class", "modes", "pods"}, …], "events": [{"id",
        "when", "type", "reason", "object", "message", "count"}, …], "failed": [{"what", "reason"},
        …]}
    """
    return resources.cluster()


@json_view("GET", admin=FULL)
def figures(request: Any, _caller: Caller) -> dict[str, Any]:
    """Figures of nodes, pods, databases, Redis and OMERO.web over time, from Prometheus.

    `?seconds=` is how far back: 3600, 21600, 86400 or 604800.

    Returns:
        {"start", "end", "step", "figures": [{"key", "group", "title", "unit", "lines": [{"name",
        "points": [[moment, number], …]}, …], "more", "failed"}, …], "volumes": {claim: {"used",
        "size"}, …}}
    """
    seconds = number_from_query(request, "seconds", _RANGES[0], max(_RANGES))
    if seconds not in _RANGES:
        raise BadRequest(
            f"`seconds` must be one of {', '.join(map(str, _RANGES))}", code="bad_time"
        )
    return resources.over_time(seconds)
