"""RenderingEngine, thumbnails and rendering settings."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import omero
import omero.romio
import pytest
from omero.rtypes import rint
from PIL import Image

from omero_standin.binary.pixels import attach, pixels_of
from omero_standin.model.store import Row
from standin_here import ROOT, Here, standin_here


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """A stand-in with two members of a read-annotate and two of a read-only group."""
    with standin_here() as running:
        running.user("ada", running.group("lab"))
        running.user("bob", running.kernel.accounts.group_named("lab").id)
        running.user("reader", running.group("shown", "rwr---"))
        yield running


@pytest.fixture(scope="module")
def gateway(here: Here) -> Any:
    """Root's connection."""
    return here.connect()


@pytest.fixture
def ramp(here: Here) -> Row:
    """An image of two channels: values 0 to 255 from left to right, and upside down."""
    image = here.image("ramp", ROOT, 0, size=(256, 8, 3, 2, 2))
    values = np.zeros((2, 2, 3, 8, 256), np.uint8)
    values[:, 0] = np.arange(256)
    values[:, 1] = 255 - np.arange(256)
    values[:, :, 2] = 255
    row = here.pixels_of(image)
    attach(pixels_of(here.store, here.kernel.data, row, here.kernel.config), values)
    return image


def picture(data: bytes) -> Any:
    """A JPEG as an array."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def engine(gateway: Any, image: Row, here: Here) -> Any:
    """A rendering engine with default settings, not saved."""
    made = gateway.c.sf.createRenderingEngine()
    made.lookupPixels(here.pixels_of(image).id)
    made.resetDefaultSettings(False)
    made.load()
    return made


def plane(z: int = 0, t: int = 0, **more: Any) -> Any:
    """A plane."""
    return omero.romio.PlaneDef(omero.romio.XY, more.get("x", 0), more.get("y", 0), z, t, None, 0)


# --- pictures


def test_default_settings_show_all_values_in_the_channels_colours(
    here: Here, gateway: Any, ramp: Row
) -> None:
    made = engine(gateway, ramp, here)
    assert made.getModel().value.val == "rgb"
    assert (made.getChannelWindowStart(0), made.getChannelWindowEnd(0)) == (0.0, 255.0)
    assert (made.getRGBA(0), made.getRGBA(1)) == ([255, 0, 0, 255], [0, 255, 0, 255])
    packed = np.array(made.renderAsPackedInt(plane())).astype(np.uint32).reshape(8, 256)
    assert (packed[3, 200] >> 24) == 255
    assert [(packed[3, 200] >> shift) & 255 for shift in (16, 8, 0)] == [200, 55, 0]
    buffer = made.render(plane())
    assert (buffer.sizeX1, buffer.sizeX2) == (256, 8)
    assert buffer.bands[0][200] == 200
    assert abs(picture(made.renderCompressed(plane()))[4, 200] - [200, 55, 0]).max() < 12


def test_windows_colours_models_and_channels_change_the_picture(
    here: Here, gateway: Any, ramp: Row
) -> None:
    made = engine(gateway, ramp, here)

    def at(column: int) -> list[int]:
        buffer = made.render(plane())
        return [band[column] for band in buffer.bands]

    made.setActive(1, False)
    made.setChannelWindow(0, 100.0, 200.0)
    assert [at(column) for column in (100, 150, 250)] == [[0, 0, 0], [128, 0, 0], [255, 0, 0]]
    made.setRGBA(0, 0, 0, 255, 255)
    assert at(150) == [0, 0, 128]
    made.setChannelLookupTable(0, "cool.lut")
    assert at(250) == [255, 0, 255]
    made.setChannelLookupTable(0, None)
    made.addCodomainMapToChannel(omero.romio.ReverseIntensityMapContext(), 0)
    assert at(250) == [0, 0, 0]
    assert made.getCodomainMapContext(0)[0].getReverse().val
    made.removeCodomainMapFromChannel(omero.romio.ReverseIntensityMapContext(), 0)
    models = {each.value.val: each for each in made.getAvailableModels()}
    made.setModel(models["greyscale"])
    assert at(150) == [128, 128, 128]
    families = {each.value.val: each for each in made.getAvailableFamilies()}
    made.setChannelWindow(0, 0.0, 100.0)
    made.setQuantizationMap(0, families["polynomial"], 2.0, False)
    assert at(50) == [64, 64, 64]
    made.setCodomainInterval(0, 100)
    assert at(250) == [100, 100, 100]


def test_projections_and_cuts(here: Here, gateway: Any, ramp: Row) -> None:
    made = engine(gateway, ramp, here)
    made.setActive(1, False)
    kinds = omero.constants.projection.ProjectionType
    brightest = made.renderProjectedAsPackedInt(kinds.MAXIMUMINTENSITY, 0, 1, 0, 2)
    mean = made.renderProjectedAsPackedInt(kinds.MEANINTENSITY, 0, 1, 0, 2)
    assert (brightest[0] >> 16) & 255 == 255
    assert (mean[0] >> 16) & 255 == 85
    cut = omero.romio.PlaneDef(omero.romio.XZ, 0, 3, 0, 0, None, 0)
    buffer = made.render(cut)
    assert (buffer.sizeX1, buffer.sizeX2) == (256, 3)
    assert buffer.bands[0][2 * 256 + 7] == 255
    cut = omero.romio.PlaneDef(omero.romio.ZY, 9, 0, 0, 0, None, 0)
    assert (made.render(cut).sizeX1, made.render(cut).sizeX2) == (3, 8)


def test_regions_of_big_images_at_each_resolution(here: Here, gateway: Any) -> None:
    image = here.image("slide", ROOT, 0, size=(20_000, 10_000, 1, 3, 1))
    wrapped = gateway.getObject("Image", image.id)
    assert wrapped.requiresPixelsPyramid()
    levels = wrapped.getZoomLevelScaling()
    assert levels[0] == 1.0
    assert levels[1] == 0.5
    region = picture(wrapped.renderJpegRegion(0, 0, 512, 512, 256, 128, level=6))
    assert region.shape == (128, 256, 3)
    eye = Image.open(io.BytesIO(wrapped.renderBirdsEyeView(100)))
    assert eye.size == (100, 50)


def test_the_gateway_renders_and_saves(here: Here, gateway: Any, ramp: Row) -> None:
    wrapped = gateway.getObject("Image", ramp.id)
    wrapped.setActiveChannels([1], [[10, 20]], ["0000FF"])
    assert picture(bytes(wrapped.renderJpeg(0, 0)))[4, 200][2] > 240
    assert wrapped.saveDefaults()
    again = gateway.getObject("Image", ramp.id)
    channels = again.getChannels()
    assert [each.isActive() for each in channels] == [True, False]
    assert (channels[0].getWindowStart(), channels[0].getWindowEnd()) == (10, 20)
    assert channels[0].getColor().getHtml() == "0000FF"
    again.resetDefaults()
    assert gateway.getObject("Image", ramp.id).getChannels()[0].getWindowEnd() == 255


def test_misuse_is_named(here: Here, gateway: Any, ramp: Row) -> None:
    made = gateway.c.sf.createRenderingEngine()
    with pytest.raises(omero.ApiUsageException, match="lookupPixels"):
        made.load()
    made.lookupPixels(here.pixels_of(ramp).id)
    with pytest.raises(omero.ApiUsageException, match="no rendering settings"):
        made.load()
    made = engine(gateway, ramp, here)
    with pytest.raises(omero.ApiUsageException, match="no channel 7"):
        made.isActive(7)
    with pytest.raises(omero.ApiUsageException, match="not between 0 and 2"):
        made.render(plane(z=9))
    with pytest.raises(omero.ApiUsageException, match="no part of 0 to 255"):
        made.setCodomainInterval(200, 100)


# --- settings of users


def test_each_user_has_settings_of_their_own(here: Here) -> None:
    ada, bob = here.connect("ada"), here.connect("bob")
    image = here.image("shared", ada.getUserId(), ada.getEventContext().groupId)
    pixels = here.pixels_of(image)

    def window(gateway: Any) -> float:
        channel = gateway.getObject("Image", image.id).getChannels()[0]
        return float(channel.getWindowEnd())

    mine = ada.getObject("Image", image.id)
    mine.setActiveChannels([1], [[1, 50]])
    mine.saveDefaults()
    assert window(bob) == 50
    his = bob.getObject("Image", image.id)
    his.setActiveChannels([1], [[1, 70]])
    his.saveDefaults()
    assert (window(ada), window(bob)) == (50, 70)
    owners = {row.owner for row in here.store.referring("RenderingDef", "pixels", pixels.ref)}
    assert owners == {ada.getUserId(), bob.getUserId()}
    found = bob.getPixelsService().retrieveAllRndSettings(pixels.id, -1)
    assert {each.getDetails().getOwner().getOmeName().val for each in found} == {"ada", "bob"}


def test_a_reader_changes_the_picture_but_keeps_nothing(here: Here) -> None:
    reader = here.connect("reader")
    image = here.image("not hers", ROOT, reader.getEventContext().groupId)
    wrapped = reader.getObject("Image", image.id)
    made = engine(reader, image, here)
    made.setChannelWindow(0, 1.0, 2.0)
    assert made.renderCompressed(plane())
    with pytest.raises(omero.SecurityViolation):
        made.saveCurrentSettings()
    assert wrapped.getThumbnail()


def test_settings_for_many_images(here: Here, gateway: Any) -> None:
    service = gateway.getRenderingSettingsService()
    dataset = here.add("Dataset", ROOT, 0, name="d")
    images = [here.image(f"i{n}", ROOT, 0, size=(8, 8, 1, 2, 1)) for n in range(3)]
    odd = here.image("odd", ROOT, 0, size=(8, 8, 1, 1, 1))
    for image in (*images, odd):
        here.link(dataset, image)
    assert sorted(service.resetDefaultsInSet("Dataset", [dataset.id])) == sorted(
        each.id for each in (*images, odd)
    )
    source = here.pixels_of(images[0])
    made = gateway.c.sf.createRenderingEngine()
    made.lookupPixels(source.id)
    made.lookupRenderingDef(source.id)
    made.setChannelWindow(0, 3.0, 4.0)
    made.saveCurrentSettings()
    done = service.applySettingsToSet(source.id, "Dataset", [dataset.id])
    assert (sorted(done[True]), done[False]) == ([each.id for each in images], [odd.id])
    settings = service.getRenderingSettings(here.pixels_of(images[2]).id)
    assert settings.getChannelBinding(0).getInputEnd().val == 4.0
    # Another type, or other emission wavelengths: settings do not fit.
    typed = here.image("typed", ROOT, 0, size=(8, 8, 1, 2, 1), kind="uint16")
    logical = here.store.get(
        *here.store.referring("Channel", "pixels", here.pixels_of(images[1]).ref)[0].values[
            "logicalChannel"
        ]
    )
    here.store.update(logical, emissionWave=(461.0, "NANOMETER"))
    for other in (typed, images[1]):
        assert not service.applySettingsToImage(source.id, other.id)
    # The plane stays where the other image lacks it.
    deep = here.image("deep", ROOT, 0, size=(8, 8, 5, 2, 1))
    service.resetDefaultsInImage(deep.id)
    here.store.update(
        here.store.referring("RenderingDef", "pixels", here.pixels_of(deep).ref)[0], defaultZ=4
    )
    assert service.applySettingsToImage(here.pixels_of(deep).id, images[2].id)
    assert service.getRenderingSettings(here.pixels_of(images[2]).id).defaultZ.val == 0
    # Without settings nothing is applied, and that is no error.
    bare = here.pixels_of(here.image("bare", ROOT, 0, size=(8, 8, 1, 2, 1)))
    done = service.applySettingsToSet(bare.id, "Image", [images[2].id])
    assert (done[True], done[False]) == ([], [images[2].id])
    service.resetMinMaxInSet("Image", [images[2].id])
    settings = service.getRenderingSettings(here.pixels_of(images[2]).id)
    assert settings.getChannelBinding(0).getInputEnd().val > 4.0


# --- thumbnails


def test_thumbnails_by_size_longest_side_section_and_set(here: Here, gateway: Any) -> None:
    images = [here.image(f"t{n}", ROOT, 0, size=(640, 480, 2, 1, 1)) for n in range(3)]
    ids = [here.pixels_of(image).id for image in images]
    store = gateway.c.sf.createThumbnailStore()
    thumbs = store.getThumbnailByLongestSideSet(rint(96), [*ids, 4711])
    assert sorted(thumbs) == ids
    assert {Image.open(io.BytesIO(each)).size for each in thumbs.values()} == {(96, 72)}
    assert len(set(thumbs.values())) == 3
    assert not store.setPixelsId(ids[0])
    assert Image.open(io.BytesIO(store.getThumbnail(rint(30), rint(20)))).size == (30, 20)
    section = store.getThumbnailForSectionByLongestSideDirect(1, 0, rint(64))
    assert Image.open(io.BytesIO(section)).size == (64, 48)
    assert store.thumbnailExists(rint(96), rint(72))
    with pytest.raises(omero.ApiUsageException, match="no rendering settings"):
        store.getRenderingDefId()
    store.resetDefaults()
    assert store.setPixelsId(ids[0])
    wrapped = gateway.getObject("Image", images[0].id)
    before = wrapped.getThumbVersion()
    drawn = wrapped.getThumbnail(size=(80,))
    assert Image.open(io.BytesIO(drawn)).size == (80, 60)
    assert wrapped.getThumbnail(size=(80,)) == drawn
    wrapped.setActiveChannels([1], [[1, 5]])
    wrapped.saveDefaults()
    changed = gateway.getObject("Image", images[0].id)
    assert changed.getThumbVersion() > before
    assert changed.getThumbnail(size=(80,)) != drawn


def test_a_thumbnail_of_a_huge_image_is_quick(here: Here, gateway: Any) -> None:
    image = here.image("huge", ROOT, 0, size=(200_000, 150_000, 1, 3, 1), kind="uint16")
    data = gateway.getObject("Image", image.id).getThumbnail(size=(96,))
    assert Image.open(io.BytesIO(data)).size == (96, 72)


def test_projections_as_values_and_as_new_images(here: Here, gateway: Any, ramp: Row) -> None:
    service = gateway.c.sf.getProjectionService()
    pixels = here.pixels_of(ramp)
    kind = omero.constants.projection.ProjectionType.MAXIMUMINTENSITY
    plane = np.frombuffer(service.projectStack(pixels.id, None, kind, 0, 0, 1, 0, 1), np.uint8)
    assert plane.reshape(8, 256)[0].tolist() == list(range(256))
    made = service.projectPixels(pixels.id, None, kind, 0, 1, [1], 1, 0, 2, "projected")
    image = gateway.getObject("Image", made)
    assert (image.getName(), image.getSizeZ(), image.getSizeC(), image.getSizeT()) == (
        "projected", 1, 1, 2,
    )  # fmt: skip
    assert image.getPrimaryPixels().getPlane(0, 0, 1).min() == 255
    with pytest.raises(omero.ApiUsageException, match="not between"):
        service.projectStack(pixels.id, None, kind, 0, 0, 1, 0, 9)
