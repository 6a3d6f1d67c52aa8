"""The client of somebody on the shared site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from imaris_client import connector
from imaris_site import gateway_of
from people import Person
from whole_site import WholeSite


@pytest.fixture
def connection(whole: WholeSite, person: Person) -> Iterator[Any]:
    """A session of a new user."""
    made = connector.Connection(connector.site_address(whole.site.url))
    made.log_in(person.name, person.password)
    yield made
    made.log_out()


@pytest.fixture
def gateway(whole: WholeSite) -> Iterator[Callable[[Person], Any]]:
    """Logs a user in to OMERO itself, to put something there."""
    with ExitStack() as stack:
        yield lambda person: stack.enter_context(
            gateway_of(whole.site.standin, person.name, person.password)
        )
