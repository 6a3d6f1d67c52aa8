"""From staged files to images in OMERO: what they are, where they go, and that the bytes agree."""

from __future__ import annotations

import numpy as np
import pytest

import microscope_files as made
from omeroweb_upload.planning.settings import JobSettings, Target
from upload_lab import UploadLab, sha1

pytestmark = pytest.mark.plugins

FORMATS = [
    (made.tiff(), 1, 1),
    (made.picture("PNG"), 1, 1),
    (made.picture("JPEG"), 1, 1),
    (made.picture("BMP"), 1, 1),
    (made.picture("GIF"), 1, 1),
    (made.mrc(), 1, 1),
    (made.fits(), 1, 1),
    (made.pgm(), 1, 1),
    (made.ics_pair(), 1, 1),
    (made.nrrd_pair(), 1, 1),
    (made.pattern_of_tiffs(), 1, 1),
    (made.ome_tiff_with_companion(), 1, 1),
    (made.ome_tiffs_that_name_each_other(), 1, 1),
    (made.fake(), 1, 2),
    (made.plate(), 1, 4),
    (made.plate_with_companion(), 1, 2),
]


@pytest.mark.parametrize(
    ("files", "units", "images"), FORMATS, ids=[next(iter(each[0])) for each in FORMATS]
)
def test_formats(lab: UploadLab, files: made.Files, units: int, images: int) -> None:
    upload = lab.imported(lab.arrived(files))
    assert upload.state == "done", upload.message
    found = lab.units(upload)
    assert [unit.state for unit in found] == ["imported"] * units
    assert len(lab.images(upload)) == images
    for path, row in lab.files(upload).items():
        proven = sha1(files[path])
        sums = row["sha1_browser"], row["sha1_staged"], row["sha1_omero"]
        assert sums == (proven, proven, proven), path
        assert (row["state"], row["message"]) == ("imported", "")
    assert lab.staged(upload) == []
    for image in lab.images(upload):
        assert lab.plane(image).size > 0


def test_pixels_are_those_of_the_file(lab: UploadLab) -> None:
    upload = lab.imported(lab.arrived(made.tiff(seed=3)))
    [image] = lab.images(upload)
    np.testing.assert_array_equal(lab.plane(image), made.values(3, "u2"))
    assert lab.datasets_of(image) == ["cells"]


def test_what_was_found_is_stored_before_the_import(lab: UploadLab) -> None:
    files = {**made.tiff("a/cell.tif"), **made.ics_pair("b"), "notes.txt": b"Monday",
             "broken.tif": b"II*\0"}  # fmt: skip
    upload = lab.examined(lab.arrived(files))
    assert upload.state == "awaiting_confirmation"
    one, two = lab.units(upload)
    assert (one.path, one.format) == ("a/cell.tif", "Tagged Image File Format")
    assert (two.path, two.files) == ("b/cell.ics", (1, 2))
    rows = lab.files(upload)
    assert [row["unit"] for row in rows.values()] == [0, 1, 1, None, None]
    assert rows["notes.txt"]["message"] == "No image of a format that Bio-Formats reads"
    assert rows["broken.tif"]["message"].startswith("Bio-Formats cannot read it: ")
    done = lab.imported(upload)
    assert done.state == "done"
    states = [row["state"] for row in lab.files(done).values()]
    assert states == ["imported", "imported", "imported", "skipped", "skipped"]
    # What nobody could import is not deleted behind the user's back.
    assert lab.staged(done) == ["broken.tif", "notes.txt"]


def test_without_problems_the_import_begins_at_once(lab: UploadLab) -> None:
    upload = lab.examined(lab.arrived(made.tiff()))
    assert upload.state == "done"


def test_a_page_always_asks(lab: UploadLab) -> None:
    settings = JobSettings(confirm="always")
    assert lab.examined(lab.arrived(made.tiff(), settings=settings)).state == (
        "awaiting_confirmation"
    )


def test_datasets_are_named_after_folders(lab: UploadLab) -> None:
    files = {**made.tiff("one/a.tif"), **made.tiff("one/b.tif", 1), **made.tiff("two/a.tif", 2)}
    project = lab.places.id_of("Project", "Project sharing")
    target = Target(project=project, from_folders=True)
    upload = lab.imported(lab.arrived(files, target=target))
    assert upload.state == "done", upload.message
    assert [lab.datasets_of(image) for image in lab.images(upload)] == [["one"], ["one"], ["two"]]
    query = (
        "select d.name from ProjectDatasetLink l join l.child d where l.parent.id = :id "
        "and d.name in ('one', 'two') order by d.id"
    )
    assert lab.rows(query, id=project) == [["one"], ["two"]]


def test_a_plate_goes_to_the_screen(lab: UploadLab) -> None:
    screen = lab.places.id_of("Screen", "Screen sharing")
    target = Target(screen=screen)
    upload = lab.imported(lab.arrived(made.plate(), target=target))
    [unit] = lab.units(upload)
    assert (unit.plate, unit.screen_id, len(unit.objects["plates"])) == (True, screen, 1)
    query = "select l.parent.id from ScreenPlateLink l where l.child.id = :id"
    assert lab.rows(query, id=unit.objects["plates"][0]) == [[screen]]


@pytest.mark.parametrize(
    "name", ["zelle # 1: a.tif", 'it\'s "quoted".tif', "line\nbreak.tif", "細胞 ü ☃.tif", "-f.tif"]
)
def test_odd_names(lab: UploadLab, name: str) -> None:
    upload = lab.imported(lab.arrived(made.tiff(f"ordner é/{name}")))
    assert upload.state == "done", (upload.message, lab.files(upload))
    assert lab.staged(upload) == []


def test_equal_names_in_two_folders_are_two_images(lab: UploadLab) -> None:
    upload = lab.imported(lab.arrived({**made.tiff("a/x.tif", 1), **made.tiff("b/x.tif", 2)}))
    first, second = lab.images(upload)
    np.testing.assert_array_equal(lab.plane(first), made.values(1, "u2"))
    np.testing.assert_array_equal(lab.plane(second), made.values(2, "u2"))


def test_a_pattern_that_names_files_of_others_is_not_read(lab: UploadLab) -> None:
    other = lab.arrived(made.tiff("secret_z0.tif"), who="ben")
    secret = lab.at(other, "secret_z0.tif")
    pattern = str(secret).replace("z0", "z<0-0>")
    upload = lab.examined(lab.arrived({"mine.pattern": f"{pattern}\n".encode()}))
    assert upload.state == "awaiting_confirmation"
    assert lab.units(upload) == []
    [row] = lab.files(upload).values()
    assert "not part of this upload" in row["message"] or "No image" in row["message"]


def test_a_file_whose_bytes_changed_is_not_imported(lab: UploadLab) -> None:
    files = {**made.tiff("good.tif"), **made.tiff("bad.tif", 1)}
    upload = lab.imported(lab.arrived(files, browser={"bad.tif": "0" * 40}))
    assert upload.state == "error"
    assert "1 of 2 could not be imported" in upload.message
    good, bad = lab.files(upload).values()
    assert (good["state"], bad["state"]) == ("imported", "failed")
    assert "not those that were read on your computer" in bad["message"]
    assert lab.staged(upload) == ["bad.tif"]
    assert len(lab.images(upload)) == 1
    query = "select count(f.id) from FilesetEntry e join e.fileset f where e.clientPath = :path"
    assert lab.rows(query, path=f"{upload.id.hex}/bad.tif") == [[0]]


def test_an_attachment_goes_to_its_image(lab: UploadLab) -> None:
    files = {**made.tiff("cell.tif"), "cell.pdf": b"%PDF"}
    upload = lab.imported(lab.arrived(files, roles={"cell.pdf": "attachment"}))
    assert upload.state == "done", upload.message
    row = lab.files(upload)["cell.pdf"]
    assert (row["unit"], row["state"]) == (None, "attached")
    assert len(lab.units(upload)) == 1
