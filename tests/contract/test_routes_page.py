"""docs/routes.md is what its command would write now, and has every route of every plugin."""

from __future__ import annotations

import pytest

from omero_ci import routes_page
from omero_ci.paths import ROOT
from view_requests import django  # noqa: F401 - a fixture


@pytest.mark.usefixtures("django")
def test_page_is_what_its_command_writes() -> None:
    assert routes_page.PAGE.read_text() == routes_page.text(), (
        "run ci/routes-page and commit docs/routes.md"
    )


def test_every_plugin_is_on_the_page() -> None:
    plugins = {each.parent.name for each in ROOT.glob("plugins/*/src/*/urls.py")}
    assert plugins | {"omero_plugin_common"} == set(routes_page.PACKAGES)
