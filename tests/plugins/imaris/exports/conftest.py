"""A user with a browser and a connection to OMERO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from imaris_site import ExportBrowser, browser_of, gateway_of
from people import Person
from whole_site import WholeSite


@pytest.fixture
def omero_of(whole: WholeSite, person: Person) -> Iterator[Any]:
    """The user's connection to OMERO."""
    with gateway_of(whole.site.standin, person.name, person.password) as conn:
        yield conn


@pytest.fixture
def exporter(whole: WholeSite, person: Person) -> ExportBrowser:
    """The user's browser."""
    return browser_of(whole, person)
