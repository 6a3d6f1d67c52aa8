"""A stand-in where people have images, and the plugin's jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from omero_plugin_common.database import Database
from omeroweb_upload import bio_formats
from upload_lab import UploadLab, as_in_a_worker
from upload_places import Places, places


@pytest.fixture(scope="package")
def omero(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """One stand-in for the tests of this folder."""
    with places(tmp_path_factory.mktemp("places")) as running:
        yield running
    bio_formats.shared().stop()
    bio_formats.shared.cache_clear()


@pytest.fixture
def lab(
    omero: Places, database: Database, staging_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> UploadLab:
    """Uploads, and a worker for them."""
    as_in_a_worker(omero, monkeypatch)
    return UploadLab(omero, staging_folder)
