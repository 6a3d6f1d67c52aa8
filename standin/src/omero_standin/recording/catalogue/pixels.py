"""Pixels, thumbnails, regions of interest."""

from __future__ import annotations

import hashlib
import io
from typing import Any, Final

import omero.clients  # isort: skip
import omero.model
from omero.rtypes import rdouble, rint, rstring
from PIL import Image

from omero_standin.recording.catalogue.row import Rows
from omero_standin.recording.lab import Lab
from omero_standin.recording.shown import Ref, is_there

ROWS: Final = Rows()
_NO_SUCH_IMAGE: Final = 2**40


def _pixels(lab: Lab, image: Any) -> Ref:
    query = lab.client.sf.getQueryService()
    found = query.findByQuery(
        "select p from Pixels p where p.image.id = :id",
        omero.sys.ParametersI().addId(image.id.val),
    )
    return Ref.of(found)


@ROWS.row("X1", "pixels are read as they were written")
def planes(lab: Lab) -> None:
    """A whole plane, and a part of it."""
    pixels = _pixels(lab, lab.image("pixels"))
    store = lab.on("RawPixelsStore", lab.client.sf.createRawPixelsStore())
    store.setPixelsId(pixels, False)
    store.getPlaneSize()
    store.getByteWidth()
    store.getPlane(0, 0, 0)
    store.getTile(0, 0, 0, 1, 1, 3, 2)
    store.close()


@ROWS.row("X2", "thumbnails")
def thumbnails(lab: Lab) -> None:
    """Their bytes are the encoder's own affair: only their sizes are compared."""
    pixels = _pixels(lab, lab.image("thumbnail"))
    store = lab.on("ThumbnailStore", lab.client.sf.createThumbnailStore())
    store.setPixelsId(pixels)
    store.getThumbnailByLongestSide(rint(8), show=_picture)
    store.getThumbnailByLongestSideSet(
        rint(8), [pixels], show=lambda found: [_picture(each) for each in found.values()]
    )
    store.close()


def _picture(data: bytes) -> Any:
    if not data:
        return is_there(data)
    with Image.open(io.BytesIO(data)) as opened:
        return [opened.format, *opened.size]


@ROWS.row("B12", "the checksum of pixels that were written, without a save")
def checksum(lab: Lab) -> None:
    """It is that of the data after `close`."""
    pixels = _pixels(lab, lab.image("checksum"))
    data = bytes(range(1, 33))
    lab.say(hashlib.sha1(data, usedforsecurity=False).hexdigest())
    store = lab.on("RawPixelsStore", lab.client.sf.createRawPixelsStore())
    store.setPixelsId(pixels, False)
    store.setPlane(data, 0, 0, 0)
    store.close()
    lab.query.get("Pixels", pixels, show=lambda found: {"sha1": found.sha1})


@ROWS.row("B13", "values below a polygon")
def below_polygon(lab: Lab) -> None:
    """Its points are written with and without blanks by clients."""
    image = lab.image("polygon")
    roi, shape = lab.new("Roi", "roi"), omero.model.PolygonI()
    roi.image = omero.model.ImageI(image.id.val, False)
    shape.points, shape.theZ, shape.theT = rstring("1,1, 6,1, 6,3"), rint(0), rint(0)
    roi.addShape(shape)
    saved = lab.save(roi)
    lab.on("IRoi", lab.client.sf.getRoiService()).getShapeStatsRestricted(
        [Ref.of(saved.getShape(0))], 0, 0, [0], show=_statistics
    )


def _statistics(found: list[Any]) -> Any:
    """Which points lie on an edge is the rasteriser's own affair: only whether there are values."""
    return [
        {
            "channels": len(each.channelIds),
            "points": each.pointsCount[0] > 0,
            "max": each.max[0] > 0,
        }
        for each in found
    ]


@ROWS.row("B14", "regions of an image that is not there, and of one that has some")
def regions(lab: Lab) -> None:
    """Of none there is nothing, and no error."""
    service = lab.on("IRoi", lab.client.sf.getRoiService())
    with lab.may_fail():
        service.findByImage(_NO_SUCH_IMAGE, None, show=lambda found: len(found.rois))
    image = lab.made("Image", "image")
    roi, shape = lab.new("Roi", "roi"), omero.model.RectangleI()
    roi.image = omero.model.ImageI(image.id.val, False)
    shape.x, shape.y, shape.width, shape.height = (rdouble(each) for each in (1, 2, 3, 4))
    shape.theZ, shape.theT = rint(0), rint(0)
    roi.addShape(shape)
    lab.save(roi)
    service.findByImage(Ref.of(image), None, show=_rois)


def _rois(found: Any) -> Any:
    return [
        {"Roi": Ref.of(roi), "shapes": [type(each).__name__ for each in roi.copyShapes()]}
        for roi in found.rois
    ]
