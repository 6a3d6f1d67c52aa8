"""A stand-in where `ada` has images, and a worker's session that acts for her."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from omero_plugin_common.sudo import user_session
from upload_places import Places, places


@pytest.fixture(scope="package")
def omero(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """One stand-in for the tests of this folder."""
    with places(tmp_path_factory.mktemp("spectra")) as running:
        yield running


@pytest.fixture
def as_ada(omero: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A gateway that the job-service account has opened for ada, in the group `sharing`."""
    password = tmp_path / "password"
    password.write_text("job-service")
    monkeypatch.setenv("OMERO_HOST", "127.0.0.1")
    monkeypatch.setenv("OMERO_PORT", str(omero.service.port))
    monkeypatch.setenv("JOB_SERVICE_USER", "job-service")
    monkeypatch.setenv("JOB_SERVICE_PASSWORD_FILE", str(password))
    with user_session("ada", omero.id_of("ExperimenterGroup", "sharing")) as conn:
        yield conn
