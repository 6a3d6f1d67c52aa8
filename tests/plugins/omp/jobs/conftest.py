"""The OMP plugin's jobs, run in the process of a test against the OMERO stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from omero_plugin_common.database import Database
from omp_lab import Lab
from omp_lab import lab as laboratory


@pytest.fixture(scope="module")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One stand-in for the tests of a module."""
    with laboratory(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def lab(running_lab: Lab, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """The stand-in with an empty plugin database, and nothing on the images."""
    for name, value in running_lab.variables().items():
        monkeypatch.setenv(name, value)
    yield running_lab
    for group in ("private", "reading", "notes", "sharing"):
        images = running_lab.images(group)
        annotations = [
            each.annotation for sets in running_lab.sets(images).values() for each in sets
        ]
        if annotations:
            running_lab.user("manager").deleteObjects("Annotation", annotations, wait=True)
