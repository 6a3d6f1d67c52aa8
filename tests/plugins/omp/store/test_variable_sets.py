"""Variable sets in a real database: whose they are, who may load them, what overwrites what."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from omero_plugin_common.database import Database
from omero_plugin_common.errors import ApiError, Conflict, Forbidden, NotFound
from omero_plugin_common.named_settings import DeleteNamed, LoadNamed
from omero_plugin_common.omero_api import users
from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.services import variable_sets as service
from omeroweb_omp_plugin.services.fitting_sets import fitting_sets

ADA, GRACE, ALAN = 7, 8, 9
LAB, OTHER = {3: "Lab"}, {4: "Other"}
CONTENT = service.Content(
    mode="regex", pattern="(?P<Well>..)", variables=("Well", "Größe")
).model_dump(mode="json")


@pytest.fixture(autouse=True)
def omero(monkeypatch: pytest.MonkeyPatch) -> None:
    """A "connection" is the groups that its user is a member of."""
    monkeypatch.setattr(users, "own_groups", lambda groups: groups)
    monkeypatch.setattr(users, "login_names", lambda _, ids: {id_: f"user {id_}" for id_ in ids})


def _wanted(name: str = "Plate", **more: Any) -> service.SaveSet:
    return service.SaveSet.model_validate_json(
        json.dumps({"name": name, "content": CONTENT, **more})
    )


def _load(user: int, groups: dict[int, str], name: str, owner: int | None = None) -> Any:
    return service.SETS.load(groups, user, LoadNamed(name=name, owner=owner))


def _listed(user: int, groups: dict[int, str]) -> list[tuple[str, bool, str | None]]:
    found = service.SETS.listed(groups, user)
    return [(each["name"], each["own"], each["ownerName"]) for each in found["sets"]]


def test_a_set_comes_back_as_it_was_saved(database: Database) -> None:
    saved = service.SETS.save(LAB, ADA, _wanted("  Plate µ "))
    assert saved["name"] == "Plate µ"
    assert _load(ADA, LAB, "Plate µ")["content"] == CONTENT
    assert _listed(ADA, LAB) == [("Plate µ", True, None)]


def test_names_are_each_users_own(database: Database) -> None:
    service.SETS.save(LAB, ADA, _wanted())
    service.SETS.save(LAB, GRACE, _wanted())
    assert service.SETS.delete(GRACE, DeleteNamed(name="Plate")) == {"deleted": "Plate"}
    assert _listed(ADA, LAB) == [("Plate", True, None)]
    assert _listed(GRACE, LAB) == []
    with pytest.raises(NotFound):
        service.SETS.delete(GRACE, DeleteNamed(name="Plate"))


def test_overwriting_needs_a_yes_to_what_is_there(database: Database) -> None:
    service.SETS.save(LAB, ADA, _wanted())
    with pytest.raises(Conflict, match="already have a set 'Plate' with 2 keys") as caught:
        service.SETS.save(LAB, ADA, _wanted())
    told = caught.value.as_json()
    assert told["code"] == "exists"
    agreed = _wanted(replaces=told["replaces"], content={**CONTENT, "pattern": "new(?P<a>.)"})
    assert service.SETS.save(LAB, ADA, agreed)["content"]["pattern"] == "new(?P<a>.)"
    # Another tab saved meanwhile: the yes was to something else.
    with pytest.raises(Conflict) as again:
        service.SETS.save(LAB, ADA, agreed)
    assert again.value.code == "exists"
    service.SETS.delete(ADA, DeleteNamed(name="Plate"))
    with pytest.raises(Conflict) as gone:
        service.SETS.save(LAB, ADA, agreed)
    assert gone.value.code == "deleted"


def test_a_shared_set_can_be_loaded_by_the_group_and_changed_by_its_owner_alone(
    database: Database,
) -> None:
    service.SETS.save(LAB, ADA, _wanted(group=3))
    service.SETS.save(LAB, ADA, _wanted("Private"))
    assert _listed(GRACE, LAB) == [("Plate", False, f"user {ADA}")]
    shared = _load(GRACE, LAB, "Plate", ADA)
    assert (shared["own"], shared["group"]) == (False, {"id": 3, "name": "Lab"})
    assert _listed(ALAN, OTHER) == []
    for user, groups, name in ((ALAN, OTHER, "Plate"), (GRACE, LAB, "Private")):
        with pytest.raises(NotFound):
            _load(user, groups, name, ADA)
    # Whoever saves or deletes that name acts on a set of their own.
    with pytest.raises(NotFound):
        service.SETS.delete(GRACE, DeleteNamed(name="Plate"))
    told = service.SETS.table.find(ADA, "Plate")
    assert told is not None
    with pytest.raises(Conflict):
        service.SETS.save(LAB, GRACE, _wanted(replaces=told.updated.isoformat()))
    service.SETS.save(LAB, GRACE, _wanted())
    assert _load(ADA, LAB, "Plate")["content"] == CONTENT
    # Who leaves the group loses it.
    with pytest.raises(NotFound):
        _load(GRACE, OTHER, "Plate", ADA)


def test_nobody_shares_with_a_strange_group(database: Database) -> None:
    with pytest.raises(Forbidden):
        service.SETS.save(LAB, ADA, _wanted(group=4))
    assert _listed(ADA, LAB) == []


def test_there_is_room_for_so_many_also_when_tabs_save_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SETS", replace(service.SETS, most=3))
    outcomes: list[str] = []
    barrier = threading.Barrier(5)

    def save(n: int) -> None:
        barrier.wait(10)
        try:
            service.SETS.save(LAB, ADA, _wanted(f"set {n}"))
            outcomes.append("saved")
        except ApiError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=save, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["saved", "saved", "saved", "too_many", "too_many"]
    assert len(_listed(ADA, LAB)) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"content": {**CONTENT, "variables": []}},
        {"content": {**CONTENT, "variables": [""]}},
        {"content": {**CONTENT, "variables": ["x"] * 101}},
        {"content": {**CONTENT, "mode": "other"}},
        {"content": {**CONTENT, "pattern": "x" * 2_001}},
        {"most": 1_000},
    ],
)
def test_a_request_cannot_change_the_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _wanted(**{"name": "Plate", **wrong})


def test_sets_that_fit_the_names_are_offered(database: Database) -> None:
    names = [f"HeLa_{n:02d}_DAPI.tif" for n in range(40)]
    detected = parsing.detect(names)

    def save(name: str, owner: int = ADA, **content: Any) -> None:
        wanted = _wanted(name, content=content, group=3)
        service.SETS.save(LAB, owner, wanted)

    def offered(who: int = ADA, project: int | None = None) -> list[str]:
        return [each["name"] for each in fitting_sets(LAB, who, names, detected, project)]

    three = ["Line", "", "Stain"]
    save("four", mode="separators", pattern="_", variables=[*three, "Lens"])
    save("other", mode="regex", pattern="(?P<Well>[A-H][0-9]+)_", variables=["Well"])
    save("two found", mode="detect", pattern=detected.pattern, variables=["Line", "Number"])
    save("found elsewhere", mode="detect", pattern="-", variables=three)
    # The Docker edition stored no pattern: nothing tells what they were for.
    save("taken over", mode="detect", pattern="", variables=three)
    assert offered() == []
    save("expression", mode="regex", pattern="(?P<Line>[A-Za-z]+)_", variables=["Line"])
    save("signs", mode="separators", pattern="_", variables=three)
    save("found", mode="detect", pattern=detected.pattern, variables=three)
    save("a colleague's", GRACE, mode="separators", pattern="_", variables=three)
    assert offered() == ["found", "signs", "expression"]
    assert offered(GRACE) == ["a colleague's", "found", "signs"]
    # A project's own come first there, and nowhere else.
    save("of a project", GRACE, mode="separators", pattern="_", variables=three, project=7)
    assert offered(project=7)[0] == "of a project"
    assert "of a project" not in [*offered(), *offered(project=8)]
    names[:3] = ["one.tif", "two.tif", "three.tif"]
    assert "signs" not in offered()
