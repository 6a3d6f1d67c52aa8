"""Finding images by name, for the client for Imaris: OMERO.web's own JSON API does not search."""

from __future__ import annotations

from typing import Any

from omeroweb_imaris_connector.omero_api import named_images


def search_images(conn: Any, part: str, before: int) -> dict[str, Any]:
    """A page of images whose name contains a text, the newest first.

    Args:
        conn: the user's gateway.
        part: of the name; empty finds nothing.
        before: only images with a lower id.

    Returns:
        `images`, and `next`: what `before` is for the next page, null when this is the last one.
    """
    found = named_images.named(conn, part, before) if part else []
    full = len(found) == named_images.PAGE
    return {
        "images": [{"id": one.id, "name": one.name, "sizes": list(one.sizes)} for one in found],
        "next": found[-1].id if full else None,
    }
