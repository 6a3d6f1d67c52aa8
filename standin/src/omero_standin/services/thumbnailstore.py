"""ThumbnailStore: JPEG with the caller's settings, else the image owner's, else the defaults."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omero_standin import refuse
from omero_standin.binary.folder import SCRIPTS
from omero_standin.binary.pixels import Pixels, pixels_of
from omero_standin.call import Call, plain
from omero_standin.model.store import Row
from omero_standin.rendering import rows
from omero_standin.rendering.settings import Settings
from omero_standin.rendering.thumbnail import size_by_longest_side, thumbnail
from omero_standin.servants import unlocked
from omero_standin.services.access import readable
from omero_standin.services.stateful import Stateful

_DEFAULT: int = 48
_LARGEST: int = 4096
Section = tuple[int, int] | None


class ThumbnailStore(Stateful):
    """Thumbnails of the chosen pixels, or of many at once."""

    def __init__(self) -> None:
        """No pixels are chosen."""
        self._row: Row | None = None
        self._settings: Row | None = None

    def setPixelsId(self, call: Call, pixels_id: int) -> Any:
        """Choose the pixels; whether there are rendering settings for them."""
        self._row = readable(call, "Pixels", pixels_id)
        self._settings = rows.found_for(call.store, self._row, call.user.id)
        return self._settings is not None

    def setRenderingDefId(self, call: Call, settings_id: int) -> None:
        """Use certain settings."""
        self._settings = readable(call, "RenderingDef", settings_id)

    def getRenderingDefId(self, _call: Call) -> Any:
        """The settings in use."""
        if self._settings is None:
            raise refuse.usage("no rendering settings are loaded")
        return self._settings.id

    def isInProgress(self, _call: Call) -> Any:
        """No thumbnail is being made by somebody else."""
        return False

    def resetDefaults(self, call: Call) -> None:
        """Make default settings the caller's."""
        row = self._chosen()
        made = rows.defaults(call.store, row, _pixels(call, row))
        self._settings = rows.save_first(call, row, made)

    @unlocked
    def getThumbnail(self, call: Call, width: Any, height: Any) -> Any:
        """A thumbnail of a size (48 pixels unless given)."""
        return self._one(call, (plain(width), plain(height)), keep=True)

    @unlocked
    def getThumbnailWithoutDefault(self, call: Call, width: Any, height: Any) -> Any:
        """A thumbnail of a size."""
        return self._one(call, (plain(width), plain(height)))

    @unlocked
    def getThumbnailDirect(self, call: Call, width: Any, height: Any) -> Any:
        """A thumbnail of a size that is not kept."""
        return self._one(call, (plain(width), plain(height)))

    @unlocked
    def getThumbnailByLongestSide(self, call: Call, size: Any) -> Any:
        """A thumbnail with the image's proportions."""
        return self._one(call, self._longest(call, size), keep=True)

    @unlocked
    def getThumbnailByLongestSideDirect(self, call: Call, size: Any) -> Any:
        """A thumbnail with the image's proportions that is not kept."""
        return self._one(call, self._longest(call, size))

    @unlocked
    def getThumbnailForSectionDirect(
        self, call: Call, z: int, t: int, width: Any, height: Any
    ) -> Any:
        """A thumbnail of a plane."""
        return self._one(call, (plain(width), plain(height)), section=(z, t))

    @unlocked
    def getThumbnailForSectionByLongestSideDirect(
        self, call: Call, z: int, t: int, size: Any
    ) -> Any:
        """A thumbnail of a plane with the image's proportions."""
        return self._one(call, self._longest(call, size), section=(z, t))

    @unlocked
    def getThumbnailSet(self, call: Call, width: Any, height: Any, ids: Any) -> Any:
        """Thumbnails of a size, by pixels; those that the caller may not see are left out."""
        return _set(call, ids, lambda _pixels: (plain(width), plain(height)))

    @unlocked
    def getThumbnailByLongestSideSet(self, call: Call, size: Any, ids: Any) -> Any:
        """Thumbnails with the images' proportions, by pixels."""
        longest = plain(size) or _DEFAULT
        return _set(call, ids, lambda pixels: size_by_longest_side(pixels, longest))

    def createThumbnail(self, call: Call, width: Any, height: Any) -> None:
        """Note that there is a thumbnail; it is drawn when it is asked for."""
        _keep(call, self._chosen(), (plain(width) or _DEFAULT, plain(height) or _DEFAULT))

    def createThumbnails(self, call: Call) -> None:
        """Note that the thumbnails there are have changed."""
        for row in call.store.referring("Thumbnail", "pixels", self._chosen().ref):
            if row.owner == call.user.id:
                call.store.update(row, ref="")

    def createThumbnailsByLongestSideSet(self, call: Call, size: Any, ids: Any) -> None:
        """Note that there are thumbnails; they are drawn when they are asked for."""
        for each in ids:
            row = readable(call, "Pixels", each)
            longest = plain(size) or _DEFAULT
            _keep(call, row, size_by_longest_side(_pixels(call, row), longest))

    def thumbnailExists(self, call: Call, width: Any, height: Any) -> Any:
        """Whether a thumbnail of this size is kept for the caller."""
        wanted = (plain(width) or _DEFAULT, plain(height) or _DEFAULT)
        return _kept(call, self._chosen(), wanted) is not None

    def _chosen(self) -> Row:
        if self._row is None:
            raise refuse.usage("setPixelsId must be called before anything else")
        return self._row

    def _longest(self, call: Call, size: Any) -> tuple[int, int]:
        with call.store.lock:
            pixels = _pixels(call, self._chosen())
        return size_by_longest_side(pixels, plain(size) or _DEFAULT)

    def _one(
        self,
        call: Call,
        size: tuple[int | None, int | None],
        *,
        section: Section = None,
        keep: bool = False,
    ) -> bytes:
        wanted = (size[0] or _DEFAULT, size[1] or _DEFAULT)
        with call.store.lock:
            row = self._chosen()
            pixels, settings = _ready(call, row, self._settings)
            if keep:
                _keep(call, row, wanted)
        return _draw(call, pixels, settings, wanted, section)


def _set(call: Call, ids: Any, size: Any) -> dict[int, bytes]:
    found = {}
    for each in ids:
        with call.store.lock:
            row = call.store.find("Pixels", each)
            if row is None or not call.sees(row):
                continue
            settings_row = rows.found_for(call.store, row, call.user.id)
            pixels, settings = _ready(call, row, settings_row)
            _keep(call, row, size(pixels))
        found[each] = _draw(call, pixels, settings, size(pixels), None)
    return found


def _ready(call: Call, row: Row, settings: Row | None) -> tuple[Pixels, Settings]:
    pixels = _pixels(call, row)
    if settings is not None:
        return pixels, rows.read(call.store, settings)
    return pixels, rows.defaults(call.store, row, pixels)


def _draw(
    call: Call, pixels: Pixels, settings: Settings, size: tuple[int, int], section: Section
) -> bytes:
    if not all(0 < side <= _LARGEST for side in size):
        raise refuse.usage(f"a thumbnail of {size[0]}x{size[1]} is not possible")
    tables = call.kernel.data.path(SCRIPTS, "luts", "all").parent
    written = pixels.path.stat().st_mtime_ns if pixels.path.exists() else 0
    return _drawn(_Picture(pixels, written, repr(settings), size, tables, section, settings))


@dataclass(frozen=True)
class _Picture:
    """All that a thumbnail depends on.

    Attributes:
        written: When a client last wrote the pixels (ns); 0 for generated ones.
        told: The settings as text, which can be compared.
    """

    pixels: Pixels
    written: int
    told: str
    size: tuple[int, int]
    tables: Path
    section: Section
    settings: Settings = field(compare=False)


# OMERO.server stores a thumbnail that it has drawn in a file.
@functools.lru_cache(maxsize=10_000)
def _drawn(picture: _Picture) -> bytes:
    return thumbnail(
        picture.pixels, picture.settings, picture.size, picture.tables, picture.section
    )


def _pixels(call: Call, row: Row) -> Pixels:
    return pixels_of(call.store, call.kernel.data, row, call.kernel.config)


def _kept(call: Call, row: Row, size: tuple[int, int]) -> Row | None:
    for each in call.store.referring("Thumbnail", "pixels", row.ref):
        own = each.owner == call.user.id
        if own and (each.values["sizeX"], each.values["sizeY"]) == size:
            return each
    return None


def _keep(call: Call, row: Row, size: tuple[int, int]) -> None:
    """A row that tells clients the version of the thumbnail; pictures themselves are not kept."""
    if call.rights(row).annotate and _kept(call, row, size) is None:
        values = {
            "pixels": row.ref,
            "sizeX": size[0],
            "sizeY": size[1],
            "mimeType": "image/jpeg",
            "ref": "",
        }
        call.store.insert("Thumbnail", values, owner=call.user.id, group=row.group)
