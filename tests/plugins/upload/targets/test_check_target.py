"""Whether images can go somewhere, asked of a server."""

from __future__ import annotations

from typing import Any

import pytest

from omero_plugin_common.errors import ApiError, BadRequest, Forbidden, NotFound
from omeroweb_upload.planning.settings import Target
from omeroweb_upload.services.check_target import CheckedTarget, checked_target
from upload_places import Places


def _checked(omero: Places, user: str, active: str = "sharing", **target: Any) -> CheckedTarget:
    return checked_target(omero.user(user), omero.asks(user, active), Target(**target))


def _code(omero: Places, user: str, error: type[ApiError], **target: Any) -> tuple[str, str]:
    with pytest.raises(error) as refused:
        _checked(omero, user, **target)
    return refused.value.code, refused.value.message


def test_what_exists_says_the_group(omero: Places) -> None:
    project = omero.id_of("Project", "Project notes")
    found = _checked(omero, "ada", project=project, new_dataset="  Tag\u0308e ")
    assert found == CheckedTarget(
        group_id=omero.id_of("ExperimenterGroup", "notes"),
        group="notes",
        project_id=project,
        new_dataset="Tag\u0308e",
        where="Project Project notes / new Dataset Tag\u0308e",
    )


def test_a_dataset_is_in_its_project(omero: Places) -> None:
    dataset = omero.dataset("sharing")
    found = _checked(omero, "ben", dataset=dataset)
    assert (found.dataset_id, found.project_id) == (
        dataset,
        omero.id_of("Project", "Project sharing"),
    )


def test_new_ones_go_to_the_chosen_or_active_group(omero: Places) -> None:
    notes = omero.id_of("ExperimenterGroup", "notes")
    assert _checked(omero, "ben", new_dataset="new").group == "sharing"
    assert _checked(omero, "ben", "private", new_dataset="new").group == "private"
    assert _checked(omero, "ben", new_dataset="new", group=notes).group_id == notes


def test_seeing_is_not_linking(omero: Places) -> None:
    project = omero.id_of("Project", "Project notes")
    code, words = _code(omero, "ben", Forbidden, project=project, from_folders=True)
    assert code == "may_not_link"
    assert "Project notes" in words
    screen = omero.id_of("Screen", "Screen notes")
    assert _code(omero, "ben", Forbidden, screen=screen)[0] == "may_not_link"


@pytest.mark.parametrize("user", ["chi", "ben"])
def test_what_one_may_not_see_does_not_exist(omero: Places, user: str) -> None:
    dataset = omero.dataset("private")
    told = _code(omero, user, NotFound, dataset=dataset)
    assert told == _code(omero, user, NotFound, dataset=dataset)
    assert told[1].replace(str(dataset), "N") == _code(omero, user, NotFound, dataset=10**12)[
        1
    ].replace(str(10**12), "N")


def test_one_upload_is_in_one_group(omero: Places) -> None:
    parts = {"dataset": omero.dataset("notes"), "screen": omero.id_of("Screen", "Screen sharing")}
    assert _code(omero, "ada", BadRequest, **parts)[0] == "several_groups"
    other = omero.id_of("ExperimenterGroup", "private")
    told = _code(omero, "ada", BadRequest, dataset=parts["dataset"], group=other)
    assert told[0] == "several_groups"


def test_a_group_of_others_is_no_place(omero: Places) -> None:
    group = omero.id_of("ExperimenterGroup", "elsewhere")
    code, words = _code(omero, "ben", Forbidden, new_dataset="new", group=group)
    assert code == "no_member"
    assert "sharing" in words
    assert _checked(omero, "manager", new_dataset="new", group=group).group == "elsewhere"
    assert _code(omero, "manager", Forbidden, new_dataset="n", group=10**9)[0] == "no_member"


@pytest.mark.parametrize("name", ["   ", "two\nlines", "\x7f", "\u2003"])
def test_names_that_nobody_could_read(omero: Places, name: str) -> None:
    assert _code(omero, "ada", BadRequest, new_dataset=name)[0] == "bad_name"


def test_images_are_in_datasets(omero: Places) -> None:
    project = omero.id_of("Project", "Project sharing")
    assert _code(omero, "ada", BadRequest, project=project)[0] == "no_dataset"
    assert _code(omero, "ada", BadRequest, new_project="New")[0] == "no_dataset"
    assert _checked(omero, "ada", project=project, from_folders=True).from_folders
    assert _checked(omero, "ada", screen=omero.id_of("Screen", "Screen sharing")).screen_id
