"""A stand-in, for replays that check their target again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from upload_places import Places, places


@pytest.fixture(scope="package")
def omero(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """One stand-in for the tests of this folder."""
    with places(tmp_path_factory.mktemp("places")) as running:
        yield running
