"""Imports of real files, which Bio-Formats reads: what is in them, and their pixels."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import omero
import omero.cmd
import omero.grid
import pytest
import tifffile
from omero.rtypes import rbool, rstring, unwrap
from PIL import Image

from importing import begun, imported, uploaded
from omero_standin.bio_formats.installed import JAR_VARIABLE
from omero_standin.bio_formats.process import BioFormats, CannotRead
from omero_standin.services.pyramids import DELAY
from standin_here import Here, answered

# Two files of one image; the second time point is in the other file.
_TWO_FILES = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{own}">
<Image ID="Image:0" Name="pair"><AcquisitionDate>2026-03-04T10:20:30</AcquisitionDate>
<Description>two of a kind</Description>
<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="6" SizeY="5" SizeZ="1" SizeC="2"
 SizeT="2" PhysicalSizeX="250" PhysicalSizeXUnit="nm" PhysicalSizeY="0.25" TimeIncrement="2"
 TimeIncrementUnit="min">
<Channel ID="Channel:0:0" Name="DAPI" EmissionWavelength="461" ExcitationWavelength="405"/>
<Channel ID="Channel:0:1" Color="16711935" Fluor="eGFP" AcquisitionMode="SpinningDiskConfocal"/>
<TiffData FirstC="0" FirstT="0" IFD="0" PlaneCount="1"><UUID FileName="one.ome.tif">urn:uuid:{one}
</UUID></TiffData>
<TiffData FirstC="1" FirstT="0" IFD="1" PlaneCount="1"><UUID FileName="one.ome.tif">urn:uuid:{one}
</UUID></TiffData>
<TiffData FirstC="0" FirstT="1" IFD="0" PlaneCount="1"><UUID FileName="two.ome.tif">urn:uuid:{two}
</UUID></TiffData>
<TiffData FirstC="1" FirstT="1" IFD="1" PlaneCount="1"><UUID FileName="two.ome.tif">urn:uuid:{two}
</UUID></TiffData>
<Plane TheZ="0" TheC="1" TheT="1" DeltaT="1.5" DeltaTUnit="min" ExposureTime="20"
 ExposureTimeUnit="ms" PositionX="3" PositionXUnit="mm"/>
</Pixels></Image></OME>"""
_ONE, _TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


@pytest.fixture(scope="module")
def ada(here: Here) -> Any:
    """The one who imports."""
    return here.connect("ada")


def ome_tiff(values: Any, **metadata: Any) -> bytes:
    """An OME-TIFF as tifffile writes it."""
    out = io.BytesIO()
    tifffile.imwrite(out, values, ome=True, photometric="minisblack", metadata=metadata)
    return out.getvalue()


def plain_tiff(values: Any, text: str) -> bytes:
    """A TIFF with a text of its own."""
    out = io.BytesIO()
    tifffile.imwrite(out, values, photometric="minisblack", description=text, metadata=None)
    return out.getvalue()


def image_of(gateway: Any, answer: Any, number: int = 0) -> Any:
    """One of the images of an import."""
    return gateway.getObject("Image", answer.pixels[number].image.id.val)


def failure(gateway: Any, files: dict[str, bytes]) -> Any:
    """The error of an import that must fail."""
    process = begun(gateway, *files)
    answer = answered(process.verifyUpload(uploaded(process, *files.values())))
    process.close()
    assert isinstance(answer, omero.cmd.ERR), answer
    return answer


def test_ome_tiff_has_its_axes_names_and_sizes(here: Here, ada: Any) -> None:
    """Every plane is where the file says, in an order that is not OMERO's own."""
    values = np.arange(2 * 3 * 4 * 7 * 9, dtype=np.uint16).reshape(2, 3, 4, 7, 9)
    content = ome_tiff(
        values,
        axes="TZCYX",
        Name="Übersicht",
        PhysicalSizeX=0.325,
        PhysicalSizeXUnit="µm",
        PhysicalSizeZ=1.5,
        PhysicalSizeZUnit="mm",
        Channel={"Name": ["DAPI", "GFP", "Cy3", "Cy5"]},
    )
    answer = imported(ada, {"/data/Ärger & Übung/Zelle 1 (ö).ome.tif": content})
    image = image_of(ada, answer)
    assert image.getName() == "Zelle 1 (ö).ome.tif"
    sizes = [getattr(image, f"getSize{axis}")() for axis in "XYZCT"]
    assert (sizes, image.getPixelsType()) == ([9, 7, 3, 4, 2], "uint16")
    assert image.getChannelLabels() == ["DAPI", "GFP", "Cy3", "Cy5"]
    assert image.getPixelSizeX() == pytest.approx(0.325)
    assert image.getPrimaryPixels().getPhysicalSizeZ().getUnit().name == "MILLIMETER"
    assert image.getPrimaryPixels()._obj.dimensionOrder.value.val == "XYCZT"
    row = here.store.get("Image", image.getId())
    assert here.store.get(*row.values["format"]).values["value"] == "OMETiff"
    wanted = [(z, c, t) for t in range(2) for z in range(3) for c in range(4)]
    planes = image.getPrimaryPixels().getPlanes(wanted)
    for (z, c, t), plane in zip(wanted, planes, strict=True):
        assert np.array_equal(plane, values[t, z, c]), (z, c, t)
    channel = image.getChannels()[3]
    assert (channel.getWindowMin(), channel.getWindowMax()) == (
        values[:, :, 3].min(),
        values[:, :, 3].max(),
    )
    assert unwrap(image.getPrimaryPixels()._obj.sha1) != "Pending..."


def test_files_that_belong_together_are_one_fileset(ada: Any) -> None:
    rng = np.random.default_rng(3)
    values = rng.integers(0, 255, (2, 2, 5, 6), dtype=np.uint8)
    files = {
        f"/data/{name}.ome.tif": plain_tiff(
            values[t], _TWO_FILES.format(own=own, one=_ONE, two=_TWO)
        )
        for t, (name, own) in enumerate((("one", _ONE), ("two", _TWO)))
    }
    answer = imported(ada, files)
    assert len(answer.pixels) == 1
    image = image_of(ada, answer)
    assert [each.getName() for each in image.getFileset().listFiles()] == [
        "one.ome.tif", "two.ome.tif",
    ]  # fmt: skip
    assert image.getSizeT() == 2
    pixels = image.getPrimaryPixels()
    assert np.array_equal(pixels.getPlane(0, 1, 1), values[1, 1])
    assert image.getDescription() == "two of a kind"
    assert image.getAcquisitionDate().isoformat() == "2026-03-04T10:20:30"
    assert (pixels.getPhysicalSizeX().getValue(), pixels.getPhysicalSizeX().getSymbol()) == (
        250.0, "nm",
    )  # fmt: skip
    assert pixels.getTimeIncrement().getSymbol() == "min"
    first, second = image.getChannels()
    assert (first.getLabel(), first.getEmissionWave(), first.getColor().getHtml()) == (
        "DAPI", 461.0, "0000FF",
    )  # fmt: skip
    assert second.getColor().getHtml() == "00FF00"
    assert second.getLogicalChannel().getFluor() == "eGFP"
    assert second.getLogicalChannel().getMode().getValue() == "SpinningDiskConfocal"
    (plane,) = pixels.copyPlaneInfo(theC=1)
    assert plane._obj.deltaT.getSymbol() == "min"
    assert plane._obj.exposureTime.getSymbol() == "ms"


def test_the_series_of_a_file_are_images(ada: Any) -> None:
    """Names follow OMERO's rule: the file's, with the image's own in brackets."""
    out = io.BytesIO()
    with tifffile.TiffWriter(out, ome=True) as writer:
        for number, name in enumerate(("left", "", "right")):
            page = np.full((4 + number, 5), number, np.uint8)
            writer.write(page, photometric="minisblack", metadata={"axes": "YX", "Name": name})
    answer = imported(ada, {"three.ome.tif": out.getvalue()})
    images = [image_of(ada, answer, number) for number in range(3)]
    names = [each.getName() for each in images]
    assert (names[0], names[2]) == ("three.ome.tif [left]", "three.ome.tif [right]")
    assert [each.getSizeY() for each in images] == [4, 5, 6]
    assert [int(each.getPrimaryPixels().getPlane()[0, 0]) for each in images] == [0, 1, 2]
    assert [unwrap(each._obj.series) for each in images] == [0, 1, 2]
    answer = imported(ada, {"three.ome.tif": out.getvalue()}, userSpecifiedName=rstring("mine"))
    assert image_of(ada, answer, 2).getName() == "mine [right]"


def test_a_pyramid_has_its_own_resolutions(
    here: Here, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is read from the file, at once: here a smaller one is no copy of a larger one."""
    monkeypatch.setitem(here.kernel.config, "omero.pixeldata.max_plane_width", "10")
    monkeypatch.setitem(here.kernel.config, DELAY, "600000")
    out = io.BytesIO()
    with tifffile.TiffWriter(out, ome=True) as writer:
        options: dict[str, Any] = {"tile": (64, 64), "photometric": "minisblack"}
        writer.write(
            np.full((512, 640), 10, np.uint8), subifds=2, metadata={"axes": "YX"}, **options
        )
        writer.write(np.full((256, 320), 20, np.uint8), subfiletype=1, **options)
        writer.write(np.full((128, 160), 30, np.uint8), subfiletype=1, **options)
    answer = imported(ada, {"slide.ome.tif": out.getvalue()})
    assert len(answer.pixels) == 1
    store = ada.c.sf.createRawPixelsStore()
    store.setPixelsId(answer.pixels[0].id.val, False)
    levels = [(each.sizeX, each.sizeY) for each in store.getResolutionDescriptions()]
    assert levels == [(640, 512), (320, 256), (160, 128)]
    found = []
    for level in range(store.getResolutionLevels()):
        store.setResolutionLevel(level)
        found.append(store.getTile(0, 0, 0, 100, 90, 8, 8))
    assert found == [bytes([30]) * 64, bytes([20]) * 64, bytes([10]) * 64]
    store.close()


def test_whole_planes_are_those_of_the_chosen_resolution(ada: Any) -> None:
    """Also of a small image: what ezomero reads as `pyramid_level`."""
    out = io.BytesIO()
    with tifffile.TiffWriter(out, ome=True) as writer:
        options: dict[str, Any] = {"tile": (16, 16), "photometric": "minisblack"}
        writer.write(np.full((24, 32), 10, np.uint8), subifds=1, metadata={"axes": "YX"}, **options)
        writer.write(np.full((12, 16), 20, np.uint8), subfiletype=1, **options)
    answer = imported(ada, {"small.ome.tif": out.getvalue()})
    store = ada.c.sf.createRawPixelsStore()
    store.setPixelsId(answer.pixels[0].id.val, False)
    assert store.getPlane(0, 0, 0) == bytes([10]) * 768
    assert (store.getRowSize(), store.getPlaneSize(), store.getTotalSize()) == (32, 768, 768)
    store.setResolutionLevel(0)
    assert store.getPlane(0, 0, 0) == bytes([20]) * 192
    assert store.getStack(0, 0) == store.getTimepoint(0) == store.getPlane(0, 0, 0)
    assert store.getRow(11, 0, 0, 0) == bytes([20]) * 16
    assert store.getCol(15, 0, 0, 0) == bytes([20]) * 12
    assert store.getPlaneRegion(0, 0, 0, 4, 188) == bytes([20]) * 4
    assert (
        store.getHypercube([0, 0, 0, 0, 0], [16, 12, 1, 1, 1], [2, 2, 1, 1, 1]) == bytes([20]) * 48
    )
    assert (store.getRowSize(), store.getPlaneSize(), store.getTotalSize()) == (16, 192, 192)
    with pytest.raises(omero.ApiUsageException):
        store.getRowOffset(12, 0, 0, 0)
    store.close()


def test_a_picture_has_its_colours(ada: Any) -> None:
    colours = np.zeros((80, 90, 3), np.uint8)
    colours[:40, :, 0] = 250
    colours[40:, :, 2] = 200
    out = io.BytesIO()
    Image.fromarray(colours).save(out, "PNG")
    image = image_of(ada, imported(ada, {"rgb.png": out.getvalue()}))
    assert image.getChannelLabels() == ["Red", "Green", "Blue"]
    assert [each.getColor().getHtml() for each in image.getChannels()] == [
        "FF0000", "00FF00", "0000FF",
    ]  # fmt: skip
    assert np.array_equal(image.getPrimaryPixels().getPlane(0, 2, 0), colours[..., 2])
    drawn = np.asarray(image.renderImage(0, 0))
    assert drawn[10, 10, 0] > 200
    assert drawn[10, 10, 2] < 60
    assert drawn[70, 10, 2] > 200
    thumbnail = np.asarray(Image.open(io.BytesIO(image.getThumbnail((90,)))))
    assert thumbnail[5, 5, 0] > 150


def test_a_fake_plate_becomes_a_plate(here: Here, ada: Any) -> None:
    group = ada.getEventContext().groupId
    screen = here.add("Screen", ada.getUserId(), group, name="s")
    name = "p&plates=1&plateRows=2&plateCols=3&fields=2&plateAcqs=1&screens=0&sizeX=16&sizeY=8.fake"
    answer = imported(ada, {name: b""}, userSpecifiedTarget=omero.model.ScreenI(screen.id, False))
    assert isinstance(answer.objects[0], omero.model.Plate)
    assert (len(answer.objects), len(answer.pixels)) == (13, 12)
    plate = ada.getObject("Plate", answer.objects[0].id.val)
    assert (unwrap(plate._obj.rows), unwrap(plate._obj.columns)) == (2, 3)
    assert plate.getName() == "Plate Name 0"
    assert [each.getId() for each in plate.listParents()] == [screen.id]
    wells = {(each.row, each.column): each for each in plate.listChildren()}
    assert sorted(wells) == [(row, column) for row in range(2) for column in range(3)]
    assert [each.countWellSample() for each in wells.values()] == [2] * 6
    assert len(list(plate.listPlateAcquisitions())) == 1
    assert wells[0, 0].getImage(1).getSizeX() == 16


def test_a_fake_file_has_its_ini_annotations_and_regions(ada: Any) -> None:
    answer = imported(
        ada, {"x&annTag=1&annMap=1&ellipses=2&sizeX=32.fake": b""}, noStatsInfo=rbool(True)
    )
    image = image_of(ada, answer)
    kinds = sorted(type(each._obj).__name__ for each in image.listAnnotations())
    assert kinds == ["MapAnnotationI", "TagAnnotationI"]
    found = ada.getRoiService().findByImage(image.getId(), None)
    assert [type(shape).__name__ for roi in found.rois for shape in roi.copyShapes()] == [
        "EllipseI", "EllipseI",
    ]  # fmt: skip
    ini = b"sizeX=24\nsizeY=18\nsizeZ=3\npixelType=uint16\n"
    image = image_of(ada, imported(ada, {"y.fake": b"", "y.fake.ini": ini}))
    assert (image.getSizeX(), image.getSizeY(), image.getSizeZ()) == (24, 18, 3)
    assert image.getPixelsType() == "uint16"


def test_the_metadata_of_a_file_are_those_of_its_format(ada: Any) -> None:
    ini = b"[GlobalMetadata]\nLens=63x\n[series_0]\nName=a\n"
    answer = imported(ada, {"noted.fake": b"", "noted.fake.ini": ini})
    file, whole, series = image_of(ada, answer).loadOriginalMetadata()
    assert (file, whole, series) == (None, [("Lens", "63x")], [])
    tiff = image_of(ada, imported(ada, {"noted.tif": plain_tiff(np.zeros((3, 4), "u2"), "Gain=7")}))
    _, whole, series = tiff.loadOriginalMetadata()
    assert dict(whole)["ImageWidth"] == 4
    assert series == []


def test_a_damaged_file_fails_and_leaves_no_image(here: Here, ada: Any) -> None:
    kinds = ("Image", "Pixels", "Channel", "Plate", "Thumbnail")
    before = [here.store.count(kind) for kind in kinds]
    whole = ome_tiff(np.zeros((64, 64), np.uint16), axes="YX")
    # What is left of an upload that was cut: the header, and a place that is not there.
    answer = failure(ada, {"cut.ome.tif": whole[:40]})
    assert (answer.category, answer.name) == ("::omero::grid::ImportRequest", "error-on-init")
    assert answer.parameters["message"]
    answer = failure(ada, {"strange.xyz": b"?"})
    assert answer.parameters["message"].startswith("Unknown file format: ")
    assert [here.store.count(kind) for kind in kinds] == before
    # The next one is fine.
    assert image_of(ada, imported(ada, {"good.ome.tif": whole})).getSizeX() == 64


def test_what_fails_late_leaves_nothing(here: Here, ada: Any) -> None:
    """The target is refused when the images are made already."""
    kinds = ("Image", "Pixels", "RenderingDef")
    before = [here.store.count(kind) for kind in kinds]
    sources = set(here.kernel.data.root.glob("Pixels/*"))
    process = begun(ada, "a.fake", userSpecifiedTarget=omero.model.ProjectI(1, False))
    answer = answered(process.verifyUpload(uploaded(process, b"")))
    assert "imports into a ProjectI" in answer.parameters["message"]
    assert [here.store.count(kind) for kind in kinds] == before
    assert set(here.kernel.data.root.glob("Pixels/*")) == sources


def test_imports_at_once_while_pixels_are_read(here: Here) -> None:
    values = np.arange(60, dtype=np.uint8).reshape(6, 10)
    content = ome_tiff(values, axes="YX")

    def one(number: int) -> bool:
        gateway = here.connect("ada")
        image = image_of(gateway, imported(gateway, {f"n{number}.ome.tif": content}))
        return bool(np.array_equal(image.getPrimaryPixels().getPlane(), values))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(one, range(8)))


def test_a_gigabyte_is_not_held_in_memory(here: Here, ada: Any) -> None:
    """64 planes of 16 MiB, written sparsely where the upload would put them."""
    process = begun(ada, "large.tif", algorithm="File-Size-64", doThumbnails=rbool(False))
    uploader = process.getUploader(0)
    uploader.write(b"-", 0, 1)
    path = here.kernel.data.content(here.store.get("OriginalFile", uploader.getFileId().val))
    stack = tifffile.memmap(path, shape=(64, 4096, 4096), dtype=np.uint8, photometric="minisblack")
    stack[63, 4000, 4000] = 77
    stack.flush()
    uploader.close()
    answer = answered(process.verifyUpload([f"{path.stat().st_size:016x}"]))
    assert isinstance(answer, omero.grid.ImportResponse), answer
    process.close()
    store = ada.c.sf.createRawPixelsStore()
    store.setPixelsId(answer.pixels[0].id.val, False)
    store.setResolutionLevel(store.getResolutionLevels() - 1)
    t = unwrap(answer.pixels[0].sizeT) - 1
    z = unwrap(answer.pixels[0].sizeZ) - 1
    assert store.getTile(z, 0, t, 3999, 3999, 3, 3)[4] == 77
    store.close()
    running = here.kernel.data.bio_formats._process
    assert running is not None
    status = Path(f"/proc/{running.pid}/status").read_text()
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    assert int(peak) < 900_000
    path.unlink()


def test_a_process_that_is_gone_is_started_again(here: Here, ada: Any) -> None:
    image = image_of(ada, imported(ada, {"x&sizeX=8&sizeY=4.fake": b""}))
    first = image.getPrimaryPixels().getPlane()
    running = here.kernel.data.bio_formats._process
    assert running is not None
    running.kill()
    assert np.array_equal(image.getPrimaryPixels().getPlane(), first)
    assert here.kernel.data.bio_formats._process is not running


def test_a_file_that_takes_too_long_ends_the_process(tmp_path: Path) -> None:
    file = tmp_path / "x.fake"
    file.touch()
    reader = BioFormats(seconds=0.01)
    with pytest.raises(CannotRead, match=r"no answer after 0\.01 s about .*x\.fake"):
        reader.describe(file)
    assert reader._process is None


def test_without_java_imports_are_refused_by_name(
    ada: Any, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = image_of(ada, imported(ada, {"before.fake": b""}))
    before = here.store.count("Fileset")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    for name in ("x.png", "x&plates=1.fake"):
        with pytest.raises(omero.ApiUsageException, match=r"Imports need Java: .* program `java`"):
            begun(ada, name)
    assert here.store.count("Fileset") == before
    # The demo's own files are in their names, and need none.
    made = image_of(ada, imported(ada, {"demo&sizeX=20&sizeC=2&series=2.fake": b""}))
    assert (made.getSizeX(), made.getSizeC()) == (20, 2)
    assert made.getPrimaryPixels().getPlane().std() > 0
    # What was imported before is there, its pixels are not.
    here.kernel.data.bio_formats.stop()
    with pytest.raises(omero.ResourceError, match="Imports need Java"):
        image.getPrimaryPixels().getPlane()


def test_a_missing_jar_is_named(ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(JAR_VARIABLE, "/nowhere/x.jar")
    with pytest.raises(omero.ApiUsageException, match=f"{JAR_VARIABLE} names /nowhere/x.jar"):
        begun(ada, "x.png")
