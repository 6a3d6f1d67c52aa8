"""One block of described data: what one user has in one group.

A project, dataset or screen has another name until it is complete. So whoever repeats what was cut
off knows what is complete, and deletes and makes the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from omero.model import (
    DatasetI,
    ImageI,
    PlateAcquisitionI,
    PlateI,
    ProjectDatasetLinkI,
    ProjectI,
    ScreenI,
    ScreenPlateLinkI,
    WellI,
    WellSampleI,
)
from omero.rtypes import rint, rstring, rtime

from omero_standin.data import described
from omero_standin.data.check import known
from omero_standin.through_api.annotations import Annotations
from omero_standin.through_api.connection import Connection
from omero_standin.through_api.images import describe
from omero_standin.through_api.imports import FOLDER, import_images

INCOMPLETE: Final = " (not complete)"
_UNPLACED: Final = (
    "select distinct o.id from Image o join o.fileset f join f.usedFiles e "
    "where e.clientPath like :path "
    "and not exists (select l.id from DatasetImageLink l where l.child.id = o.id) "
    "and not exists (select s.id from WellSample s where s.image.id = o.id)"
)


class Block:
    """Makes one block."""

    def __init__(self, me: Connection, block: dict[str, Any]) -> None:
        """`me` is the owner, in the group."""
        known(block, "a block of data", *described.BLOCK)
        self._me = me
        self._block = block
        self._annotations = Annotations(me)
        self.images = 0

    def make(self) -> None:
        """All that is not complete yet; `images` counts those that were made."""
        self._delete_incomplete()
        for name, tags in self._block.get("tag-sets", {}).items():
            self._annotations.tag_set(name, [str(tag) for tag in tags])
        for project in self._block.get("projects", ()):
            self._complete("Project", project, self._fill_project, "datasets")
        for dataset in self._block.get("datasets", ()):
            self._complete("Dataset", dataset, self._fill_dataset, "images")
        for screen in self._block.get("screens", ()):
            self._complete("Screen", screen, self._fill_screen, "plates")
        # Last: before, images without a place are what was cut off.
        for images in self._block.get("images", ()):
            self._images(images)

    def _delete_incomplete(self) -> None:
        for kind in ("Project", "Dataset", "Screen"):
            self._me.delete(kind, self._named(kind, "like", f"%{INCOMPLETE}"))
        self._me.delete("Image", self._me.ids(_UNPLACED, path=f"{FOLDER}%"))

    def _named(self, kind: str, compared: str, name: str) -> list[int]:
        query = f"select o.id from {kind} o where o.name {compared} :name"  # noqa: S608 - our words
        return self._me.ids(query, name=name)

    def _complete(
        self,
        kind: str,
        said: dict[str, Any],
        fill: Callable[[int, dict[str, Any]], None],
        *keys: str,
    ) -> None:
        name = described.name_of(kind.lower(), said, *keys)
        if self._named(kind, "=", name):
            return
        made = self._container(kind, said, name + INCOMPLETE)
        fill(made, said)
        whole = self._me.get(kind, made)
        whole.name = rstring(name)
        self._me.save(whole)

    def _container(self, kind: str, said: dict[str, Any], name: str) -> int:
        made = {"Project": ProjectI, "Dataset": DatasetI, "Screen": ScreenI}[kind]()
        made.name = rstring(name)
        if "description" in said:
            made.description = rstring(said["description"])
        number = int(self._me.save(made).id.val)
        self._annotations.annotate(kind, [number], said)
        return number

    def _fill_project(self, project: int, said: dict[str, Any]) -> None:
        for dataset in said.get("datasets", ()):
            name = described.name_of("dataset", dataset, "images")
            made = self._container("Dataset", dataset, name)
            link = ProjectDatasetLinkI()
            link.parent, link.child = ProjectI(project, False), DatasetI(made, False)
            self._me.save(link)
            self._fill_dataset(made, dataset)

    def _fill_dataset(self, dataset: int, said: dict[str, Any]) -> None:
        for images in said.get("images", ()):
            self._images(images, dataset=dataset)

    def _images(
        self, said: dict[str, Any], names: list[str] | None = None, dataset: int | None = None
    ) -> list[int]:
        series = described.series(said, names, int(time.time() * 1000))
        made = import_images(self._me, series, dataset)
        describe(self._me, made, series, int(said.get("rois", 0)))
        self._annotations.annotate("Image", made, said)
        self.images += len(made)
        return made

    def _fill_screen(self, screen: int, said: dict[str, Any]) -> None:
        for plate in said.get("plates", ()):
            link = ScreenPlateLinkI()
            link.parent = ScreenI(screen, False)
            link.child = PlateI(self._plate(plate), False)
            self._me.save(link)

    def _plate(self, said: dict[str, Any]) -> int:
        plate = described.plate(said)
        # One file for the whole plate, as microscopes write it.
        said = {**said, "images": {"files": plate.name, **plate.images}}
        images = self._images(said["images"], plate.image_names())
        made, run = PlateI(), PlateAcquisitionI()
        made.name = rstring(plate.name)
        if "description" in said:
            made.description = rstring(said["description"])
        made.rows, made.columns = rint(plate.rows), rint(plate.columns)
        made.rowNamingConvention = rstring("letter")
        made.columnNamingConvention = rstring("number")
        made.defaultSample = rint(0)
        number = int(self._me.save(made).id.val)
        now = rtime(int(time.time() * 1000))
        run.plate, run.name = PlateI(number, False), rstring("Run 1")
        run.maximumFieldCount, run.startTime, run.endTime = rint(plate.fields), now, now
        self._place(plate, number, int(self._me.save(run).id.val), images)
        self._annotations.annotate("Plate", [number], said)
        return number

    def _place(self, plate: described.Plate, number: int, run: int, images: list[int]) -> None:
        wells = []
        for at, (row, column) in enumerate(plate.wells()):
            well = WellI()
            well.plate = PlateI(number, False)
            well.row, well.column = rint(row), rint(column)
            for image in images[at * plate.fields : (at + 1) * plate.fields]:
                sample = WellSampleI()
                sample.image = ImageI(image, False)
                sample.plateAcquisition = PlateAcquisitionI(run, False)
                well.addWellSample(sample)
            wells.append(well)
        self._me.save_all(wells)
