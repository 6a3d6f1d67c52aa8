"""The generated part of docs/dashboards.md."""

from __future__ import annotations

from typing import Final

from dashboard_build import published
from dashboard_build.catalogue import PAGES
from omero_ci.paths import ROOT

PAGE: Final = ROOT / "docs" / "dashboards.md"
# What is above it is written by hand.
_MARK: Final = "<!-- written by ci/dashboards -->\n"


def text() -> str:
    """What the page should be now."""
    by_hand, mark, _ = PAGE.read_text(encoding="utf-8").partition(_MARK)
    rows = [
        f"| {page.title} | `{page.uid}` | {', '.join(row.title for row in page.rows)}, Logs |"
        for page in PAGES
    ]
    dashboards = "\n".join(["| dashboard | id | rows |", "|---|---|---|", *rows])
    return f"{by_hand}{mark}\n## Dashboards\n\n{dashboards}\n\n## Metrics\n\n{published.table()}"
