"""A stand-in with images, and uploads whose images are in it already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from omero_plugin_common.database import Database
from upload_attached import Attached
from upload_places import Places, places


@pytest.fixture(scope="package")
def omero(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """One stand-in for the tests of this folder."""
    with places(tmp_path_factory.mktemp("places")) as running:
        yield running


@pytest.fixture
def attached(
    omero: Places, database: Database, staging_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Attached:
    """Makes uploads of ada's into the group `sharing`."""
    for name, value in omero.job_variables().items():
        monkeypatch.setenv(name, value)
    return Attached(omero, staging_folder)
