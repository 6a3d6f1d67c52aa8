"""A look at an upload before a byte moves."""

from __future__ import annotations

from typing import Any, Final

from omero_plugin_common.web import Caller, json_view
from omeroweb_upload.planning.settings import StartBody
from omeroweb_upload.services import preflight

# A hundred thousand files with long paths.
_LARGEST_LIST: Final = 60_000_000


@json_view("POST", body=StartBody, limit=_LARGEST_LIST)
def report(_request: Any, caller: Caller, body: StartBody) -> dict[str, Any]:
    """What an upload with the same body as for `start/` would meet; nothing is stored.

    Returns:
        {"can_start", "findings": [{"severity": "blocks", "warns" or "informs", "code", "message",
        "count", "examples": [text, …]}, …], "totals": {"files", "bytes", "images", "attachments",
        "spectra", "skipped", "largest"}, "target": {"where", "group": {"id", "name"}} or null,
        "datasets": [{"name", "files", "id" or null for a new one}, …], "datasets_total", "groups":
        [{"path", "files", "becomes": "image", "images" or "plate", "format"}, …], "groups_total",
        "spectra": [{"path", "image": path or empty, "images": [path, …]}, …]}
    """
    return preflight.report(caller, body)
