"""What can be chosen, asked of a server: who may link, search, pages."""

from __future__ import annotations

from typing import Any

import pytest

from omeroweb_upload.omero_api import targets
from omeroweb_upload.services import list_targets
from upload_places import Places


def _names(omero: Places, user: str, kind: targets.Kind, **how: Any) -> list[str]:
    user_id = omero.asks(user).user_id
    found = list_targets.list_targets(omero.user(user), user_id, kind, **how)
    return [each["name"] for each in found["entries"]]


def test_only_those_that_one_may_link_to(omero: Places) -> None:
    mine = ["Project notes", "Project private", "Project sharing"]
    assert _names(omero, "ada", "Project", search="project ") == mine
    assert _names(omero, "ben", "Project", search="project ") == ["Project sharing"]
    assert _names(omero, "chi", "Project", search="project ") == []
    assert _names(omero, "ben", "Screen") == ["Screen sharing"]
    inside = omero.id_of("Project", "Project sharing")
    assert _names(omero, "ben", "Dataset", project=inside) == ["cells"]
    hidden = omero.id_of("Project", "Project private")
    assert _names(omero, "ben", "Dataset", project=hidden) == []


def test_the_list_of_the_docker_edition(omero: Places) -> None:
    project = {"id": omero.id_of("Project", "Project sharing"), "name": "Project sharing"}
    ben = list_targets.list_projects(omero.user("ben"), omero.asks("ben").user_id)
    assert [each for each in ben["collab"] if each["id"] == project["id"]] == [
        project | {"owner": "Ada Demo"}
    ]
    ada = list_targets.list_projects(omero.user("ada"), omero.asks("ada").user_id)
    assert project in ada["owned"]
    assert all(set(each) == {"id", "name"} for each in ada["owned"])


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("100%", ["100% sure"]),
        ("s_r", []),
        ("\\", ["back\\slash"]),
        ("GRÖSSE", ["Größe", "grösse"]),
        ("größe", ["Größe"]),
        ("'", ["O'Neill"]),
    ],
)
def test_a_search_is_text_and_no_pattern(omero: Places, search: str, found: list[str]) -> None:
    for name in ("100% sure", "back\\slash", "Größe", "grösse", "O'Neill", "1000 sor"):
        if name not in _names(omero, "chi", "Screen"):
            omero.make("chi", "Screen", "elsewhere", name)
    if search == "GRÖSSE":
        found = ["grösse"]
    assert _names(omero, "chi", "Screen", search=search) == found


def test_an_id_finds_its_object(omero: Places) -> None:
    project = omero.id_of("Project", "Project notes")
    assert "Project notes" in _names(omero, "ada", "Project", search=str(project))


def test_pages_have_each_entry_once(omero: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [omero.make("ben", "Dataset", "notes", f"set {n:02}") for n in range(11)]
    # Seen by ada and not linkable, in between.
    monkeypatch.setattr(list_targets, "PAGE", 4)
    monkeypatch.setattr(targets, "PAGE", 3)
    user_id = omero.asks("ben").user_id
    after: int | None = 0
    seen: list[int] = []
    pages = 0
    while after is not None:
        page = list_targets.list_targets(
            omero.user("ben"), user_id, "Dataset", search="set ", after=after
        )
        assert ("groups" in page) == (after == 0)
        assert len(page["entries"]) <= 4
        seen += [each["id"] for each in page["entries"]]
        after = page["next"]
        pages += 1
    assert (seen, pages) == (made, 3)
    assert _names(omero, "ada", "Dataset", search="set ") == []
