"""Datasets and screens are found, or created when an image needs them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from omero_plugin_common.omero_api import hql
from omeroweb_upload.omero_api import targets
from omeroweb_upload.planning.settings import Target
from omeroweb_upload.services.make_target import Destination
from upload_places import Places

DAY = datetime(2026, 11, 29, tzinfo=UTC)


def _to(omero: Places, user: str = "ada", group: str = "sharing", **target: Any) -> Destination:
    group_id = omero.id_of("ExperimenterGroup", group)
    return Destination(omero.user(user), group_id, Target(**target), DAY)


def _count(omero: Places, kind: str) -> int:
    return int(hql.rows(omero.user("manager"), f"select count(o.id) from {kind} o")[0][0])  # noqa: S608


def _name(omero: Places, dataset: int | None) -> str:
    assert dataset is not None
    found = targets.found(omero.user("ada"), "Dataset", dataset)
    assert found is not None
    return f"{found.group}: {found.name}"


def test_nothing_is_created_before_an_image_needs_it(omero: Places) -> None:
    before = _count(omero, "Dataset"), _count(omero, "Project"), _count(omero, "Screen")
    _to(omero, new_project=f"P {uuid.uuid4()}", from_folders=True, new_screen="S")
    after = _count(omero, "Dataset"), _count(omero, "Project"), _count(omero, "Screen")
    assert before == after


def test_folders_become_datasets_of_the_project_once(omero: Places) -> None:
    name = f"P {uuid.uuid4()}"
    first = _to(omero, group="notes", new_project=name, from_folders=True)
    made = [first.dataset(path) for path in ("a/b/1.tif", "a/2.tif", "a/b/3.tif", "4.tif")]
    assert [_name(omero, each) for each in made] == [
        "notes: a / b", "notes: a", "notes: a / b", "notes: Upload of 2026-11-29",
    ]  # fmt: skip
    # The next attempt, in another process.
    again = _to(omero, group="notes", new_project=name, from_folders=True)
    assert [again.dataset(path) for path in ("a/b/1.tif", "a/2.tif")] == made[:2]
    assert again.project() == first.project()
    project = first.project()
    assert project is not None
    inside = {each.id for _, each in targets.listed(omero.user("ada"), "Dataset", project=project)}
    assert inside == set(made)


def test_a_dataset_of_the_docker_edition_is_found(omero: Places) -> None:
    project = targets.create(
        omero.user("ada"), "Project", omero.id_of("ExperimenterGroup", "sharing"), "old"
    )
    older = targets.create(
        omero.user("ada"),
        "Dataset",
        omero.id_of("ExperimenterGroup", "sharing"),
        "x\\y",
        project=project,
    )
    # A colleague may add to it, since the group lets its members write.
    assert _to(omero, "ben", project=project, from_folders=True).dataset("x/y/1.tif") == older


def test_a_namesake_elsewhere_is_not_used(omero: Places) -> None:
    mine = _to(omero, "ben", "notes", new_dataset="cells").dataset("a.tif")
    assert mine != omero.dataset("notes")
    assert mine == _to(omero, "ben", "notes", new_dataset="cells").dataset("b.tif")
    others = _to(omero, "ada", "notes", new_dataset="cells").dataset("a.tif")
    assert others not in (mine, omero.dataset("notes"))
    project = omero.id_of("Project", "Project notes")
    assert _to(omero, "ada", "notes", project=project, new_dataset="cells").dataset(
        "a.tif"
    ) == omero.dataset("notes")


def test_screens_and_existing_datasets(omero: Places) -> None:
    dataset = omero.dataset("sharing")
    assert _to(omero, dataset=dataset).dataset("x/a.tif") == dataset
    plates = _to(omero, new_screen="Plates")
    assert plates.dataset("x/a.tif") is None
    assert plates.screen() == _to(omero, new_screen="Plates").screen()
