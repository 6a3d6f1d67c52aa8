"""IRenderingSettings: default settings, and settings from one image for others."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from omero_standin.binary import value_range
from omero_standin.binary.pixels import Pixels, pixels_of
from omero_standin.call import Call, plain
from omero_standin.model.graph import Graph, kind_of
from omero_standin.model.store import Ref, Row
from omero_standin.rendering import rows
from omero_standin.rendering.settings import Settings
from omero_standin.services.access import readable

Make = Callable[[Row, Pixels], Settings | None]


class RenderingSettings:
    """Settings for images, and for all images in containers. Sets answer with the images' ids."""

    def getRenderingSettings(self, call: Call, pixels_id: int) -> Any:
        """The caller's settings, else the owner's, else null."""
        row = rows.found_for(call.store, readable(call, "Pixels", pixels_id), call.user.id)
        return None if row is None else call.marshaller().object(row, rows.FETCH)

    def sanityCheckPixels(self, call: Call, first: Any, second: Any) -> Any:
        """Whether settings of one image fit another."""
        a, b = (readable(call, "Pixels", plain(each.id)) for each in (first, second))
        return _fit(call, a, b)

    # --- defaults

    def resetDefaultsInImage(self, call: Call, image_id: int) -> None:
        """Default settings for an image."""
        self.resetDefaultsInSet(call, "Image", [image_id])

    def resetDefaultsForPixels(self, call: Call, pixels_id: int) -> None:
        """Default settings for pixels."""
        _save_all(call, [readable(call, "Pixels", pixels_id)], _defaults(call))

    def resetDefaultsInDataset(self, call: Call, dataset_id: int) -> Any:
        """Default settings for the images of a dataset."""
        return self.resetDefaultsInSet(call, "Dataset", [dataset_id])

    def resetDefaultsInSet(self, call: Call, kind: str, ids: Any) -> Any:
        """Default settings for images, or for the images in containers."""
        return _save_all(call, _pixels_in(call, kind, ids), _defaults(call))

    def resetDefaultsByOwnerInSet(self, call: Call, kind: str, ids: Any) -> Any:
        """The owners' settings for images, or for the images in containers."""

        def of_owner(row: Row, _pixels: Pixels) -> Settings | None:
            found = rows.of_user(call.store, row, row.owner)
            return None if found is None else rows.read(call.store, found)

        return _save_all(call, _pixels_in(call, kind, ids), of_owner)

    def resetMinMaxInSet(self, call: Call, kind: str, ids: Any) -> Any:
        """Windows over the whole range of values; everything else stays."""

        def full(row: Row, pixels: Pixels) -> Settings:
            found = rows.found_for(call.store, row, call.user.id)
            default = rows.defaults(call.store, row, pixels)
            if found is None:
                return default
            now = rows.read(call.store, found)
            for channel, fresh in zip(now.channels, default.channels, strict=False):
                channel.start, channel.end = fresh.start, fresh.end
            return now

        return _save_all(call, _pixels_in(call, kind, ids), full)

    def setOriginalSettingsInImage(self, call: Call, image_id: int) -> None:
        """Windows from the smallest to the largest value that is found."""
        self.setOriginalSettingsInSet(call, "Image", [image_id])

    def setOriginalSettingsForPixels(self, call: Call, pixels_id: int) -> None:
        """Windows from the smallest to the largest value that is found."""
        _save_all(call, [readable(call, "Pixels", pixels_id)], _original(call))

    def setOriginalSettingsInDataset(self, call: Call, dataset_id: int) -> Any:
        """Windows from the smallest to the largest value, for the images of a dataset."""
        return self.setOriginalSettingsInSet(call, "Dataset", [dataset_id])

    def setOriginalSettingsInSet(self, call: Call, kind: str, ids: Any) -> Any:
        """Windows from the smallest to the largest value, for images or those in containers."""
        return _save_all(call, _pixels_in(call, kind, ids), _original(call))

    # --- from one to others

    def applySettingsToSet(self, call: Call, source: int, kind: str, ids: Any) -> Any:
        """Settings of pixels for images or those in containers.

        Images by whether the settings fit them.
        """
        return _apply(call, source, _pixels_in(call, kind, ids))

    def applySettingsToProject(self, call: Call, source: int, project: int) -> Any:
        """Settings of pixels for the images of a project."""
        return self.applySettingsToSet(call, source, "Project", [project])

    def applySettingsToDataset(self, call: Call, source: int, dataset: int) -> Any:
        """Settings of pixels for the images of a dataset."""
        return self.applySettingsToSet(call, source, "Dataset", [dataset])

    def applySettingsToImages(self, call: Call, source: int, ids: Any) -> Any:
        """Settings of pixels for images."""
        return self.applySettingsToSet(call, source, "Image", ids)

    def applySettingsToImage(self, call: Call, source: int, image: int) -> Any:
        """Settings of pixels for an image; whether they fit."""
        return bool(self.applySettingsToSet(call, source, "Image", [image])[True])

    def applySettingsToPixels(self, call: Call, source: int, target: int) -> Any:
        """Settings of pixels for others; whether they fit."""
        return bool(_apply(call, source, [readable(call, "Pixels", target)])[True])


def _defaults(call: Call) -> Make:
    return lambda row, pixels: rows.defaults(call.store, row, pixels)


def _original(call: Call) -> Make:
    def found(row: Row, pixels: Pixels) -> Settings:
        made = rows.defaults(call.store, row, pixels)
        for number, channel in enumerate(made.channels):
            channel.start, channel.end = value_range.min_max(pixels, number)
        return made

    return found


def _apply(call: Call, source: int, targets: list[Row]) -> dict[bool, list[int]]:
    origin = readable(call, "Pixels", source)
    found = rows.found_for(call.store, origin, call.user.id)
    # The source itself is done, also when it has no settings; then the others stay as they are.
    done = [row.values["image"].id for row in targets if row.ref == origin.ref]
    others = [row for row in targets if row.ref != origin.ref]
    if found is not None:
        wanted = rows.read(call.store, found)
        fitting = [row for row in others if _fit(call, origin, row)]
        done += _save_all(call, fitting, lambda row, pixels: _fitted(call, wanted, row, pixels))
    return {
        True: done,
        False: [row.values["image"].id for row in targets if row.values["image"].id not in done],
    }


def _fit(call: Call, origin: Row, target: Row) -> bool:
    """Whether settings fit: type, number of channels, and their emission wavelengths."""
    if any(origin.values[name] != target.values[name] for name in ("sizeC", "pixelsType")):
        return False
    known, others = (_emissions(call, each) for each in (origin, target))
    return sum(each in known for each in others) == len(known)


def _emissions(call: Call, pixels: Row) -> list[Any]:
    logical = (each.values.get("logicalChannel") for each in rows.channels(call.store, pixels))
    return [call.store.get(*each).values.get("emissionWave") for each in logical if each]


def _fitted(call: Call, wanted: Settings, row: Row, pixels: Pixels) -> Settings:
    """Settings for other pixels, which keep their own plane where they lack the wanted one."""
    own = rows.of_user(call.store, row, call.user.id)
    held = rows.defaults(call.store, row, pixels) if own is None else rows.read(call.store, own)
    return replace(
        wanted,
        z=wanted.z if wanted.z < row.values["sizeZ"] else held.z,
        t=wanted.t if wanted.t < row.values["sizeT"] else held.t,
    )


def _save_all(call: Call, found: list[Row], make: Make) -> list[int]:
    """Keep what `make` gives for each of the pixels that the caller may keep settings for."""
    done = []
    for row in found:
        if not call.rights(row).annotate:
            continue
        pixels = pixels_of(call.store, call.kernel.data, row, call.kernel.config)
        settings = make(row, pixels)
        if settings is not None:
            rows.save(call.store, row, settings, call.user.id)
            done.append(row.values["image"].id)
    return done


def _pixels_in(call: Call, name: str, ids: Any) -> list[Row]:
    kind = kind_of(name)
    walk = Graph(call.store, (), lambda _row: True)
    waiting = [readable(call, kind, each) for each in ids]
    seen: set[Ref] = set()
    found: list[Row] = []
    while waiting:
        row = waiting.pop(0)
        if row.ref in seen or not call.sees(row):
            continue
        seen.add(row.ref)
        if row.kind == "Pixels":
            found.append(row)
        elif row.kind == "Image":
            waiting += call.store.referring("Pixels", "image", row.ref)
        else:
            waiting += walk.children(row)
    return found
