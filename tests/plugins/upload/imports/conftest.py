"""A stand-in that imports with Bio-Formats, and the plugin's jobs."""

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


@pytest.fixture(scope="package")
def java() -> Iterator[None]:
    """The process that is asked about files ends with the last test."""
    yield
    bio_formats.shared().stop()
    bio_formats.shared.cache_clear()


@pytest.fixture
def lab(
    omero: Places,
    java: None,
    database: Database,
    staging_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> UploadLab:
    """Uploads, and a worker for them."""
    as_in_a_worker(omero, monkeypatch)
    return UploadLab(omero, staging_folder)
