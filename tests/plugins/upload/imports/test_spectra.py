"""Spectra of an upload, from staged files to their images, by the worker's job."""

from __future__ import annotations

import pytest

import microscope_files as made
from omero_plugin_common.omero_api import files, hql
from omeroweb_upload.omero_api import image_pairs
from omeroweb_upload.planning.attachments import DEFAULT_RULES
from omeroweb_upload.planning.settings import SEM_EDX, JobSettings, Role, SpectrumSettings
from omeroweb_upload.services.spectra import NAMESPACE
from omeroweb_upload.services.worker_jobs import start_import
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import Upload
from synthetic_spectra import MATERIALS
from synthetic_spectra import made as spectrum_of
from upload_lab import UploadLab, sha1

pytestmark = pytest.mark.plugins

STEEL = spectrum_of("plain steel", MATERIALS["plain steel"], 20, 2e5, 1).file
QUARTZ = spectrum_of("quartz", MATERIALS["quartz"], 20, 2e5, 2).file
ROLES: dict[str, Role] = {"day 1/spectrum.txt": "spectrum", "day 2/spectrum.txt": "spectrum"}


def _arrived(lab: UploadLab, **settings: object) -> Upload:
    content = {
        **made.tiff("day 1/cell.tif", 1),
        **made.tiff("day 2/cell.tif", 2),
        "day 1/spectrum.txt": STEEL,
        "day 2/spectrum.txt": QUARTZ,
    }
    chosen = JobSettings.model_validate({"special": SEM_EDX} | settings, strict=False)
    return lab.arrived(content, settings=chosen, roles=ROLES)


def _names(lab: UploadLab, image: int) -> list[str]:
    found = files.attachments(lab.places.user("ada"), "Image", [image], NAMESPACE)
    return sorted(each.name for each in found.get(image, ()))


def _elements(lab: UploadLab, image: int) -> str:
    ((pairs,),) = image_pairs.pairs_of(lab.places.user("ada"), [image], NAMESPACE).values()
    return dict(pairs)["Elements"]


def test_each_image_has_the_spectrum_of_its_folder(lab: UploadLab) -> None:
    upload = lab.imported(_arrived(lab))
    assert upload.state == "done", upload.message
    images = {unit.path: unit.objects["images"][0] for unit in lab.units(upload)}
    assert "Fe" in _elements(lab, images["day 1/cell.tif"])
    assert "Si" in _elements(lab, images["day 2/cell.tif"])
    for image in images.values():
        assert _names(lab, image) == ["spectrum.h5", "spectrum.txt", "spectrum_edx.png"]
    for path, content in (("day 1/spectrum.txt", STEEL), ("day 2/spectrum.txt", QUARTZ)):
        row = lab.files(upload)[path]
        assert row["state"] == "attached", row["message"]
        proven = sha1(content)
        assert (row["sha1_staged"], row["sha1_omero"]) == (proven, proven)
        assert "a table, a picture and the picture as an image" in row["message"]
    # The pictures are images of the same dataset.
    query = (
        "select i.id from DatasetImageLink l join l.child i join i.fileset f "
        "join f.usedFiles e where l.parent.id = :dataset and e.clientPath like :path"
    )
    dataset = lab.places.dataset("sharing")
    found = hql.rows(
        lab.places.user("ada"), query, dataset=dataset, path=f"{upload.id.hex}/pictures of%"
    )
    assert len(found) == 2
    assert lab.plane(int(found[0][0])).shape == (780, 1350)


def test_a_job_that_is_done_again_does_nothing_twice(lab: UploadLab) -> None:
    upload = lab.imported(_arrived(lab))
    before = {image: _names(lab, image) for image in lab.images(upload)}
    images = len(lab.places.images("sharing"))
    from omero_plugin_common import database

    with database.default().transaction() as cursor:
        cursor.execute(
            "update upload_files set state = 'uploaded' where job = %s and role = 'spectrum'",
            (upload.id,),
        )
        cursor.execute("update upload_jobs set state = 'ready' where id = %s", (upload.id,))
    start_import(lab.now(upload), "ready")
    lab.work()
    assert lab.now(upload).state == "done"
    assert {image: _names(lab, image) for image in lab.images(upload)} == before
    assert len(lab.places.images("sharing")) == images


def test_the_users_choice_and_settings(lab: UploadLab) -> None:
    upload = lab.imported(
        _arrived(
            lab,
            associations={"day 1/spectrum.txt": "day 2/cell.tif", "day 2/spectrum.txt": ""},
            spectra=dict.fromkeys(SpectrumSettings.model_fields, False),
        )
    )
    images = {unit.path: unit.objects["images"][0] for unit in lab.units(upload)}
    assert _names(lab, images["day 1/cell.tif"]) == []
    assert _names(lab, images["day 2/cell.tif"]) == ["spectrum.txt"]
    assert "Fe" in _elements(lab, images["day 2/cell.tif"])
    # One spectrum has no image: the upload says so, and it can be tried again.
    assert upload.state == "error"
    assert upload.message == (
        "1 of 2 spectra are not at an image: see the list of files. Retry does those alone"
    )
    assert lab.files(upload)["day 2/spectrum.txt"]["state"] == "failed"
    assert uploads.failed_again(upload.id) == 1


def test_a_replay_after_the_clean_up_finds_the_images_of_the_first_upload(lab: UploadLab) -> None:
    """What is sent again is a spectrum and a log alone; the second attempt fails as well."""
    paths = ("day 1/spectrum.txt", "day 2/cell.log")
    content = {
        **made.tiff("day 1/cell.tif", 1),
        **made.tiff("day 2/cell.tif", 2),
        paths[0]: STEEL,
        paths[1]: b"23.9 C\n",
    }
    upload = lab.imported(
        lab.arrived(
            content,
            settings=JobSettings(special=SEM_EDX, attach=DEFAULT_RULES),
            roles={paths[0]: "spectrum", paths[1]: "attachment"},
            browser=dict.fromkeys(paths, "0" * 40),
        )
    )
    images = {unit.path: unit.objects["images"][0] for unit in lab.units(upload)}
    for true in (False, True):
        assert upload.state == "error"
        upload = lab.replayed(upload)
        assert list(lab.files(upload)) == list(paths)
        upload = lab.imported(lab.sent(upload, content, true_sums=true))
    assert upload.state == "done", upload.message
    assert "Fe" in _elements(lab, images["day 1/cell.tif"])
    assert _names(lab, images["day 2/cell.tif"]) == []
    row = lab.files(upload)[paths[1]]
    assert row["message"] == f"Attached to Image {images['day 2/cell.tif']}"


def test_other_bytes_than_were_sent_are_not_attached(lab: UploadLab) -> None:
    upload = lab.arrived(
        {**made.tiff("a/cell.tif"), "a/spectrum.txt": STEEL},
        settings=JobSettings(special=SEM_EDX),
        roles={"a/spectrum.txt": "spectrum"},
        browser={"a/spectrum.txt": "0" * 40},
    )
    upload = lab.imported(upload)
    row = lab.files(upload)["a/spectrum.txt"]
    assert row["state"] == "failed"
    assert "is not the one that was sent" in row["message"]
    [image] = lab.images(upload)
    assert _names(lab, image) == []
