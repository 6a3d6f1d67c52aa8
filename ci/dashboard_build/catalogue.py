"""The dashboards, and the files that they become."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dashboard_build import databases, infrastructure, plugins, reconciling, redis
from dashboard_build.logs import STORES
from dashboard_build.pages import Page, build
from omero_ci.paths import ROOT

PAGES: Final[Sequence[Page]] = (
    infrastructure.PAGE,
    databases.DATABASE,
    databases.PLUGIN_DATABASE,
    redis.PAGE,
    reconciling.PAGE,
    plugins.PAGE,
)
CHART: Final = ROOT / "charts" / "omero-monitoring"
# One folder for each log store: the same dashboards, with panels of logs in its dialect.
FOLDER: Final = CHART / "dashboards"


def files() -> dict[Path, str]:
    """What each file should be now."""
    return {
        FOLDER / store / f"{page.uid}.json": json.dumps(build(page, store), indent=1) + "\n"
        for store in STORES
        for page in PAGES
    }


def stale() -> list[Path]:
    """Files that differ from their source, are missing, or have none."""
    wanted = files()
    there = set(FOLDER.rglob("*.json"))
    return sorted(
        path
        for path in wanted.keys() | there
        if path not in wanted or path not in there or path.read_text() != wanted[path]
    )
