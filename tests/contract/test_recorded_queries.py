"""`omero-standin record` asks what the platform's image asks: a real server can confirm it."""

from __future__ import annotations

import omero.clients  # noqa: F401 - before the rest of omero-py
from omero.constants.namespaces import NSBULKANNOTATIONS
from omero_platform_fixes import panel_queries

from omero_standin.recording.catalogue import plugins


def test_the_panels_count_of_tables_is_in_the_catalogue() -> None:
    asked = {"Image": panel_queries._IMAGE, "Well": panel_queries._WELL}
    assert asked == plugins.TABLES_ON_PARENTS
    assert plugins._TABLES == NSBULKANNOTATIONS
