"""A user who sends files to the shared site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from people import Person
from transfer_clients import Sender, log_in
from whole_site import WholeSite


@pytest.fixture
def sender(whole: WholeSite, no_worker: None, person: Person) -> Iterator[Sender]:
    """A user of the shared site; nobody reads the files that have arrived."""
    with closing(log_in(whole.site.url, person)) as client:
        yield Sender(whole, person, client, Path(whole.variables["OMERO_WEB_UPLOAD_DIR"]))
