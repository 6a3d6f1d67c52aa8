"""RawPixelsStore: values of pixels, generated or written."""

from __future__ import annotations

import hashlib
import math
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import omero
import omero.romio
import pytest
from omero.rtypes import rint

from omero_standin.binary.pixel_types import TYPES
from omero_standin.binary.pixels import attach, pixels_of
from omero_standin.model.store import Ref, Row
from omero_standin.services.pyramids import DELAY
from standin_here import ROOT, Here


@pytest.fixture(scope="module")
def gateway(here: Here) -> Any:
    """Root's connection."""
    return here.connect()


def opened(gateway: Any, row: Row) -> Any:
    """A store with pixels."""
    store = gateway.c.sf.createRawPixelsStore()
    store.setPixelsId(row.id, False)
    return store


@pytest.mark.parametrize("kind", TYPES)
def test_planes_of_every_type_are_read_by_the_gateway(here: Here, gateway: Any, kind: str) -> None:
    image = here.image(kind, ROOT, 0, size=(70, 50, 2, 2, 2), kind=kind)
    store = opened(gateway, here.pixels_of(image))
    plane = np.frombuffer(store.getPlane(1, 1, 1), TYPES[kind])
    assert plane.size == 70 * 50
    assert plane.min() != plane.max()
    assert store.getByteWidth() == TYPES[kind].itemsize
    assert store.getPlane(1, 1, 1) == store.getPlane(1, 1, 1)
    assert store.getPlane(1, 1, 1) != store.getPlane(0, 1, 1)
    assert store.getPlane(1, 1, 1) != store.getPlane(1, 0, 1)
    assert store.isFloat() == (kind in ("float", "double", "complex", "double-complex"))
    if kind in ("uint8", "int16", "uint32", "float", "double"):
        wrapped = gateway.getObject("Image", image.id).getPrimaryPixels()
        assert np.array_equal(wrapped.getPlane(1, 1, 1), plane.reshape(50, 70))


def test_every_way_to_read_gives_the_same_values(here: Here, gateway: Any) -> None:
    row = here.pixels_of(here.image("ways", ROOT, 0, size=(30, 20, 3, 2, 2), kind="uint16"))
    store = opened(gateway, row)
    dtype = TYPES["uint16"]
    whole = np.stack([
        np.frombuffer(store.getTimepoint(t), dtype).reshape(2, 3, 20, 30) for t in range(2)
    ])  # fmt: skip

    def values(data: bytes, *shape: int) -> Any:
        return np.frombuffer(data, dtype).reshape(shape)

    assert np.array_equal(values(store.getPlane(2, 1, 1), 20, 30), whole[1, 1, 2])
    assert np.array_equal(values(store.getStack(1, 0), 3, 20, 30), whole[0, 1])
    assert np.array_equal(values(store.getRow(5, 2, 1, 1), 30), whole[1, 1, 2, 5])
    assert np.array_equal(values(store.getCol(5, 2, 1, 1), 20), whole[1, 1, 2, :, 5])
    assert np.array_equal(
        values(store.getTile(2, 1, 1, 4, 3, 10, 7), 7, 10), whole[1, 1, 2, 3:10, 4:14]
    )
    assert np.array_equal(
        values(store.getPlaneRegion(2, 1, 1, 40, 50), 40), whole[1, 1, 2].reshape(-1)[50:90]
    )
    cube = store.getHypercube([2, 4, 0, 0, 1], [10, 6, 3, 2, 1], [2, 3, 2, 1, 1])
    wanted = whole[1:2, 0:2, 0:3:2, 4:10:3, 2:12:2]
    assert np.array_equal(values(cube, *wanted.shape), wanted)
    assert store.getRowSize() == 60
    assert store.getPlaneSize() == 1200
    assert store.getTotalSize() == 1200 * 12
    assert store.getPlaneOffset(2, 1, 1) == 1200 * 11
    assert store.getRowOffset(1, 2, 1, 1) == 1200 * 11 + 60
    assert store.calculateMessageDigest() == hashlib.sha1(whole.astype(dtype).tobytes()).digest()  # noqa: S324


def test_large_planes_have_resolutions_and_take_little_memory(here: Here, gateway: Any) -> None:
    row = here.pixels_of(here.image("slide", ROOT, 0, size=(100_000, 60_000, 1, 3, 1)))
    store = opened(gateway, row)
    levels = store.getResolutionDescriptions()
    assert (levels[0].sizeX, levels[0].sizeY) == (100_000, 60_000)
    assert (levels[1].sizeX, levels[1].sizeY) == (50_000, 30_000)
    assert levels[-1].sizeX <= 512
    assert store.getResolutionLevels() == len(levels)
    assert store.getResolutionLevel() == len(levels) - 1
    assert store.requiresPixelsPyramid()
    assert store.getTileSize() == [256, 256]
    tracemalloc.start()
    full = np.frombuffer(store.getTile(0, 1, 0, 40_000, 20_000, 256, 256), "u1").reshape(256, 256)
    store.setResolutionLevel(len(levels) - 2)
    half = np.frombuffer(store.getTile(0, 1, 0, 20_000, 10_000, 128, 128), "u1").reshape(128, 128)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert np.array_equal(half, full[::2, ::2])
    with pytest.raises(omero.ApiUsageException, match="too many"):
        store.setResolutionLevel(len(levels) - 1)
        store.getPlane(0, 0, 0)
    with pytest.raises(omero.ApiUsageException, match="no resolution level 99"):
        store.setResolutionLevel(99)


def test_a_large_image_may_have_no_pyramid_yet(here: Here, gateway: Any) -> None:
    large = here.image("large", ROOT, 0, size=(4000, 4000, 1, 1, 1))
    small = here.pixels_of(here.image("small", ROOT, 0))
    here.kernel.config[DELAY] = "60000"
    try:
        with pytest.raises(omero.MissingPyramidException) as caught:
            opened(gateway, here.pixels_of(large))
        assert caught.value.pixelsID == here.pixels_of(large).id
        assert 0 < caught.value.backOff <= 60000
        assert "has no pyramid yet" in caught.value.message
        opened(gateway, small)
        image = gateway.getObject("Image", large.id)
        with pytest.raises(omero.ConcurrencyException):
            image._prepareRE()
    finally:
        del here.kernel.config[DELAY]
    opened(gateway, here.pixels_of(large))


def test_what_is_written_is_read(here: Here, gateway: Any) -> None:
    planes = [np.full((20, 30), value, np.uint16) for value in (7, 300)]
    image = gateway.createImageFromNumpySeq(iter(planes), "made", 2, 1, 1)
    primary = gateway.getObject("Image", image.getId()).getPrimaryPixels()
    assert [int(primary.getPlane(z, 0, 0)[3, 4]) for z in (0, 1)] == [7, 300]
    store = opened(gateway, here.store.get("Pixels", primary.getId()))
    store.setTile(np.full(6, 9, ">u2").tobytes(), 1, 0, 0, 28, 17, 2, 3)
    assert primary.getTile(1, 0, 0, (27, 17, 3, 3)).tolist() == [[300, 9, 9]] * 3
    saved = store.save()
    assert saved.sha1.val == store.calculateMessageDigest().hex()
    assert here.kernel.data.size_of_pixels(here.store.get("Pixels", saved.id.val)) == 2 * 1200


def test_a_test_attaches_its_own_values(here: Here, gateway: Any) -> None:
    image = here.image("own", ROOT, 0, size=(4, 3, 2, 2, 1), kind="float")
    row = here.pixels_of(image)
    own = np.arange(48, dtype=np.float32).reshape(2, 2, 3, 4)
    attach(pixels_of(here.store, here.kernel.data, row, here.kernel.config), own)
    primary = gateway.getObject("Image", image.id).getPrimaryPixels()
    assert np.array_equal(primary.getPlane(1, 1, 0), own[1, 1])


def test_ranges_and_histograms(here: Here, gateway: Any) -> None:
    image = here.image("ramp", ROOT, 0, size=(256, 4, 1, 2, 1), kind="uint16")
    row = here.pixels_of(image)
    ramp = np.tile(np.arange(256, dtype=np.uint16), (2, 1, 4, 1))
    ramp[1] *= 2
    attach(pixels_of(here.store, here.kernel.data, row, here.kernel.config), ramp)
    store = opened(gateway, row)
    assert store.findMinMax([0, 1]) == {0: [0.0, 255.0], 1: [0.0, 510.0]}
    plane = omero.romio.PlaneDef(omero.romio.XY, 0, 0, 0, 0, None, 0)
    assert store.getHistogram([1], 256, True, plane) == {1: [4] * 256}


def test_what_is_not_there_is_named(here: Here, gateway: Any) -> None:
    row = here.pixels_of(here.image("small", ROOT, 0))
    store = opened(gateway, row)
    with pytest.raises(omero.ApiUsageException, match="Z '9' is not between 0 and 0"):
        store.getPlane(9, 0, 0)
    with pytest.raises(omero.ApiUsageException, match="is not inside of 64x48"):
        store.getTile(0, 0, 0, 60, 40, 10, 10)
    with pytest.raises(omero.ApiUsageException, match="setPixelsId"):
        gateway.c.sf.createRawPixelsStore().getPlaneSize()
    with pytest.raises(omero.ValidationException, match="no Pixels with id 4711"):
        opened(gateway, Row("Pixels", 4711, {}, 0, 0, 0))


def test_a_reader_cannot_write(here: Here) -> None:
    ada = here.connect("ada")
    image = here.image("hers", ada.getUserId(), ada.getEventContext().groupId)
    store = opened(here.connect("bob"), here.pixels_of(image))
    assert len(store.getPlane(0, 0, 0)) == 64 * 48
    with pytest.raises(omero.SecurityViolation):
        store.setPlane(bytes(64 * 48), 0, 0, 0)


def test_new_images_come_from_the_pixels_service(here: Here, gateway: Any) -> None:
    service = gateway.getPixelsService()
    kind = service.getEnumeration("PixelsType", "uint8")
    made = service.createImage(5, 4, 3, 2, [450, 520], kind, "new", "text")
    image = gateway.getObject("Image", made.val)
    assert (image.getSizeX(), image.getSizeC(), image.getSizeT()) == (5, 2, 2)
    primary = service.retrievePixDescription(image.getPixelsId())
    # As the real server: it counts the wavelengths, and notes none.
    assert primary.getChannel(1).getLogicalChannel().getEmissionWave() is None
    assert [each.getLabel() for each in image.getChannels()] == ["0", "1"]
    service.setChannelGlobalMinMax(image.getPixelsId(), 0, 3.0, 9.0)
    again = service.retrievePixDescription(image.getPixelsId())
    assert again.getChannel(0).getStatsInfo().getGlobalMax().val == 9.0
    with pytest.raises(omero.ValidationException):
        service.createImage(0, 4, 3, 2, [450], kind, "new", "text")


def test_rois_are_found_by_image_and_plane(here: Here, gateway: Any) -> None:
    image = here.image("roi", ROOT, 0, size=(64, 48, 3, 1, 1))
    roi = here.add("Roi", ROOT, 0, image=image.ref, name="cell")
    here.add("Roi", ROOT, 0, image=image.ref, name="without a shape")
    here.add("Rectangle", ROOT, 0, roi=roi.ref, x=1.0, y=2.0, width=3.0, height=4.0, theZ=1)
    here.add("Point", ROOT, 0, roi=roi.ref, x=1.0, y=2.0, theZ=2)
    folder = here.add("Folder", ROOT, 0, name="cells")
    here.link(folder, roi)
    service = gateway.getRoiService()
    for found in (service.findByImage(image.id, None).rois, service.findByRoi(roi.id, None).rois):
        assert [each.name.val for each in found] == ["cell"]
        assert found[0].getShape(0).getX().val == 1.0
        assert found[0].sizeOfShapes() == 2
        assert found[0].linkedFolderList()[0].name.val == "cells"
    # Only the shapes of the plane are there.
    (found,) = service.findByPlane(image.id, 2, 0, None).rois
    assert [type(each) for each in found.copyShapes()] == [omero.model.PointI]
    assert service.findByPlane(image.id, 0, 0, None).rois == []
    options = omero.api.RoiOptions()
    options.userId = omero.rtypes.rlong(4711)
    assert service.findByImage(image.id, options).rois == []
    options = omero.api.RoiOptions()
    options.limit = rint(0)
    assert service.findByImage(image.id, options).rois == []


def test_where_there_is_nothing_there_are_no_rois(gateway: Any) -> None:
    service = gateway.getRoiService()
    assert service.findByImage(99999999, None).rois == []
    assert service.findByPlane(99999999, 0, 0, None).rois == []
    assert service.findByRoi(99999999, None).rois == []


def test_what_is_written_gets_its_checksum_with_the_close(here: Here, gateway: Any) -> None:
    row = here.pixels_of(here.image("sum", ROOT, 0, size=(4, 2, 1, 1, 1)))
    data = bytes(range(8))
    store = opened(gateway, row)
    assert store.save() is None
    store.setPlane(data, 0, 0, 0)
    store.close()
    assert row.values["sha1"] == hashlib.sha1(data, usedforsecurity=False).hexdigest()
    store = opened(gateway, row)
    store.setPlane(data[::-1], 0, 0, 0)
    wanted = hashlib.sha1(data[::-1], usedforsecurity=False).hexdigest()
    assert store.save().sha1.val == wanted
    assert store.save() is None
    store.close()


def test_what_is_written_gets_its_checksum_with_the_end_of_the_session(here: Here) -> None:
    row = here.pixels_of(here.image("end", ROOT, 0, size=(4, 2, 1, 1, 1)))
    gateway = here.connect()
    opened(gateway, row).setPlane(bytes(8), 0, 0, 0)
    gateway.close()
    assert row.values["sha1"] == hashlib.sha1(bytes(8), usedforsecurity=False).hexdigest()


def test_twenty_clients_read_at_once(here: Here) -> None:
    row = here.pixels_of(here.image("crowd", ROOT, 0, size=(512, 512, 2, 1, 1), kind="uint16"))
    wanted = opened(here.connect(), row).getPlane(1, 0, 0)

    def one(_number: int) -> bool:
        return bool(opened(here.connect(), row).getPlane(1, 0, 0) == wanted)

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(one, range(20)))


@pytest.mark.parametrize(
    ("kind", "values", "points"),
    [
        ("Rectangle", {"x": 2.0, "y": 1.0, "width": 3.0, "height": 2.0}, 6),
        ("Ellipse", {"x": 5.0, "y": 4.0, "radiusX": 1.0, "radiusY": 1.0}, 3),
        ("Point", {"x": 3.9, "y": 3.0}, 1),
        ("Label", {"x": 3.0, "y": 3.0}, 1),
        ("Line", {"x1": 1.0, "y1": 2.0, "x2": 4.0, "y2": 2.0}, 4),
        ("Polygon", {"points": "1,1 4,1 4,4 1,4"}, 9),
        ("Polygon", {"points": "1,1, 4,1, 4,4, 1,4"}, 9),
        ("Polygon", {"points": "1.0 1.0,4 1 4e0,4\t1 4"}, 9),
        ("Polygon", {"points": "points[1,1 4,1 4,4 1,4] points1[9,9] mask[0,0]"}, 9),
        # With a hole, whatever the direction of its edges is.
        ("Polygon", {"points": "0,0 8,0 8,7 0,7 0,0 2,2 6,2 6,5 2,5 2,2"}, 44),
        ("Polygon", {"points": "1.5,1.5 4.5,1.5 4.5,4.5 1.5,4.5"}, 9),
        ("Polygon", {"points": "1,1 7,1 1,7"}, 21),
        ("Polyline", {"points": "1,1 4,1"}, 4),
        # The pixel where two parts meet counts for both.
        ("Polyline", {"points": "1,1 4,1 4,3"}, 7),
        ("Mask", {"x": 1.0, "y": 1.0, "width": 4.0, "height": 2.0, "bytes": b"\xf1"}, 8),
        ("Rectangle", {"x": -1.0, "y": 0.0, "width": 3.0, "height": 1.0}, 2),
        ("Rectangle", {"x": 500.0, "y": 500.0, "width": 3.0, "height": 1.0}, None),
    ],
)
def test_values_below_shapes(
    here: Here, gateway: Any, kind: str, values: dict[str, Any], points: int | None
) -> None:
    """The counts are those of Java's `java.awt.geom`, with which the server looks."""
    image = here.image("shapes", ROOT, 0, size=(10, 8, 2, 2, 1), kind="uint16")
    row = here.pixels_of(image)
    plane = np.arange(80, dtype=np.uint16).reshape(8, 10)
    whole = np.stack([np.stack([plane, plane + 100]), np.stack([plane, plane + 1000])])
    attach(pixels_of(here.store, here.kernel.data, row, here.kernel.config), whole)
    roi = here.add("Roi", ROOT, 0, image=image.ref)
    shape = here.add(kind, ROOT, 0, roi=roi.ref, theZ=1, **values)
    (found,) = gateway.getRoiService().getShapeStatsRestricted([shape.id], 0, 0, [1])
    assert (found.channelIds, found.pointsCount) == ([1], [points or 0])
    if points is None:
        assert (found.sum, found.max, found.mean, found.stdDev) == ([0.0], [0.0], [0.0], [0.0])
        # The other call divides by the number of points.
        nothing = gateway.getRoiService().getShapeStats(shape.id)
        assert (nothing.pointsCount, nothing.sum) == ([0, 0], [0.0, 0.0])
        assert [math.isnan(each) for each in nothing.mean] == [True, True]
    else:
        assert found.min[0] >= 1000
        assert found.sum[0] == pytest.approx(found.mean[0] * points)
        everything = gateway.getRoiService().getShapeStats(shape.id)
        logical = [
            each.values["logicalChannel"].id
            for each in here.store.referring("Channel", "pixels", row.ref)
        ]
        assert everything.channelIds == logical
        assert everything.min[1] - everything.min[0] == 900


def test_a_shape_of_one_channel_has_the_values_of_the_first(here: Here, gateway: Any) -> None:
    """As `GeomTool.getStats` reads them: it names the shape's channel."""
    image = here.image("channels", ROOT, 0, size=(4, 2, 1, 2, 1))
    row = here.pixels_of(image)
    values = np.stack([np.full((1, 2, 4), each, dtype=np.uint8) for each in (3, 7)])
    attach(pixels_of(here.store, here.kernel.data, row, here.kernel.config), values)
    roi = here.add("Roi", ROOT, 0, image=image.ref)
    shapes = [here.add("Point", ROOT, 0, roi=roi.ref, x=1.0, y=1.0, theC=c) for c in (0, 1)]
    logical = [
        each.values["logicalChannel"].id
        for each in here.store.referring("Channel", "pixels", row.ref)
    ]
    found = gateway.getRoiService().getShapeStatsList([each.id for each in shapes])
    assert [each.channelIds for each in found] == [[logical[0]], [logical[1]]]
    assert [each.mean for each in found] == [[3.0], [3.0]]


def test_a_shape_on_all_planes_counts_on_each(here: Here, gateway: Any) -> None:
    image = here.image("planes", ROOT, 0, size=(4, 2, 3, 1, 2))
    roi = here.add("Roi", ROOT, 0, image=image.ref)
    point = here.add("Point", ROOT, 0, roi=roi.ref, x=1.0, y=1.0)
    service = gateway.getRoiService()
    (found,) = service.getShapeStatsList([point.id])
    assert found.pointsCount == [6]
    assert service.getShapeStatsRestricted([point.id], 2, 1, [0])[0].pointsCount == [1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ids": []}, "non empty list of shape ids"),
        ({"channels": []}, "non empty array of channels"),
        ({"channels": [1]}, "channel\\(s\\) out of bounds"),
        ({"z": 3}, "Fallback value\\(s\\)"),
        ({"ids": [4711]}, "Given shape id\\(s\\) invalid"),
    ],
)
def test_statistics_of_what_is_not_there_are_refused(
    here: Here, gateway: Any, change: dict[str, Any], message: str
) -> None:
    image = here.image("refused", ROOT, 0, size=(4, 2, 3, 1, 1))
    roi = here.add("Roi", ROOT, 0, image=image.ref)
    given: dict[str, Any] = {"ids": [here.add("Point", ROOT, 0, roi=roi.ref, x=1.0, y=1.0).id]}
    given |= {"z": 0, "t": 0, "channels": [0]} | change
    with pytest.raises(omero.ApiUsageException, match=message):
        gateway.getRoiService().getShapeStatsRestricted(*given.values())


@pytest.mark.parametrize("points", ["", "1,1 4", "1,1 4,1 x,y", "M 1 1 L 2 2"])
def test_points_that_cannot_be_read_are_named(here: Here, gateway: Any, points: str) -> None:
    image = here.image("odd", ROOT, 0, size=(4, 2, 1, 1, 1))
    roi = here.add("Roi", ROOT, 0, image=image.ref)
    shape = here.add("Polygon", ROOT, 0, roi=roi.ref, points=points)
    service = gateway.getRoiService()
    if not points:
        assert service.getShapeStatsRestricted([shape.id], 0, 0, [0])[0].pointsCount == [0]
        return
    with pytest.raises(omero.ValidationException, match="points of a shape cannot be read"):
        service.getShapeStatsRestricted([shape.id], 0, 0, [0])


def test_bytes_of_the_file_are_read_and_written(here: Here, gateway: Any) -> None:
    image = here.image("bytes", ROOT, 0, size=(7, 5, 2, 2, 2), kind="uint16")
    store = opened(gateway, here.pixels_of(image))
    whole = b"".join(store.getTimepoint(t) for t in range(2))
    assert len(whole) == store.getTotalSize()
    # Also across the border of a plane, and of everything.
    for offset, size in ((0, 10), (60, 25), (69, 3), (0, len(whole)), (len(whole), 0)):
        assert store.getRegion(size, offset) == whole[offset : offset + size]
    for offset, size in ((-1, 4), (len(whole), 1), (0, len(whole) + 1), (0, -1)):
        with pytest.raises(omero.ApiUsageException, match="not inside"):
            store.getRegion(size, offset)
    store.setRegion(4, 68, b"abcd")
    assert store.getRegion(6, 67) == b"\0abcd\0"
    assert store.getPlane(0, 0, 0)[-2:] == b"ab"
    assert store.getPlane(1, 0, 0)[:2] == b"cd"
    with pytest.raises(omero.ApiUsageException, match="do not fit"):
        store.setRegion(5, 0, b"abcd")
    with pytest.raises(omero.ApiUsageException, match="do not fit"):
        store.setRegion(4, len(whole) - 3, b"abcd")


def test_pixels_of_an_imported_file_are_not_written(here: Here, gateway: Any) -> None:
    image = here.image("imported", ROOT, 0, size=(7, 5, 1, 1, 1))
    fileset = here.add("Fileset", ROOT, 0, templatePrefix="x/")
    here.store.update(image, fileset=fileset.ref)
    store = opened(gateway, here.pixels_of(image))
    before = store.getPlane(0, 0, 0)
    calls: tuple[Callable[[], object], ...] = (
        lambda: store.setPlane(bytes(35), 0, 0, 0),
        lambda: store.setRegion(1, 0, b"x"),
        lambda: store.getRegion(1, 0),
    )
    for call in calls:
        with pytest.raises(omero.InternalException, match="is in a fileset"):
            call()
    assert store.getPlane(0, 0, 0) == before


def test_an_image_is_copied_with_other_sizes(here: Here, gateway: Any) -> None:
    image = here.image("source", ROOT, 0, size=(20, 10, 3, 2, 2), acquisitionDate=86_400_000)
    row = here.pixels_of(image)
    here.store.update(row, physicalSizeX=(0.5, "MICROMETER"))
    service = gateway.getPixelsService()
    sizes = (rint(8), None, rint(1), None)
    made = gateway.getObject(
        "Image", service.copyAndResizeImage(image.id, *sizes, [1], "copy", False).val
    )
    assert (made.getName(), made.getSizeX(), made.getSizeY()) == ("copy", 8, 10)
    assert (made.getSizeZ(), made.getSizeC(), made.getSizeT()) == (1, 1, 2)
    assert made.getPixelSizeX() == 0.5
    assert made._obj.acquisitionDate.val == 86_400_000
    copied = here.store.get("Pixels", made.getPixelsId())
    assert copied.values["relatedTo"] == row.ref
    # The channel is described by the same rows, and its values are yet to be written.
    channels = here.store.referring("Channel", "pixels", row.ref)
    (channel,) = here.store.referring("Channel", "pixels", copied.ref)
    assert channel.values["logicalChannel"] == channels[1].values["logicalChannel"]
    plane = np.arange(80, dtype=np.uint8).reshape(10, 8)
    store = opened(gateway, copied)
    store.setPlane(plane.tobytes(), 0, 0, 0)
    store.close()
    assert np.array_equal(made.getPrimaryPixels().getPlane(0, 0, 0), plane)


def test_pixels_are_copied_within_their_image(here: Here, gateway: Any) -> None:
    image = here.image("more pixels", ROOT, 0, size=(4, 4, 1, 2, 1))
    row = here.pixels_of(image)
    service = gateway.getPixelsService()
    nothing = (None, None, None, None)
    number = service.copyAndResizePixels(row.id, *nothing, [0, 1], "projection", False).val
    made = here.store.get("Pixels", number)
    assert (made.values["image"], made.values["methodology"]) == (image.ref, "projection")
    assert here.store.referring("Pixels", "image", image.ref) == [row, made]
    with pytest.raises(omero.InternalException, match="no statistics"):
        service.copyAndResizePixels(row.id, *nothing, [0], "x", True)
    service.setChannelGlobalMinMax(row.id, 0, 1.0, 9.0)
    number = service.copyAndResizePixels(row.id, *nothing, [0], "x", True).val
    (channel,) = here.store.referring("Channel", "pixels", Ref("Pixels", number))
    info = here.store.get(*channel.values["statsInfo"])
    assert (info.values["globalMin"], info.values["globalMax"]) == (1.0, 9.0)


@pytest.mark.parametrize(
    ("sizes", "channels", "message"),
    [
        ((rint(-1), None, None, None), [0], "sizeX: -1"),
        ((None, None, rint(0), None), [0], "sizeZ: 0"),
        ((None, None, None, None), [2], "out of bounds"),
        ((None, None, None, None), [], "size == 0"),
    ],
)
def test_copies_that_are_not_possible(
    here: Here, gateway: Any, sizes: tuple[Any, ...], channels: list[int], message: str
) -> None:
    image = here.image("small", ROOT, 0, size=(4, 4, 1, 2, 1))
    before = here.store.count("Image"), here.store.count("Pixels")
    with pytest.raises(omero.ValidationException, match=message):
        gateway.getPixelsService().copyAndResizeImage(image.id, *sizes, channels, "x", False)
    assert (here.store.count("Image"), here.store.count("Pixels")) == before


def test_others_images_are_copied_to_ones_own_and_not_changed(here: Here) -> None:
    lab = here.group("copies", "rwra--")
    owner = here.user("cora", lab)
    here.user("dan", lab)
    image = here.image("cora's", owner, lab, size=(4, 4, 1, 1, 1))
    dan = here.connect("dan")
    service, nothing = dan.getPixelsService(), (None, None, None, None)
    with pytest.raises(omero.SecurityViolation):
        service.copyAndResizePixels(here.pixels_of(image).id, *nothing, [0], "x", False)
    number = service.copyAndResizeImage(image.id, *nothing, [0], "dan's", False).val
    assert here.store.get("Image", number).owner == dan.getUserId()
