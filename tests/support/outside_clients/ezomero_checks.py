"""One check for each public function of ezomero, named after it.

Runs in the environment of the clients, not in that of the tests:

    python ezomero_checks.py HOST PORT USER PASSWORD FOLDER

writes FOLDER/results.json: the name of each check with null, or with how it failed. What is
asserted is what ezomero's documentation and the real server promise.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import ezomero  # type: ignore[import-not-found] # only where this runs
import numpy as np
from ezomero import rois
from omero.gateway import BlitzGateway

NS = "example.org/checks"


class Lab:
    """A connection, and what `lab.yaml` put there."""

    def __init__(self, conn: BlitzGateway, login: dict[str, Any], folder: Path) -> None:
        self.conn, self.login, self.folder = conn, login, folder
        self.project = self._only("Project", "Mitosis")
        self.dataset = self._only("Dataset", "first day")
        self.screen = self._only("Screen", "inhibitors")
        self.plate = self._only("Plate", "plate 1")
        self.image = self._only("Image", "cell_01.tif")

    def _only(self, kind: str, name: str) -> int:
        (found,) = self.conn.getObjects(kind, attributes={"name": name})
        return int(found.getId())

    def new_dataset(self) -> int:
        """A dataset that nothing else uses."""
        return int(ezomero.post_dataset(self.conn, "of a check"))

    def new_pairs(self) -> int:
        """A key-value annotation of a new dataset."""
        return int(
            ezomero.post_map_annotation(self.conn, "Dataset", self.new_dataset(), {"a": "1"}, NS)
        )

    def new_roi(self) -> int:
        """A region with one rectangle."""
        shape = rois.Rectangle(1.0, 2.0, 3.0, 4.0, z=1, label="nucleus")
        return int(ezomero.post_roi(self.conn, self.image, [shape], name="region"))

    def text_file(self) -> str:
        """A file to attach."""
        path = self.folder / "attached.txt"
        path.write_text("attached\n")
        return str(path)


def _printed(function: Any, *arguments: Any) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        function(*arguments)
    return output.getvalue()


def connect(lab: Lab) -> None:
    conn = ezomero.connect(**lab.login)
    try:
        assert conn.getUser().getName() == lab.login["user"]
    finally:
        conn.close()


def store_connection_params(lab: Lab) -> None:
    given = {key: lab.login[key] for key in ("user", "group", "host", "port", "secure")}
    ezomero.store_connection_params(**given, config_path=str(lab.folder))
    conn = ezomero.connect(password=lab.login["password"], config_path=str(lab.folder))
    try:
        assert conn.getGroupFromContext().getName() == lab.login["group"]
    finally:
        conn.close()


def set_group(lab: Lab) -> None:
    home = lab.conn.getEventContext().groupId
    assert ezomero.set_group(lab.conn, ezomero.get_group_id(lab.conn, "shared")) is True
    assert ezomero.set_group(lab.conn, home) is True


def post_project(lab: Lab) -> None:
    number = ezomero.post_project(lab.conn, "p", description="d")
    assert lab.conn.getObject("Project", number).getDescription() == "d"


def post_screen(lab: Lab) -> None:
    number = ezomero.post_screen(lab.conn, "s", description="d")
    assert lab.conn.getObject("Screen", number).getName() == "s"


def post_dataset(lab: Lab) -> None:
    number = ezomero.post_dataset(lab.conn, "d", project_id=lab.project)
    assert lab.conn.getObject("Dataset", number).getParent().getId() == lab.project


def post_image(lab: Lab) -> None:
    pixels = np.arange(7 * 5 * 3 * 2, dtype=np.uint16).reshape(7, 5, 3, 2, 1)
    dataset = lab.new_dataset()
    number = ezomero.post_image(lab.conn, pixels, "made", dataset_id=dataset)
    image, read = ezomero.get_image(lab.conn, number, xyzct=True)
    assert image.getParent().getId() == dataset
    assert read.dtype == np.uint16
    assert np.array_equal(read, pixels)


def post_map_annotation(lab: Lab) -> None:
    number = ezomero.post_map_annotation(lab.conn, "Image", lab.image, {"k": "v"}, NS)
    assert number in ezomero.get_map_annotation_ids(lab.conn, "Image", lab.image, ns=NS)


def post_comment_annotation(lab: Lab) -> None:
    number = ezomero.post_comment_annotation(lab.conn, "Dataset", lab.dataset, "well done", ns=NS)
    assert ezomero.get_comment_annotation(lab.conn, number) == "well done"


def post_file_annotation(lab: Lab) -> None:
    number = ezomero.post_file_annotation(
        lab.conn, lab.text_file(), NS, object_type="Dataset", object_id=lab.dataset
    )
    annotation = lab.conn.getObject("FileAnnotation", number)
    assert annotation.getFileName() == "attached.txt"
    assert b"".join(annotation.getFileInChunks()) == b"attached\n"


def post_roi(lab: Lab) -> None:
    shapes = [
        rois.Point(1.0, 2.0),
        rois.Line(1.0, 2.0, 3.0, 4.0),
        rois.Rectangle(1.0, 2.0, 3.0, 4.0),
        rois.Ellipse(5.0, 5.0, 2.0, 1.0),
        rois.Polygon([(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)]),
        rois.Polyline([(0.0, 0.0), (4.0, 4.0)]),
        rois.Label(1.0, 1.0, "text", 12.0),
    ]
    number = ezomero.post_roi(lab.conn, lab.image, shapes, name="all", description="kinds")
    assert len(ezomero.get_shape_ids(lab.conn, number)) == len(shapes)


def post_table(lab: Lab) -> None:
    rows = [["n", "x", "name", "good"], [1, 0.5, "a", True], [2, 1.5, "bc", False]]
    number = ezomero.post_table(lab.conn, rows, "Dataset", lab.dataset, title="measured")
    assert lab.conn.getObject("FileAnnotation", number).getFileName() == "measured"


def get_table(lab: Lab) -> None:
    rows = [["n", "x", "name", "good"], [1, 0.5, "a", True], [2, 1.5, "bc", False]]
    number = ezomero.post_table(lab.conn, rows, "Dataset", lab.dataset, title="read")
    table = ezomero.get_table(lab.conn, number)
    # With pandas installed, which omero-metadata asks for, the answer is a data frame.
    assert [list(table.columns), *table.to_numpy().tolist()] == rows


def get_image(lab: Lab) -> None:
    image, pixels = ezomero.get_image(lab.conn, lab.image)
    assert image.getName() == "cell_01.tif"
    assert pixels.shape == (1, 2, 48, 64, 3)
    _, part = ezomero.get_image(
        lab.conn, lab.image, start_coords=(10, 20, 1, 2, 0), axis_lengths=(5, 6, 1, 1, 1)
    )
    assert np.array_equal(part[0, 0, :, :, 0], pixels[0, 1, 20:26, 10:15, 2])


def get_image_ids(lab: Lab) -> None:
    assert lab.image in ezomero.get_image_ids(lab.conn, dataset=lab.dataset)
    assert len(ezomero.get_image_ids(lab.conn, plate=lab.plate)) == 6
    well = ezomero.get_well_id(lab.conn, lab.plate, 0, 1)
    assert len(ezomero.get_image_ids(lab.conn, well=well)) == 1
    (tag, *_) = ezomero.get_tag_ids(lab.conn, "Image", lab.image)
    assert len(ezomero.get_image_ids(lab.conn, annotation=tag)) == 3


def get_project_ids(lab: Lab) -> None:
    assert lab.project in ezomero.get_project_ids(lab.conn)
    number = ezomero.post_map_annotation(lab.conn, "Project", lab.project, {"k": "v"}, NS)
    assert ezomero.get_project_ids(lab.conn, annotation=number) == [lab.project]


def get_dataset_ids(lab: Lab) -> None:
    assert lab.dataset in ezomero.get_dataset_ids(lab.conn, project=lab.project)
    alone = lab.new_dataset()
    orphans = ezomero.get_dataset_ids(lab.conn)
    assert alone in orphans
    assert lab.dataset not in orphans


def get_screen_ids(lab: Lab) -> None:
    assert lab.screen in ezomero.get_screen_ids(lab.conn)
    number = ezomero.post_map_annotation(lab.conn, "Screen", lab.screen, {"k": "v"}, NS)
    assert ezomero.get_screen_ids(lab.conn, annotation=number) == [lab.screen]


def get_plate_ids(lab: Lab) -> None:
    assert ezomero.get_plate_ids(lab.conn, screen=lab.screen) == [lab.plate]


def get_well_ids(lab: Lab) -> None:
    wells = ezomero.get_well_ids(lab.conn, plate=lab.plate)
    assert len(wells) == 6
    assert sorted(ezomero.get_well_ids(lab.conn, screen=lab.screen)) == sorted(wells)


def get_well_id(lab: Lab) -> None:
    number = ezomero.get_well_id(lab.conn, lab.plate, 1, 2)
    well = lab.conn.getObject("Well", number)
    assert (well.row, well.column) == (1, 2)
    assert ezomero.get_well_id(lab.conn, lab.plate, 9, 9) is None


def get_plate_acquisition_ids(lab: Lab) -> None:
    of_plate = ezomero.get_plate_acquisition_ids(lab.conn, plate=lab.plate)
    assert of_plate == ezomero.get_plate_acquisition_ids(lab.conn, screen=lab.screen)
    assert len(of_plate) == lab.conn.getObject("Plate", lab.plate).countPlateAcquisitions()


def get_map_annotation_ids(lab: Lab) -> None:
    (number,) = ezomero.get_map_annotation_ids(
        lab.conn, "Image", lab.image, ns="openmicroscopy.org/omero/client/mapAnnotation"
    )
    assert ezomero.get_map_annotation(lab.conn, number)["Passage"] == "17"


def get_map_annotation(lab: Lab) -> None:
    assert ezomero.get_map_annotation(lab.conn, lab.new_pairs()) == {"a": "1"}


def put_map_annotation(lab: Lab) -> None:
    number = lab.new_pairs()
    ezomero.put_map_annotation(lab.conn, number, {"b": "2"}, ns=NS + "/new")
    assert ezomero.get_map_annotation(lab.conn, number) == {"b": "2"}


def put_description(lab: Lab) -> None:
    dataset = lab.new_dataset()
    ezomero.put_description(lab.conn, "Dataset", dataset, "described")
    assert lab.conn.getObject("Dataset", dataset).getDescription() == "described"


def get_tag_ids(lab: Lab) -> None:
    (number,) = ezomero.get_tag_ids(lab.conn, "Image", lab.image)
    assert lab.conn.getObject("TagAnnotation", number).getValue() == "HeLa"


def get_tag(lab: Lab) -> None:
    (number,) = ezomero.get_tag_ids(lab.conn, "Image", lab.image)
    assert ezomero.get_tag(lab.conn, number) == "HeLa"


def get_comment_annotation_ids(lab: Lab) -> None:
    assert len(ezomero.get_comment_annotation_ids(lab.conn, "Image", lab.image)) == 1


def get_comment_annotation(lab: Lab) -> None:
    (number,) = ezomero.get_comment_annotation_ids(lab.conn, "Image", lab.image)
    assert ezomero.get_comment_annotation(lab.conn, number) == "look at the second day"


def get_file_annotation_ids(lab: Lab) -> None:
    assert len(ezomero.get_file_annotation_ids(lab.conn, "Image", lab.image)) == 1


def get_file_annotation(lab: Lab) -> None:
    (number,) = ezomero.get_file_annotation_ids(lab.conn, "Image", lab.image)
    path = ezomero.get_file_annotation(lab.conn, number, folder_path=str(lab.folder))
    assert Path(path).read_text() == "hello"


def get_roi_ids(lab: Lab) -> None:
    assert lab.new_roi() in ezomero.get_roi_ids(lab.conn, lab.image)


def get_shape_ids(lab: Lab) -> None:
    assert len(ezomero.get_shape_ids(lab.conn, lab.new_roi())) == 1


def get_shape(lab: Lab) -> None:
    (number,) = ezomero.get_shape_ids(lab.conn, lab.new_roi())
    shape = ezomero.get_shape(lab.conn, number)
    assert isinstance(shape, rois.Rectangle)
    assert (shape.x, shape.y, shape.width, shape.height, shape.z) == (1.0, 2.0, 3.0, 4.0, 1)
    assert shape.label == "nucleus"


def get_group_id(lab: Lab) -> None:
    assert ezomero.get_group_id(lab.conn, "lab") == lab.conn.getEventContext().groupId
    assert ezomero.get_group_id(lab.conn, "no such group") is None


def get_user_id(lab: Lab) -> None:
    assert ezomero.get_user_id(lab.conn, "ada") == lab.conn.getUserId()
    assert ezomero.get_user_id(lab.conn, "nobody") is None


def get_original_filepaths(lab: Lab) -> None:
    (stored,) = ezomero.get_original_filepaths(lab.conn, lab.image)
    (given,) = ezomero.get_original_filepaths(lab.conn, lab.image, fpath="client")
    assert Path(stored).name == Path(given).name == "cell_01.tif"


def get_series_index(lab: Lab) -> None:
    assert ezomero.get_series_index(lab.conn, lab.image) == 0


def get_pyramid_levels(lab: Lab) -> None:
    assert ezomero.get_pyramid_levels(lab.conn, lab.image) == [(64, 48)]


def filter_by_filename(lab: Lab) -> None:
    images = ezomero.get_image_ids(lab.conn, dataset=lab.dataset)
    assert ezomero.filter_by_filename(lab.conn, images, "cell_01.tif") == [lab.image]


def filter_by_kv(lab: Lab) -> None:
    pairs = {"stage": "late"}
    ezomero.post_map_annotation(lab.conn, "Image", lab.image, pairs, NS)
    images = ezomero.get_image_ids(lab.conn, dataset=lab.dataset)
    assert ezomero.filter_by_kv(lab.conn, images, "stage", "late") == [lab.image]


def filter_by_tag_value(lab: Lab) -> None:
    wells = ezomero.get_image_ids(lab.conn, plate=lab.plate)
    assert ezomero.filter_by_tag_value(lab.conn, [lab.image, *wells], "HeLa") == [lab.image]


def link_images_to_dataset(lab: Lab) -> None:
    dataset = lab.new_dataset()
    ezomero.link_images_to_dataset(lab.conn, [lab.image], dataset)
    assert ezomero.get_image_ids(lab.conn, dataset=dataset) == [lab.image]


def link_datasets_to_project(lab: Lab) -> None:
    project, dataset = ezomero.post_project(lab.conn, "p"), lab.new_dataset()
    ezomero.link_datasets_to_project(lab.conn, [dataset], project)
    assert ezomero.get_dataset_ids(lab.conn, project=project) == [dataset]


def link_plates_to_screen(lab: Lab) -> None:
    screen = ezomero.post_screen(lab.conn, "s")
    ezomero.link_plates_to_screen(lab.conn, [lab.plate], screen)
    assert ezomero.get_plate_ids(lab.conn, screen=screen) == [lab.plate]


def print_map_annotation(lab: Lab) -> None:
    assert "a:\t1" in _printed(ezomero.print_map_annotation, lab.conn, lab.new_pairs())


def print_groups(lab: Lab) -> None:
    assert "lab: " in _printed(ezomero.print_groups, lab.conn)


def print_projects(lab: Lab) -> None:
    assert f"Mitosis:\t{lab.project}" in _printed(ezomero.print_projects, lab.conn)


def print_datasets(lab: Lab) -> None:
    assert f"first day:\t{lab.dataset}" in _printed(ezomero.print_datasets, lab.conn, lab.project)


def ezimport(lab: Lab) -> None:
    path = lab.folder / "drawn.tif"
    from PIL import Image

    Image.new("L", (20, 10)).save(path)
    (number,) = ezomero.ezimport(lab.conn, str(path), dataset=lab.new_dataset())
    image = lab.conn.getObject("Image", number)
    assert (image.getSizeX(), image.getSizeY()) == (20, 10)


def run(login: dict[str, Any], folder: Path) -> dict[str, str | None]:
    """Every check by name, with null or the end of its traceback."""
    results: dict[str, str | None] = {}
    checks = {name: globals().get(name) for name in ezomero.__all__}
    conn = ezomero.connect(**login)
    assert conn is not None, "ezomero could not log in"
    try:
        lab = Lab(conn, login, folder)
        for name, check in checks.items():
            home = conn.getEventContext().groupId
            try:
                if not inspect.isfunction(check):
                    raise AssertionError("nobody has written a check of this function")
                check(lab)
                results[name] = None
            except (Exception, SystemExit):  # noqa: BLE001 - each is a result, and is reported
                results[name] = "".join(traceback.format_exc().splitlines(keepends=True)[-12:])
            conn.SERVICE_OPTS.setOmeroGroup(home)
    finally:
        conn.close()
    return results


def main() -> None:
    """Run the checks with the arguments of the command line."""
    host, port, user, password, folder = sys.argv[1:]
    login = {"user": user, "password": password, "group": "lab", "host": host, "port": int(port)}
    os.chdir(folder)
    results = run(login | {"secure": True}, Path(folder))
    Path(folder, "results.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main()
