"""IPixels: descriptions of pixels, their settings, and new images."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

from omero.rtypes import rlong

from omero_standin import refuse
from omero_standin.binary.pixel_types import bit_size
from omero_standin.call import Call, plain
from omero_standin.model import schema
from omero_standin.model.enumeration import enumeration
from omero_standin.model.objects import Fetch
from omero_standin.model.store import Row
from omero_standin.rendering import rows
from omero_standin.services.access import need_edit, readable, working_group
from omero_standin.services.copied_pixels import copied_image, copied_pixels

_DESCRIPTION: Fetch = {
    "pixelsType": {},
    "dimensionOrder": {},
    "image": {},
    "channels": {"statsInfo": {}, "logicalChannel": {"photometricInterpretation": {}}},
}


class PixelsService:
    """What clients read around pixels, and what they make images with."""

    def retrievePixDescription(self, call: Call, pixels_id: int) -> Any:
        """Pixels with type and channels."""
        return call.marshaller().object(readable(call, "Pixels", pixels_id), _DESCRIPTION)

    def retrieveRndSettings(self, call: Call, pixels_id: int) -> Any:
        """The caller's settings, else the owner's, else null."""
        row = rows.found_for(call.store, readable(call, "Pixels", pixels_id), call.user.id)
        return None if row is None else call.marshaller().object(row, rows.FETCH)

    def retrieveRndSettingsFor(self, call: Call, pixels_id: int, user: int) -> Any:
        """A user's settings, or null."""
        row = rows.of_user(call.store, readable(call, "Pixels", pixels_id), user)
        return None if row is None else call.marshaller().object(row, rows.FETCH)

    def retrieveAllRndSettings(self, call: Call, pixels_id: int, user: int) -> Any:
        """The settings of a user, or of everybody for -1."""
        pixels = readable(call, "Pixels", pixels_id)
        found = call.store.referring("RenderingDef", "pixels", pixels.ref)
        wanted = [row for row in found if call.sees(row) and user in (-1, row.owner)]
        return call.marshaller().objects(wanted, rows.FETCH)

    def loadRndSettings(self, call: Call, settings_id: int) -> Any:
        """Certain settings."""
        return call.marshaller().object(readable(call, "RenderingDef", settings_id), rows.FETCH)

    def getBitDepth(self, _call: Call, kind: Any) -> Any:
        """Bits of a pixel of a type."""
        return bit_size(plain(kind.value))

    def getEnumeration(self, call: Call, kind: str, value: str) -> Any:
        """An entry of an enumeration."""
        name = _enumeration_kind(kind)
        found = call.store.holding(name, "value", value)
        if not found:
            raise refuse.usage(f"{name} has no value {value}")
        return call.marshaller().object(found[0])

    def getAllEnumerations(self, call: Call, kind: str) -> Any:
        """All entries of an enumeration."""
        return call.marshaller().objects(call.store.rows(_enumeration_kind(kind)))

    def createImage(
        self,
        call: Call,
        x: int,
        y: int,
        z: int,
        t: int,
        channels: Any,
        kind: Any,
        name: str,
        description: str,
    ) -> Any:
        """A new image of the caller, its pixels yet to be written; its id.

        `channels` are called emission wavelengths (nm); the server counts them and notes none.
        """
        if min(x, y, z, t) < 1 or not channels:
            raise refuse.invalid(f"an image of {x}x{y}x{z}x{len(channels)}x{t} is not possible")
        ownership = {"owner": call.user.id, "group": working_group(call)}
        with call.store.transaction():
            values = {
                "name": name,
                "description": description,
                "archived": False,
                "partial": False,
            }
            image = call.store.insert("Image", values, **ownership)
            pixels_values = {
                "image": image.ref,
                "sizeX": x,
                "sizeY": y,
                "sizeZ": z,
                "sizeC": len(channels),
                "sizeT": t,
                "pixelsType": enumeration(call.store, "PixelsType", plain(kind.value)),
                "dimensionOrder": enumeration(call.store, "DimensionOrder", "XYZCT"),
                "sha1": "Pending...",
            }
            pixels = call.store.insert("Pixels", pixels_values, **ownership)
            for _ in channels:
                _add_channel(call, pixels)
        return rlong(image.id)

    def copyAndResizePixels(
        self,
        call: Call,
        pixels_id: int,
        x: Any,
        y: Any,
        z: Any,
        t: Any,
        channels: Any,
        methodology: str,
        stats: bool,
    ) -> Any:
        """New pixels of the same image, of other sizes (null: the same); their id.

        Descriptions are copied, values are not: they are yet to be written.
        """
        row = readable(call, "Pixels", pixels_id)
        need_edit(call, call.store.get(*row.values["image"]))
        sizes = dict(zip("XYZT", map(plain, (x, y, z, t)), strict=True))
        with call.store.transaction():
            made = copied_pixels(
                call, row, row.values["image"], sizes, channels, methodology, stats=stats
            )
        return rlong(made.id)

    def copyAndResizeImage(
        self,
        call: Call,
        image_id: int,
        x: Any,
        y: Any,
        z: Any,
        t: Any,
        channels: Any,
        name: str,
        stats: bool,
    ) -> Any:
        """A new image of the caller's with pixels of other sizes (null: the same); its id."""
        source = readable(call, "Image", image_id)
        sizes = dict(zip("XYZT", map(plain, (x, y, z, t)), strict=True))
        with call.store.transaction():
            image = copied_image(call, source, name)
            for row in call.store.referring("Pixels", "image", source.ref):
                copied_pixels(call, row, image.ref, sizes, channels, None, stats=stats)
        return rlong(image.id)

    def setChannelGlobalMinMax(
        self, call: Call, pixels_id: int, number: int, low: float, high: float
    ) -> None:
        """The smallest and largest value of a channel, as rendering takes them for its window."""
        pixels = readable(call, "Pixels", pixels_id)
        need_edit(call, pixels)
        found = rows.channels(call.store, pixels)
        if not 0 <= number < len(found):
            raise refuse.usage(f"Pixels:{pixels_id} have no channel {number}")
        channel, values = found[number], {"globalMin": low, "globalMax": high}
        if (info := channel.values.get("statsInfo")) is not None:
            call.store.update(call.store.get(*info), **values)
            return
        made = call.store.insert("StatsInfo", values, owner=pixels.owner, group=pixels.group)
        call.store.update(channel, statsInfo=made.ref)


def _add_channel(call: Call, pixels: Row) -> None:
    ownership = {"owner": pixels.owner, "group": pixels.group}
    logical = call.store.insert("LogicalChannel", {}, **ownership)
    values = {"pixels": pixels.ref, "logicalChannel": logical.ref}
    call.store.insert("Channel", values, **ownership)


def _enumeration_kind(name: str) -> str:
    kind = name.rpartition(".")[2]
    if not schema.exists(kind) or not schema.is_enumeration(kind):
        raise refuse.usage(f"{name} is not an enumeration")
    return kind
