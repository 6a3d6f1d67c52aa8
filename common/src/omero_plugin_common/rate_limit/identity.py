"""Whose actions are counted together."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.request_utils import current_username


def identity_of(request: Any, conn: Any) -> str:
    """The OMERO user; else Django's user; else the address.

    Headers that a client can invent count only when the server knows no address.

    Args:
        request: Django's request.
        conn: the gateway of the request, or nothing.
    """
    name = conn.getEventContext().userName if conn is not None else None
    if name:
        return f"omero:{name}"
    name = current_username(request, None)
    if name:
        return f"django:{name}"
    address = request.META.get("REMOTE_ADDR", "").strip()
    if address:
        return f"address:{address}"
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[0].strip()
    real = request.META.get("HTTP_X_REAL_IP", "").strip()
    return f"address:{forwarded or real or 'anonymous'}"
