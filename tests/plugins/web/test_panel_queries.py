"""The panel of an image: the same numbers as OMERO.web's own, by fewer calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from omero.constants.namespaces import NSBULKANNOTATIONS
from omero.gateway import BlitzGateway
from omero.model import (
    CommentAnnotationI,
    DatasetI,
    DatasetImageLinkI,
    FileAnnotationI,
    ImageI,
    OriginalFileI,
    PlateI,
    ProjectDatasetLinkI,
    ProjectI,
    ScreenI,
    ScreenPlateLinkI,
    WellI,
    WellSampleI,
)
from omero.rtypes import rstring
from omero_platform_fixes import panel_queries

import local_services


@pytest.fixture
def browser(site: local_services.Site, new_visitor: Callable[[str], Any]) -> Any:
    """The same user in OMERO.web."""
    visitor = new_visitor(site.url)
    visitor.log_in("ada-demo", "ada")
    return visitor


def named(made: Any) -> Any:
    made.name = rstring("panel")
    return made


def table(mimetype: str, ns: str) -> Any:
    """An attached file with a MIME type and a namespace."""
    held = named(OriginalFileI())
    held.path, held.mimetype, held.hash = rstring("/"), rstring(mimetype), rstring("")
    note = FileAnnotationI()
    note.ns, note.file = rstring(ns), held
    return note


def comment() -> Any:
    note = CommentAnnotationI()
    note.ns, note.textValue = rstring(NSBULKANNOTATIONS), rstring("no file")
    return note


def linked(link: Any, parent: Any, child: Any) -> Any:
    link.parent, link.child = parent, child
    return link


@pytest.fixture
def placed(ada: BlitzGateway) -> Iterator[tuple[int, int]]:
    """Ids of an image and its well: two datasets of one project, and a plate of a screen.

    Four tables hang on its parents: one on the project, which two ways lead to, one on the second
    dataset, and one by its namespace on the plate and on the screen each.
    """
    save = ada.getUpdateService().saveAndReturnObject
    image = save(named(ImageI())).proxy()
    project = named(ProjectI())
    project.linkAnnotation(table("OMERO.tables", "by its type"))
    project = save(project).proxy()
    datasets = []
    for notes in ([comment(), table("text/plain", "neither")], [table("OMERO.tables", "x")]):
        dataset = named(DatasetI())
        for note in notes:
            dataset.linkAnnotation(note)
        datasets.append(save(dataset).proxy())
        save(linked(ProjectDatasetLinkI(), project, datasets[-1]))
        save(linked(DatasetImageLinkI(), datasets[-1], image))
    screen, plate = named(ScreenI()), named(PlateI())
    for each in (screen, plate):
        each.linkAnnotation(table("text/csv", NSBULKANNOTATIONS))
    screen, plate = save(screen).proxy(), save(plate).proxy()
    save(linked(ScreenPlateLinkI(), screen, plate))
    well, field = WellI(), WellSampleI()
    well.plate, field.image = plate, image
    well.addWellSample(field)
    well = save(well)
    yield image.id.val, well.id.val
    for kind, made in (("Project", project), ("Screen", screen)):
        ada.deleteObjects(kind, [made.id.val], deleteAnns=True, deleteChildren=True, wait=True)


def stock(browser: Any, ways: tuple[str, ...], shown: int) -> int:
    """What OMERO.web's own queries find, by the page that shows the tables."""
    answers = [browser.get(f"/webgateway/annotations/{way}/{shown}/") for way in ways]
    return sum(len(answer.raise_for_status().json()["data"]) for answer in answers)


def test_the_tables_of_an_images_parents_are_as_many(
    ada: BlitzGateway, browser: Any, placed: tuple[int, int]
) -> None:
    ways = (
        "Screen.plateLinks.child.wells.wellSamples.image",
        "Plate.wells.wellSamples.image",
        "Project.datasetLinks.child.imageLinks.child",
        "Dataset.imageLinks.child",
    )
    image, _ = placed
    counted = panel_queries._counted(ada, panel_queries._IMAGE, image)
    assert counted == stock(browser, ways, image) == 4


def test_the_tables_of_a_wells_parents_are_as_many(
    ada: BlitzGateway, browser: Any, placed: tuple[int, int]
) -> None:
    ways = ("Screen.plateLinks.child.wells", "Plate.wells")
    _, well = placed
    counted = panel_queries._counted(ada, panel_queries._WELL, well)
    assert counted == stock(browser, ways, well) == 2


def test_a_server_that_does_not_take_the_query_gets_omero_webs_own(
    ada: BlitzGateway,
    placed: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(panel_queries, "_IMAGE", "select no such thing")
    shown = SimpleNamespace(conn=ada, image=ada.getObject("Image", placed[0]), well=None)
    assert panel_queries.counting(lambda container: container.image.id)(shown) == placed[0]
    assert "OMERO.web's own queries" in caplog.text


def test_what_is_not_there_has_no_tables(ada: BlitzGateway) -> None:
    assert panel_queries._counted(ada, panel_queries._IMAGE, 2**40) == 0


def test_the_panel_reads_its_image_once_and_counts_tables_in_one_call(
    site: local_services.Site, browser: Any, placed: tuple[int, int]
) -> None:
    address = f"/webclient/metadata_details/image/{placed[0]}/"
    browser.get(address)
    counts = f"{local_services.control(site.standin)}/counts"
    httpx.delete(counts).raise_for_status()
    page = browser.get(address)
    assert page.status_code == 200
    asked = httpx.get(counts).json()
    # The image; then whose it is. Stock OMERO.web has 5 and 2.
    assert asked["IQuery.findAllByQuery"] == 2
    assert asked.get("IQuery.findByQuery", 0) == 0


def test_a_panel_of_nothing_says_so(browser: Any) -> None:
    assert browser.get(f"/webclient/metadata_details/image/{2**40}/").status_code == 404
