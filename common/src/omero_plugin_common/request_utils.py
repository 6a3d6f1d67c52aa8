"""What a request carries: its user and its body."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.json_text import JsonProblem, parse_json


def current_username(request: Any, conn: Any) -> str | None:
    """The user's login name: OMERO's, else Django's, else nothing.

    Args:
        request: Django's request.
        conn: the gateway of the request, or nothing.
    """
    user = conn.getUser() if conn is not None else None
    name = user.getName() if user is not None else None
    if name:
        return str(name)
    return getattr(getattr(request, "user", None), "username", None) or None


def parse_json_body(request: Any) -> tuple[dict[str, Any] | None, str | None]:
    """The JSON object in a request's body, or what is wrong with it: (data, error)."""
    try:
        data = parse_json(request.body)
    except JsonProblem as problem:
        return None, str(problem)
    if not isinstance(data, dict):
        return None, "the body must be a JSON object"
    return data, None


def load_request_data(request: Any) -> dict[str, Any]:
    """The JSON object in a request's body; the form's fields when it is not one."""
    data, error = parse_json_body(request)
    if error is None and data is not None:
        return data
    return {str(name): value for name, value in request.POST.items()}
