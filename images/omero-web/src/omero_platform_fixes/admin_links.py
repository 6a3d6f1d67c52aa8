"""Links of the menu that only administrators of OMERO have.

An entry of `omero.web.ui.top_links` with the attribute `data-for` = `administrators` is one.
"""

from __future__ import annotations

from typing import Any, Final

_MARK: Final = "data-for"
_ADMINISTRATORS: Final = "administrators"


def repair() -> None:
    """Leave those links out of what templates get, where the user is none."""
    from omeroweb.webclient.decorators import render_response

    stock = render_response.load_settings

    def load_settings(self: Any, request: Any, context: dict[str, Any], conn: Any) -> None:
        stock(self, request, context, conn)
        ome = context["ome"]
        if not ome.get("is_admin"):
            ome["top_links"] = [each for each in ome["top_links"] if not _is_theirs(each)]

    render_response.load_settings = load_settings


def _is_theirs(link: dict[str, Any]) -> bool:
    return bool(link.get("attrs", {}).get(_MARK) == _ADMINISTRATORS)
