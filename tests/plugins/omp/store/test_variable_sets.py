"""Variable sets in a real database: whose they are, who may load them, what overwrites what."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from pydantic import ValidationError

from omero_plugin_common.database import Database
from omero_plugin_common.errors import ApiError, Conflict, Forbidden, NotFound
from omeroweb_omp_plugin.services import variable_sets as service
from omeroweb_omp_plugin.store import variable_sets as store

ADA, GRACE, ALAN = 7, 8, 9
LAB, OTHER = {3: "Lab"}, {4: "Other"}
CONTENT = {"mode": "regex", "pattern": "(?P<Well>..)", "variables": ["Well", "Größe"]}


def _wanted(name: str = "Plate", **more: Any) -> service.ToSave:
    return service.ToSave.model_validate_json(
        json.dumps({"name": name, "content": CONTENT, **more})
    )


def _load(user: int, groups: dict[int, str], name: str, owner: int | None = None) -> Any:
    return service.load_set(user, service.ToLoad(name=name, owner=owner), groups)


def _listed(user: int, groups: dict[int, str]) -> list[tuple[str, bool, str | None]]:
    found = service.list_sets(user, groups, lambda ids: {id_: f"user {id_}" for id_ in ids})
    return [(each["name"], each["own"], each["ownerName"]) for each in found["sets"]]


def test_a_set_comes_back_as_it_was_saved(database: Database) -> None:
    saved = service.save_set(ADA, _wanted("  Plate µ "), LAB)
    assert saved["name"] == "Plate µ"
    assert _load(ADA, LAB, "Plate µ")["content"] == CONTENT
    assert _listed(ADA, LAB) == [("Plate µ", True, None)]


def test_names_are_each_users_own(database: Database) -> None:
    service.save_set(ADA, _wanted(), LAB)
    service.save_set(GRACE, _wanted(), LAB)
    assert service.delete_set(GRACE, service.ToDelete(name="Plate")) == {"deleted": "Plate"}
    assert _listed(ADA, LAB) == [("Plate", True, None)]
    assert _listed(GRACE, LAB) == []
    with pytest.raises(NotFound):
        service.delete_set(GRACE, service.ToDelete(name="Plate"))


def test_overwriting_needs_a_yes_to_what_is_there(database: Database) -> None:
    service.save_set(ADA, _wanted(), LAB)
    with pytest.raises(Conflict, match="already have a set 'Plate' with 2 variables") as caught:
        service.save_set(ADA, _wanted(), LAB)
    told = caught.value.as_json()
    assert told["code"] == "exists"
    agreed = _wanted(replaces=told["replaces"], content={**CONTENT, "pattern": "new(?P<a>.)"})
    assert service.save_set(ADA, agreed, LAB)["content"]["pattern"] == "new(?P<a>.)"
    # Another tab saved meanwhile: the yes was to something else.
    with pytest.raises(Conflict) as again:
        service.save_set(ADA, agreed, LAB)
    assert again.value.code == "exists"
    service.delete_set(ADA, service.ToDelete(name="Plate"))
    with pytest.raises(Conflict) as gone:
        service.save_set(ADA, agreed, LAB)
    assert gone.value.code == "deleted"


def test_a_shared_set_can_be_loaded_by_the_group_and_changed_by_its_owner_alone(
    database: Database,
) -> None:
    service.save_set(ADA, _wanted(group=3), LAB)
    service.save_set(ADA, _wanted("Private"), LAB)
    assert _listed(GRACE, LAB) == [("Plate", False, f"user {ADA}")]
    shared = _load(GRACE, LAB, "Plate", ADA)
    assert (shared["own"], shared["group"]) == (False, {"id": 3, "name": "Lab"})
    assert _listed(ALAN, OTHER) == []
    for user, groups, name in ((ALAN, OTHER, "Plate"), (GRACE, LAB, "Private")):
        with pytest.raises(NotFound):
            _load(user, groups, name, ADA)
    # Whoever saves or deletes that name acts on a set of their own.
    with pytest.raises(NotFound):
        service.delete_set(GRACE, service.ToDelete(name="Plate"))
    told = store.find(ADA, "Plate")
    assert told is not None
    with pytest.raises(Conflict):
        service.save_set(GRACE, _wanted(replaces=told.updated.isoformat()), LAB)
    service.save_set(GRACE, _wanted(), LAB)
    assert _load(ADA, LAB, "Plate")["content"] == CONTENT
    # Who leaves the group loses it.
    with pytest.raises(NotFound):
        _load(GRACE, OTHER, "Plate", ADA)


def test_nobody_shares_with_a_strange_group(database: Database) -> None:
    with pytest.raises(Forbidden):
        service.save_set(ADA, _wanted(group=4), LAB)
    assert _listed(ADA, LAB) == []


def test_there_is_room_for_so_many_also_when_tabs_save_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_SETS", 3)
    outcomes: list[str] = []
    barrier = threading.Barrier(5)

    def save(n: int) -> None:
        barrier.wait(10)
        try:
            service.save_set(ADA, _wanted(f"set {n}"), LAB)
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
