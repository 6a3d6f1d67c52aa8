"""One block of described data: what one user has in one group."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from omero_standin.data import described
from omero_standin.data.annotations import Annotations
from omero_standin.data.builder import Builder
from omero_standin.data.check import known, moment
from omero_standin.data.files import add_files
from omero_standin.data.images import add_images, add_rois
from omero_standin.model.store import Row

if TYPE_CHECKING:
    from omero_standin.kernel import Kernel

_MINUTE: Final = 60_000


class Tree:
    """Makes the rows of one block."""

    def __init__(self, kernel: Kernel, block: dict[str, Any]) -> None:
        """The owner and the group must be there."""
        known(block, "a block of data", *described.BLOCK)
        accounts = kernel.accounts
        owner = accounts.user_named(block["owner"])
        group = accounts.group_named(block["group"])
        self._kernel = kernel
        self._block = block
        self._time = moment(block["created"]) if "created" in block else int(time.time() * 1000)
        self._builder = Builder(kernel.store, owner=owner.id, group=group.id, time=self._time)
        self._annotations = Annotations(self._builder, kernel.data)

    def add(self) -> None:
        """All of it."""
        for name, tags in self._block.get("tag-sets", {}).items():
            self._annotations.tag_set(name, [str(tag) for tag in tags])
        for project in self._block.get("projects", ()):
            row = self._container("Project", project, "datasets")
            datasets = [self._dataset(each) for each in project.get("datasets", ())]
            self._builder.link("ProjectDatasetLink", row, datasets)
        for dataset in self._block.get("datasets", ()):
            self._dataset(dataset)
        for images in self._block.get("images", ()):
            self._images(images)
        for screen in self._block.get("screens", ()):
            self._screen(screen)

    def _container(self, kind: str, said: dict[str, Any], *keys: str, **values: Any) -> Row:
        name = described.name_of(kind.lower(), said, *keys)
        row = self._builder.add(kind, name=name, description=said.get("description"), **values)
        self._annotations.annotate([row], said)
        return row

    def _dataset(self, said: dict[str, Any]) -> Row:
        row = self._container("Dataset", said, "images")
        for images in said.get("images", ()):
            self._builder.link("DatasetImageLink", row, self._images(images))
        return row

    def _images(self, said: dict[str, Any], names: list[str] | None = None) -> list[Row]:
        self._time += _MINUTE
        self._builder.at(self._time)
        series = described.series(said, names, self._time)
        rows = add_images(self._builder, series)
        if series.files:
            add_files(self._builder, self._kernel.data, rows, series.files)
        self._annotations.annotate(rows, said)
        if count := said.get("rois", 0):
            for row in rows:
                add_rois(self._builder, row, count, series.size)
        return rows

    def _screen(self, said: dict[str, Any]) -> None:
        screen = self._container("Screen", said, "plates")
        plates = [self._plate(each) for each in said.get("plates", ())]
        self._builder.link("ScreenPlateLink", screen, plates)

    def _plate(self, said: dict[str, Any]) -> Row:
        plate = described.plate(said)
        row = self._container(
            "Plate",
            said,
            *described.PLATE,
            rows=plate.rows,
            columns=plate.columns,
            columnNamingConvention="number",
            rowNamingConvention="letter",
            defaultSample=0,
        )
        run = self._builder.add(
            "PlateAcquisition", plate=row.ref, name="Run 1", maximumFieldCount=plate.fields,
            startTime=self._time, endTime=self._time + _MINUTE,
        )  # fmt: skip
        self._wells(plate, row, run)
        return row

    def _wells(self, plate: described.Plate, row: Row, run: Row) -> None:
        wells = self._builder.rows(
            "Well",
            [{"plate": row.ref, "row": at, "column": column} for at, column in plate.wells()],
        )
        found = self._images(plate.images, plate.image_names())
        self._builder.rows(
            "WellSample",
            [
                {
                    "well": wells[at // plate.fields].ref,
                    "image": image.ref,
                    "plateAcquisition": run.ref,
                    "timepoint": self._time,
                }
                for at, image in enumerate(found)
            ],
        )
