"""RenderingEngine: pictures of planes, and the settings that they are made with."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

import numpy as np
import omero.api
import omero.romio
from numpy.typing import NDArray

from omero_standin import refuse
from omero_standin.binary.folder import SCRIPTS
from omero_standin.binary.pixels import TILE, pixels_of
from omero_standin.call import Call
from omero_standin.model.objects import Fetch
from omero_standin.model.store import Row
from omero_standin.rendering import planes, rows
from omero_standin.rendering.picture import jpeg, projected, render
from omero_standin.servants import unlocked
from omero_standin.services.access import readable
from omero_standin.services.picturesettings import PictureSettings
from omero_standin.services.pyramids import need_pyramid

_PIXELS_FETCH: Fetch = {
    "pixelsType": {},
    "dimensionOrder": {},
    "image": {},
    "channels": {
        "statsInfo": {},
        "logicalChannel": {"photometricInterpretation": {}, "mode": {}, "illumination": {}},
    },
}


class RenderingEngine(PictureSettings):
    """One image's rendering for one client."""

    def __init__(self) -> None:
        """No pixels are chosen."""
        super().__init__()
        self._saved: Row | None = None
        self._quality = 0.85
        # Counted as OMERO does: 0 is the smallest resolution.
        self._level = 0

    # --- what is open

    def lookupPixels(self, call: Call, pixels_id: int) -> None:
        """Choose the pixels."""
        self._row = readable(call, "Pixels", pixels_id)
        self._pixels = pixels_of(call.store, call.kernel.data, self._row, call.kernel.config)
        self._level = len(self._pixels.levels) - 1
        self._settings = self._saved = None

    def lookupRenderingDef(self, call: Call, pixels_id: int) -> Any:
        """Take the caller's settings, else the image owner's; false when there are none."""
        found = rows.found_for(call.store, readable(call, "Pixels", pixels_id), call.user.id)
        if found is not None:
            self._take(call, found)
        return found is not None

    def loadRenderingDef(self, call: Call, settings_id: int) -> None:
        """Take certain settings."""
        self._take(call, readable(call, "RenderingDef", settings_id))

    def load(self, call: Call) -> None:
        """Get ready: pixels and settings must have been chosen, and a pyramid be there."""
        self._now()
        if self._row is not None and self._pixels is not None:
            need_pyramid(call, self._row, self._pixels)

    def getRenderingDefId(self, _call: Call) -> Any:
        """The settings that are in use."""
        if self._saved is None:
            raise refuse.usage("no rendering settings are loaded")
        return self._saved.id

    def getPixels(self, call: Call) -> Any:
        """The Pixels with their channels."""
        return call.marshaller().object(self._chosen(), _PIXELS_FETCH)

    # --- resolutions

    def requiresPixelsPyramid(self, _call: Call) -> Any:
        """Whether planes are so large that they have smaller resolutions."""
        return self._open().is_big

    def getResolutionLevels(self, _call: Call) -> Any:
        """How many resolutions there are."""
        return len(self._open().levels)

    def getResolutionLevel(self, _call: Call) -> Any:
        """The chosen resolution; 0 is the smallest."""
        return self._level

    def setResolutionLevel(self, _call: Call, level: int) -> None:
        """Choose a resolution; 0 is the smallest."""
        if not 0 <= level < len(self._open().levels):
            raise refuse.usage(f"there is no resolution level {level}")
        self._level = level

    def getResolutionDescriptions(self, _call: Call) -> Any:
        """Width and height of the resolutions, the largest first."""
        return [omero.api.ResolutionDescription(*each) for each in self._open().levels]

    def getTileSize(self, _call: Call) -> Any:
        """The best size of tiles."""
        return [min(TILE, self._open().size_x), min(TILE, self._open().size_y)]

    # --- pictures

    @unlocked
    def render(self, call: Call, plane: Any) -> Any:
        """A picture as three buffers: red, green, blue."""
        picture = self._picture(call, plane)
        bands = [np.ascontiguousarray(picture[..., each]).tobytes() for each in range(3)]
        return omero.romio.RGBBuffer(bands, picture.shape[1], picture.shape[0])

    @unlocked
    def renderAsPackedInt(self, call: Call, plane: Any) -> Any:
        """A picture as whole numbers: alpha, red, green, blue of each pixel in one."""
        return _packed(self._picture(call, plane))

    @unlocked
    def renderCompressed(self, call: Call, plane: Any) -> Any:
        """A picture as JPEG."""
        return jpeg(self._picture(call, plane), self._quality)

    @unlocked
    def renderProjectedAsPackedInt(
        self, call: Call, kind: Any, t: int, step: int, start: int, end: int
    ) -> Any:
        """A projection along z as whole numbers."""
        return _packed(self._projection(call, kind, t, step, start, end))

    @unlocked
    def renderProjectedCompressed(
        self, call: Call, kind: Any, t: int, step: int, start: int, end: int
    ) -> Any:
        """A projection along z as JPEG."""
        return jpeg(self._projection(call, kind, t, step, start, end), self._quality)

    def setCompressionLevel(self, _call: Call, quality: float) -> None:
        """The quality of JPEGs, from 0 to 1."""
        if not 0 <= quality <= 1:
            raise refuse.usage(f"a compression level of {quality} is not between 0 and 1")
        self._quality = quality

    def getCompressionLevel(self, _call: Call) -> Any:
        """The quality of JPEGs, from 0 to 1."""
        return self._quality

    # --- keeping settings

    def resetDefaultSettings(self, call: Call, save: bool) -> Any:
        """Take the default settings; with `save` they become the caller's. Their id, or -1."""
        self._settings = rows.defaults(call.store, self._chosen(), self._open())
        if not save:
            return -1
        self._saved = rows.save_first(call, self._chosen(), self._now())
        return self._saved.id

    def saveCurrentSettings(self, call: Call) -> None:
        """Keep the settings as those of the caller, also when they were another user's."""
        self._need_annotate(call)
        self._saved = rows.save(call.store, self._chosen(), self._now(), call.user.id)

    def saveAsNewSettings(self, call: Call) -> Any:
        """Keep the settings as further ones of the caller; their id."""
        self._need_annotate(call)
        now = self._now()
        self._saved = rows.save_as_new(call.store, self._chosen(), now, call.user.id)
        return self._saved.id

    # --- inside

    def _take(self, call: Call, row: Row) -> None:
        self._saved, self._settings = row, rows.read(call.store, row)

    def _need_annotate(self, call: Call) -> None:
        if not call.rights(self._chosen()).annotate:
            raise refuse.forbidden(
                f"user {call.user.values['omeName']} may not keep settings for "
                f"Pixels:{self._chosen().id}"
            )

    def _picture(self, call: Call, plane: Any) -> NDArray[np.uint8]:
        pixels, level = self._open(), len(self._open().levels) - 1 - self._level
        return render(
            lambda channel: planes.values(pixels, plane, channel, level),
            self._now(),
            _tables(call),
        )

    def _projection(
        self, call: Call, kind: Any, t: int, step: int, start: int, end: int
    ) -> NDArray[np.uint8]:
        pixels = self._open()
        pixels.check_plane(start, 0, t)
        pixels.check_plane(end, 0, t)
        numbers = range(start, end + 1, max(1, step))
        word = planes.projection_kind(kind)
        return render(
            lambda channel: projected([pixels.plane(z, channel, t) for z in numbers], word),
            self._now(),
            _tables(call),
        )


def _tables(call: Call) -> Any:
    return call.kernel.data.path(SCRIPTS, "luts", "all").parent


def _packed(picture: NDArray[np.uint8]) -> list[int]:
    parts = picture.astype(np.uint32)
    whole = np.uint32(0xFF000000) | parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    found: list[int] = whole.astype(np.uint32).view(np.int32).reshape(-1).tolist()
    return found
