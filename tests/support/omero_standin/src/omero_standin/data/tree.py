"""One block of described data: what one user has in one group."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from omero_standin.data.annotations import Annotations
from omero_standin.data.builder import Builder
from omero_standin.data.check import BadDescription, known, moment
from omero_standin.data.files import add_files
from omero_standin.data.images import Optics, Series, add_images, add_rois
from omero_standin.model.store import Row

if TYPE_CHECKING:
    from omero_standin.kernel import Kernel

_ANNOTATED: Final = ("tags", "key-values", "comments", "rating", "attachments")
_NAMED: Final = ("name", "description", *_ANNOTATED)
_IMAGE: Final = (
    *_NAMED, "count", "size", "type", "channels", "pixel-size", "depth", "interval", "acquired",
    "microscope", "objective", "files", "format", "rois",
)  # fmt: skip
_MINUTE: Final = 60_000
_MOST_COLUMNS: Final = 48


class Tree:
    """Makes the rows of one block."""

    def __init__(self, kernel: Kernel, block: dict[str, Any]) -> None:
        """The owner and the group must be there."""
        known(
            block, "a block of data",
            "owner", "group", "created", "tag-sets", "projects", "datasets", "images", "screens",
        )  # fmt: skip
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
            known(project, "a project", *_NAMED, "datasets")
            row = self._container("Project", project)
            datasets = [self._dataset(each) for each in project.get("datasets", ())]
            self._builder.link("ProjectDatasetLink", row, datasets)
        for dataset in self._block.get("datasets", ()):
            self._dataset(dataset)
        for images in self._block.get("images", ()):
            self._images(images)
        for screen in self._block.get("screens", ()):
            self._screen(screen)

    def _container(self, kind: str, described: dict[str, Any], **values: Any) -> Row:
        if "name" not in described:
            raise BadDescription(f"a {kind} without a name")
        row = self._builder.add(
            kind, name=described["name"], description=described.get("description"), **values
        )
        self._annotations.annotate([row], described)
        return row

    def _dataset(self, described: dict[str, Any]) -> Row:
        known(described, "a dataset", *_NAMED, "images")
        row = self._container("Dataset", described)
        for images in described.get("images", ()):
            self._builder.link("DatasetImageLink", row, self._images(images))
        return row

    def _images(self, described: dict[str, Any], names: list[str] | None = None) -> list[Row]:
        known(described, "an entry of images", *_IMAGE)
        self._time += _MINUTE
        self._builder.at(self._time)
        series = self._series(described, names or _names(described))
        rows = add_images(self._builder, series)
        if series.files:
            add_files(self._builder, self._kernel.data, rows, series.files)
        self._annotations.annotate(rows, described)
        if count := described.get("rois", 0):
            for row in rows:
                add_rois(self._builder, row, count, series.size)
        return rows

    def _series(self, described: dict[str, Any], names: list[str]) -> Series:
        channels = tuple(str(each) for each in described.get("channels", ()))
        size = tuple(described.get("size", (512, 512, 1, len(channels) or 1, 1)))
        if len(size) != 5 or not all(isinstance(each, int) and each > 0 for each in size):
            raise BadDescription(f"size {size!r}: five whole numbers x, y, z, c, t expected")
        optics = None
        if "microscope" in described or "objective" in described:
            microscope = described.get("microscope", {})
            objective = described.get("objective", {})
            known(microscope, "a microscope", "manufacturer", "model")
            known(objective, "an objective", "magnification", "aperture")
            optics = Optics(**microscope, **objective)
        return Series(
            names=names,
            size=size,
            kind=described.get("type", "uint16"),
            channels=channels,
            pixel_size=described.get("pixel-size", 0.1),
            depth=described.get("depth"),
            interval=described.get("interval"),
            acquired=moment(described["acquired"]) if "acquired" in described else self._time,
            description=described.get("description"),
            optics=optics,
            files=described.get("files", ""),
            format=described.get("format", "Fake"),
        )

    def _screen(self, described: dict[str, Any]) -> None:
        known(described, "a screen", *_NAMED, "plates")
        screen = self._container("Screen", described)
        plates = [self._plate(each) for each in described.get("plates", ())]
        self._builder.link("ScreenPlateLink", screen, plates)

    def _plate(self, described: dict[str, Any]) -> Row:
        known(described, "a plate", *_NAMED, "rows", "columns", "fields", "images")
        rows, columns = int(described.get("rows", 8)), int(described.get("columns", 12))
        fields = int(described.get("fields", 1))
        if not (0 < columns <= _MOST_COLUMNS and 0 < rows <= _MOST_COLUMNS):
            raise BadDescription(f"a plate of {rows} rows and {columns} columns")
        plate = self._container(
            "Plate",
            described,
            rows=rows,
            columns=columns,
            columnNamingConvention="number",
            rowNamingConvention="letter",
            defaultSample=0,
        )
        run = self._builder.add(
            "PlateAcquisition", plate=plate.ref, name="Run 1", maximumFieldCount=fields,
            startTime=self._time, endTime=self._time + _MINUTE,
        )  # fmt: skip
        self._wells(plate, run, (rows, columns, fields), described.get("images", {}))
        return plate

    def _wells(
        self, plate: Row, run: Row, size: tuple[int, int, int], images: dict[str, Any]
    ) -> None:
        rows, columns, fields = size
        wells = self._builder.rows(
            "Well",
            [
                {"plate": plate.ref, "row": row, "column": column}
                for row in range(rows)
                for column in range(columns)
            ],
        )
        prefix = images.get("name", plate.values["name"])
        names = [
            f"{prefix} [{_letter(well.values['row'])}{well.values['column'] + 1}, field {at + 1}]"
            for well in wells
            for at in range(fields)
        ]
        found = self._images(images, names)
        self._builder.rows(
            "WellSample",
            [
                {
                    "well": wells[at // fields].ref,
                    "image": image.ref,
                    "plateAcquisition": run.ref,
                    "timepoint": self._time,
                }
                for at, image in enumerate(found)
            ],
        )


def _names(described: dict[str, Any]) -> list[str]:
    """`name` with `{}` for the number of each of `count` images."""
    name, count = described.get("name", "image {:03d}"), int(described.get("count", 1))
    try:
        return [name.format(at + 1) for at in range(count)]
    except (IndexError, KeyError, ValueError) as error:
        raise BadDescription(f"the name {name!r} has no single place for a number") from error


def _letter(row: int) -> str:
    return chr(ord("A") + row) if row < 26 else "A" + chr(ord("A") + row - 26)
