"""The routes of the admin tools, as docs/routes.md lists them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from uuid import UUID

PLUGIN: Final = "/omeroweb_admin_tools/"
_PAGE: Final = Path(__file__).parents[2] / "docs/routes.md"


def routes(run: str = str(UUID(int=7))) -> list[tuple[str, str]]:
    """Method and address of each.

    Args:
        run: id of the run of checks in some of them.
    """
    found: list[tuple[str, str]] = re.findall(
        rf"^### (\w+) ({PLUGIN}\S*)$", _PAGE.read_text(), re.M
    )
    values = {"<slug:view>": "users", "<uuid:run>": run, "<slug:kind>": "txt"}
    values["<path:subpath>"] = "d/redis-metrics/redis"
    for name, value in values.items():
        found = [(method, address.replace(name, value)) for method, address in found]
    return found
