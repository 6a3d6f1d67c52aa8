"""A folder with a hundred small files and more, in one job."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

import microscope_files as made
from omeroweb_upload.planning.settings import Target
from upload_lab import UploadLab

pytestmark = pytest.mark.plugins
Record = Callable[[str, object], None]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [150, pytest.param(1000, marks=pytest.mark.nightly)])
def test_small_files(lab: UploadLab, record_property: Record, count: int) -> None:
    """How long it takes is in the report of the ring."""
    target = Target(project=lab.places.id_of("Project", "Project sharing"), from_folders=True)
    upload = lab.arrived(made.many_tiffs(count), target=target)
    began = time.monotonic()
    upload = lab.imported(upload)
    record_property("seconds", f"{time.monotonic() - began:.1f}")
    assert upload.state == "done", upload.message
    states = [unit.state for unit in lab.units(upload)]
    assert states == ["imported"] * count
    images = lab.images(upload)
    assert len(set(images)) == count
    rows = lab.files(upload).values()
    assert all(row["sha1_browser"] == row["sha1_omero"] == row["sha1_staged"] for row in rows)
    assert lab.staged(upload) == []
    query = "select count(l.id) from DatasetImageLink l where l.parent.id in (:ids)"
    [dataset] = {unit.dataset_id for unit in lab.units(upload)}
    assert lab.rows(query, ids=[dataset]) == [[count]]
