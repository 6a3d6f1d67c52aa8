"""Acquisition metadata as pairs, and the file with the rest."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import omero.clients  # noqa: F401  # isort: skip
from omero.model import (
    ChannelI,
    DetectorI,
    DetectorSettingsI,
    ElectricPotentialI,
    LengthI,
    StageLabelI,
)
from omero.model.enums import UnitsElectricPotential, UnitsLength
from omero.rtypes import rdouble, rint, rstring

from omero_plugin_common.database import Database
from omero_plugin_common.errors import BadRequest
from omero_plugin_common.omero_api import hql
from omero_plugin_common.omero_api.commands import CommandFailed
from omeroweb_omp_plugin.omero_api import acquisition as reading
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services import start_job
from omeroweb_omp_plugin.services.job_parameters import AcquisitionJob, SelectionJob, WriteJob
from omp_lab import Lab

MICROSCOPE = {
    "owner": "ada",
    "group": "notes",
    "datasets": [
        {
            "name": "acquired",
            "images": [
                {
                    "name": "cell_{:02d}.czi",
                    "count": 2,
                    "size": [64, 32, 1, 2, 1],
                    "channels": ["DAPI", "GFP"],
                    "pixel-size": 0.1,
                    "acquired": "2026-03-01",
                    "microscope": {"manufacturer": "Zeiss", "model": "LSM 980"},
                    "objective": {"magnification": 63.0, "aperture": 1.4},
                }
            ],
        }
    ],
}


@pytest.fixture(scope="module")
def more_in_lab() -> list[dict[str, Any]]:
    return [MICROSCOPE]


@pytest.fixture(scope="module")
def running_lab(running_lab: Lab) -> Lab:
    _complete(running_lab)
    return running_lab


def _complete(lab: Lab) -> None:
    """What descriptions of images cannot say: wavelengths, a detector, the stage."""
    ada = lab.user("ada")
    options = ada.createServiceOptsDict()
    options.setOmeroGroup(lab.group("notes"))
    update = ada.getUpdateService()
    for id_ in lab.images_of(_dataset(lab)):
        [pixels] = hql.objects(ada, reading._PIXELS, ids=[id_])
        [image] = hql.objects(ada, reading._IMAGES, ids=[id_])
        detector = DetectorI()
        detector.manufacturer, detector.model = rstring("Hamamatsu"), rstring("Flash 4")
        detector.instrument = image.instrument.proxy()
        detector = update.saveAndReturnObject(detector, options)
        for number, channel in enumerate(pixels.copyChannels()):
            changed: ChannelI = channel
            logical = changed.logicalChannel
            logical.excitationWave = LengthI(405.0 + 83 * number, UnitsLength.NANOMETER)
            logical.emissionWave = LengthI(461.0 + 48 * number, UnitsLength.NANOMETER)
            settings = DetectorSettingsI()
            settings.gain, settings.detector = rdouble(2.5 + number), detector.proxy()
            settings.voltage = ElectricPotentialI(600.0, UnitsElectricPotential.VOLT)
            logical.detectorSettings = settings
            changed.red, changed.green, changed.blue = rint(0), rint(255 * number), rint(255)
        update.saveObject(pixels, options)
        stage = StageLabelI()
        stage.name, stage.positionX = rstring("well A1"), LengthI(12.5, UnitsLength.MICROMETER)
        image.stageLabel = stage
        update.saveObject(image, options)


def _dataset(lab: Lab) -> int:
    return lab.one("select d.id from Dataset d where d.name = 'acquired'", "ada")


@pytest.fixture
def images(lab: Lab, database: Database) -> Any:
    found = lab.images_of(_dataset(lab))
    yield found
    sets = [each.annotation for some in lab.sets(found).values() for each in some]
    if sets:
        lab.user("manager").deleteObjects("Annotation", sets, wait=True)


def copy(lab: Lab, images: list[int], *, original: bool = True) -> Any:
    what = AcquisitionJob(selection=lab.select("ada", images), original=original)
    done = lab.finish(lab.start("ada", "notes", "omp.acquisition", what))
    assert done.state == "done", done.error_text
    return done.result


def files(lab: Lab, image: int) -> list[list[Any]]:
    query = (
        "select a.id, f.id, f.size, f.name from ImageAnnotationLink l join l.child a, "
        "FileAnnotation fa join fa.file f where l.parent.id = :id and fa.id = a.id"
    )
    return hql.rows(lab.user("ada"), query, id=image)


def test_what_a_microscopist_looks_for_is_there(lab: Lab, images: list[int]) -> None:
    assert copy(lab, images, original=False) == {"images": 2, "written": 2}
    [pairs] = lab.pairs(images[0])
    expected = {
        "Acquisition date": "2026-03-01T00:00:00",
        "Microscope": "Zeiss LSM 980",
        "Objective magnification": "63x",
        "Objective numerical aperture": "1.4",
        "Stage position": "well A1",
        "Stage X": "12.5 µm",
        "Image size (X Y Z C T)": "64 x 32 x 1 x 2 x 1",
        "Pixel size X": "0.1 µm",
        "Pixel size Y": "0.1 µm",
        "Channel 1 name": "DAPI",
        "Channel 1 excitation": "405 nm",
        "Channel 1 emission": "461 nm",
        "Channel 1 colour": "#0000ff",
        "Channel 1 detector model": "Hamamatsu Flash 4",
        "Channel 1 detector gain": "2.5",
        "Channel 1 detector voltage": "600 V",
        "Channel 2 name": "GFP",
        "Channel 2 excitation": "488 nm",
        "Channel 2 colour": "#00ffff",
        "Channel 2 detector gain": "3.5",
    }
    assert expected.items() <= pairs.items()


def test_a_second_run_changes_nothing_and_a_changed_image_has_one_set(
    lab: Lab, images: list[int]
) -> None:
    lab.annotate("ada", images[:1], {"typed": "by hand"})
    copy(lab, images)
    before = lab.sets(images)
    assert copy(lab, images) == {"images": 2, "unchanged": 2}
    assert lab.sets(images) == before
    image = lab.user("ada").getObject("Image", images[0])
    old = image.getAcquisitionDate()
    ada = lab.user("ada")
    options = ada.createServiceOptsDict()
    options.setOmeroGroup(lab.group("notes"))
    raw = image._obj
    raw.acquisitionDate = None
    ada.getUpdateService().saveObject(raw, options)
    assert old is not None
    assert copy(lab, images) == {"images": 2, "replaced": 1, "unchanged": 1}
    typed, acquired = lab.pairs(images[0])
    assert typed == {"typed": "by hand"}
    assert "Acquisition date" not in acquired


def test_the_rest_is_one_file_that_a_later_run_replaces(
    lab: Lab, images: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = {"gain": "2", "long": "x" * 1000}
    monkeypatch.setattr(reading, "original_metadata", lambda _conn, _image: dict(original))
    assert copy(lab, images) == {"images": 2, "written": 2}
    [pairs] = lab.pairs(images[0])
    assert pairs["Original: gain"] == "2"
    [[annotation, file, size, name]] = files(lab, images[0])
    assert pairs["Original metadata file"] == f"FileAnnotation:{annotation}"
    assert (size, name) == (len("long = ") + 1001, f"original_metadata_{images[0]}.txt")
    content = lab.user("ada").getObject("OriginalFile", file).getFileInChunks()
    assert b"".join(content).decode() == f"long = {'x' * 1000}\n"

    assert copy(lab, images) == {"images": 2, "unchanged": 2}
    assert [each[0] for each in files(lab, images[0])] == [annotation]

    original["long"] = "y" * 1000
    assert copy(lab, images) == {"images": 2, "replaced": 2}
    [[replaced, *_]] = files(lab, images[0])
    assert replaced != annotation

    # A file that somebody else attached with the same name stays; the plugin's own goes.
    own = SelectionJob(selection=lab.select("ada", images))
    done = lab.finish(lab.start("ada", "notes", "omp.delete_plugin", own))
    assert done.result == {"images": 2, "removed": 2}
    assert files(lab, images[0]) == []
    query = "select count(f.id) from OriginalFile f where f.name like 'original_metadata_%'"
    assert lab.one(query, "ada") == 0


def test_the_file_goes_when_everything_is_replaced(
    lab: Lab, images: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "original_metadata", lambda *_: {"long": "x" * 1000})
    copy(lab, images)
    [[other, *_]] = files(lab, images[1])
    ada = int(lab.user("ada").getUserId())
    names = ParserSettings("separators", "_", ("Cell", "Number"))
    for mode, left in (("replace_own", 1), ("replace_all", 0)):
        selection = lab.select("ada", images[:1])
        preview = previewing.make_preview(ada, selection, names, {}, mode)
        done = lab.finish(lab.start("ada", "notes", "omp.write", WriteJob(preview=preview.id)))
        assert done.state == "done", done.error_text
        assert len(files(lab, images[0])) == left
    assert [each[0] for each in files(lab, images[1])] == [other]
    query = "select count(f.id) from OriginalFile f where f.name like 'original_metadata_%'"
    assert lab.one(query, "ada") == 1


def test_a_file_that_cannot_be_read_is_told_and_the_rest_is_written(
    lab: Lab, images: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_conn: Any, _image: int) -> dict[str, str]:
        raise CommandFailed("the file is gone")

    monkeypatch.setattr(reading, "original_metadata", unreadable)
    assert copy(lab, images) == {"images": 2, "written": 2}
    assert lab.pairs(images[0])[0]["Microscope"] == "Zeiss LSM 980"


def test_names_and_acquisition_do_not_replace_each_other(lab: Lab, images: list[int]) -> None:
    copy(lab, images, original=False)
    own = lab.sets(images)[images[0]][0]
    assert own.description == f"Image:{images[0]} acquisition"


def test_original_metadata_is_off_and_for_so_many_images_only(
    lab: Lab, images: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    selection = lab.select("ada", images)
    assert not AcquisitionJob(selection=selection).original
    monkeypatch.setattr(start_job, "LARGEST_WITH_ORIGINAL", 1)
    caller = SimpleNamespace(user_id=int(lab.user("ada").getUserId()))
    with pytest.raises(BadRequest) as refused:
        start_job.start_acquisition(
            SimpleNamespace(omero_caller=caller), AcquisitionJob(selection=selection, original=True)
        )
    assert str(refused.value) == (
        "You chose 2 images. The original metadata can be copied for at most 1 at a time: choose "
        "fewer images, or copy without it"
    )
