"""Objects that a caller names by their id but may not see."""

from __future__ import annotations

from typing import Any

import omero
import pytest

from standin_here import Here, standin_here

KINDS = {
    "Project": ("containers", {"name": "n"}),
    "Image": ("core", {"name": "n"}),
    "OriginalFile": ("core", {"name": "n", "path": "/"}),
    "TagAnnotation": ("annotations", {"textValue": "t"}),
    "Roi": ("roi", {}),
    "Well": ("screen", {}),
}


@pytest.fixture(scope="module")
def here() -> Any:
    """A stand-in with a private group."""
    with standin_here() as running:
        lab = running.group("private", "rw----")
        running.user("ada", lab)
        running.user("bob", lab)
        yield running


def hidden(here: Here, kind: str) -> tuple[int, str]:
    """The id of a row of ada's and what the server calls it."""
    package, values = KINDS[kind]
    ada = here.store.holding("Experimenter", "omeName", "ada")[0]
    group = here.store.holding("ExperimenterGroup", "name", "private")[0]
    row = here.add(kind, ada.id, group.id, **values)
    return row.id, f"ome.model.{package}.{kind}:Id_{row.id}"


@pytest.mark.parametrize("group", ["-1", None])
@pytest.mark.parametrize("method", ["get", "find"])
@pytest.mark.parametrize("kind", KINDS)
def test_get_and_find_are_refused(here: Here, kind: str, method: str, group: str | None) -> None:
    row_id, name = hidden(here, kind)
    query = here.connect("bob").c.sf.getQueryService()
    with pytest.raises(omero.SecurityViolation) as refused:
        getattr(query, method)(kind, row_id, {"omero.group": group} if group else {})
    assert refused.value.message == f"Cannot read {name}"
    assert here.connect("ada").c.sf.getQueryService().get(kind, row_id).id.val == row_id


def test_what_is_not_there_is_told_apart(here: Here) -> None:
    query = here.connect("bob").c.sf.getQueryService()
    assert query.find("Project", 4711) is None
    with pytest.raises(omero.ValidationException, match=r"ome.model.containers.Project#4711"):
        query.get("Project", 4711)


def test_files_and_tables_are_refused(here: Here) -> None:
    row_id, name = hidden(here, "OriginalFile")
    session = here.connect("bob").c.sf
    with pytest.raises(omero.SecurityViolation, match=f"Cannot read {name}"):
        session.createRawFileStore().setFileId(row_id)
    shared = session.sharedResources()
    with pytest.raises(omero.SecurityViolation, match=f"Cannot read {name}"):
        shared.openTable(omero.model.OriginalFileI(row_id, False))
    with pytest.raises(omero.ValidationException, match="file must be a managed instance"):
        shared.openTable(omero.model.OriginalFileI())


def test_what_is_in_the_group_of_everybody_is_loaded_from_any(here: Here) -> None:
    everybody = here.add("OriginalFile", 0, 1, name="logo", path="/")
    system = here.add("OriginalFile", 0, 0, name="notes", path="/")
    query = here.connect("bob").c.sf.getQueryService()
    assert query.get("OriginalFile", everybody.id).name.val == "logo"
    assert query.get("OriginalFile", system.id).name.val == "notes"
