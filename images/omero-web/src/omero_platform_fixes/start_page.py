"""The webclient's pages read the user and the user's groups once.

OMERO.web's own read the active group twice, and then again among the user's groups; the user once
for the name in the menu, and once as the one whose data is shown.
"""

from __future__ import annotations

from typing import Any

from omero_platform_fixes.read_once import read_once


def repair() -> None:
    """Put ours in the place of what OMERO.web has, before its addresses are made."""
    from omeroweb.webclient import views

    stock = views._load_template

    def _load_template(request: Any, menu: str, conn: Any = None, **named: Any) -> Any:
        groups = list(conn.getGroupsMemberOf())
        read_once(conn, groups)
        conn.getGroupsMemberOf = lambda: iter(groups)
        return stock(request, menu, conn=conn, **named)

    views._load_template = _load_template
