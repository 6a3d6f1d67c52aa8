"""The plugin on the shared site."""

from __future__ import annotations

import pytest

from plugin_site import Browser
from whole_site import WholeSite


@pytest.fixture
def root(whole: WholeSite) -> Browser:
    """OMERO's root."""
    browser = Browser(whole.site.url)
    browser.log_in("root", whole.site.standin.password)
    return browser
