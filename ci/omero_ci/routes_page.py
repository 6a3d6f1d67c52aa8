"""`ci/routes-page`: writes the generated part of docs/routes.md, all routes of the plugins."""

from __future__ import annotations

import os
import tempfile
from typing import Final

from omero_ci.paths import ROOT

PAGE: Final = ROOT / "docs" / "routes.md"
PACKAGES: Final = (
    "omero_plugin_common",
    "omeroweb_omp_plugin",
    "omeroweb_upload",
    "omeroweb_imaris_connector",
    "omeroweb_admin_tools",
)
# What is above it is written by hand.
_MARK: Final = "<!-- written by ci/routes-page -->\n"


def text() -> str:
    """What the page should be now."""
    # OMERO.web writes its log below this folder when it is imported.
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("OMERODIR", folder)
        from omero_plugin_common import routes_page

        routes_page.set_up_django()
        by_hand, mark, _ = PAGE.read_text(encoding="utf-8").partition(_MARK)
        return f"{by_hand}{mark}\n{routes_page.page(PACKAGES)}"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
