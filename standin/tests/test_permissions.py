"""Who may do what with another user's image: OMERO's documented tables.

The expected values are those of "Permissions tables" in OMERO's documentation
(https://omero.readthedocs.io/en/stable/sysadmins/server-permissions.html#permissions-tables), for
the rows View, Annotate, Edit and Delete. The tables are about others' data; of their own, "all
OMERO users in all groups can perform all actions". A restricted administrator without privileges
views everything and is a plain member otherwise, here of no group; one with the privilege to write
data acts as an administrator where that suffices.
"""

from __future__ import annotations

import functools
from typing import Any, Final

import omero
import pytest
from omero.rtypes import rstring

from direct_calls import Office
from omero_standin.call import Call
from omero_standin.model.store import Row
from omero_standin.services.iquery import QueryService
from omero_standin.services.iupdate import Update

LEVELS: Final = ("rw----", "rwr---", "rwra--", "rwrw--")
ACTIONS: Final = ("view", "annotate", "edit", "delete")
# One letter for each group level, in the order above.
TABLES: Final = {
    "owner": {"view": "YYYY", "annotate": "YYYY", "edit": "YYYY", "delete": "YYYY"},
    "member": {"view": "NYYY", "annotate": "NNYY", "edit": "NNNY", "delete": "NNNY"},
    "group owner": {"view": "YYYY", "annotate": "NYYY", "edit": "YYYY", "delete": "YYYY"},
    "other": {"view": "NNNN", "annotate": "NNNN", "edit": "NNNN", "delete": "NNNN"},
    "administrator": {"view": "YYYY", "annotate": "NYYY", "edit": "YYYY", "delete": "YYYY"},
    "restricted administrator": {
        "view": "YYYY", "annotate": "NNNN", "edit": "NNNN", "delete": "NNNN",
    },
    "restricted administrator who may write": {
        "view": "YYYY", "annotate": "NYYY", "edit": "YYYY", "delete": "NNNN",
    },
}  # fmt: skip
CASES: Final = [
    (level, role, action, table[action][at] == "Y")
    for role, table in TABLES.items()
    for action in ACTIONS
    for at, level in enumerate(LEVELS)
]


class Stage:
    """One group with everybody in it."""

    def __init__(self, level: str) -> None:
        """A group of this level."""
        office = self.office = Office()
        self.group = office.group("lab", level)
        owner = office.user("owner", self.group)
        leader = office.user("leader", self.group)
        office.accounts.set_owner(self.group, leader, owner=True)
        self.people = {
            "owner": owner,
            "member": office.user("member", self.group),
            "group owner": leader,
            "other": office.user("other", office.group("elsewhere", level)),
            "administrator": office.accounts.user_named("root"),
            "restricted administrator": office.user("restricted", privileges=[]),
            "restricted administrator who may write": office.user(
                "writer", privileges=["WriteOwned"]
            ),
        }
        self.images = 0

    def image(self) -> Row:
        """A new image of the owner's."""
        self.images += 1
        name = f"hers {self.images}"
        return self.office.add("Image", self.people["owner"], self.group, name=name)

    def call(self, role: str) -> Call:
        """A call in the group, for who may enter it, else in all that the user has."""
        user = self.people[role]
        return self.office.call(user, -1 if role == "other" else self.group)

    def allowed(self, action: Any, role: str) -> bool:
        """Whether somebody can do it."""
        try:
            return bool(action(self.call(role), self.image()))
        except (omero.SecurityViolation, omero.ValidationException):
            return False
        except omero.ApiUsageException as error:
            assert "there is none" in error.message
            return False


stage = functools.cache(Stage)


def view(call: Call, image: Row) -> bool:
    """Find it, in all the ways there are."""
    asked = omero.sys.ParametersI()
    asked.addId(image.id)
    asked.addString("name", image.values["name"])
    count = "select count(i) from Image i where i.name = :name"
    names = "select i.name from Image i where i.name like 'h%' and i.id = :id"
    service = QueryService()
    found: list[bool] = [
        service.find(call, "Image", image.id) is not None,
        len(service.findAllByQuery(call, "select i from Image i where i.id = :id", asked)) == 1,
        service.projection(call, count, asked)[0][0].val == 1,
        len(service.projection(call, names, asked)) == 1,
    ]
    assert len(set(found)) == 1, found
    return found[0]


def annotate(call: Call, image: Row) -> bool:
    """Hang a new comment on it."""
    link = omero.model.ImageAnnotationLinkI()
    link.parent = omero.model.ImageI(image.id, False)
    comment = omero.model.CommentAnnotationI()
    comment.textValue = rstring("nice")
    link.child = comment
    saved = Update().saveAndReturnObject(call, link)
    return bool(saved.child.textValue.val == "nice")


def edit(call: Call, image: Row) -> bool:
    """Give it another name."""
    given = call.marshaller().object(image)
    given.name = rstring("renamed")
    Update().saveObject(call, given)
    return bool(image.values["name"] == "renamed")


def delete(call: Call, image: Row) -> bool:
    """Delete it."""
    Update().deleteObject(call, omero.model.ImageI(image.id, False))
    return call.store.find("Image", image.id) is None


@pytest.mark.parametrize(
    ("level", "role", "action", "expected"),
    CASES,
    ids=[f"{level} {role}: {action}" for level, role, action, _ in CASES],
)
def test_documented_tables(level: str, role: str, action: str, expected: bool) -> None:
    actions = {"view": view, "annotate": annotate, "edit": edit, "delete": delete}
    assert stage(level).allowed(actions[action], role) is expected


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("role", TABLES)
def test_the_flags_that_objects_carry_say_the_same(level: str, role: str) -> None:
    here = stage(level)
    image = here.image()
    expected = {action: TABLES[role][action][LEVELS.index(level)] == "Y" for action in ACTIONS}
    if not expected["view"]:
        with pytest.raises(omero.SecurityViolation):
            QueryService().find(here.call(role), "Image", image.id)
        return
    permissions = QueryService().find(here.call(role), "Image", image.id).details.permissions
    flags = {
        "view": True,
        "annotate": permissions.canAnnotate(),
        "edit": permissions.canEdit(),
        "delete": permissions.canDelete(),
    }
    assert flags == expected
    assert str(permissions) == level


@pytest.mark.parametrize(
    ("role", "moves", "gives"),
    [
        ("owner", True, False),
        ("member", False, False),
        ("group owner", False, True),
        ("administrator", True, True),
        ("restricted administrator", False, False),
    ],
)
def test_who_may_move_and_give_away(role: str, moves: bool, gives: bool) -> None:
    here = stage("rwrw--")
    flags = QueryService().find(here.call(role), "Image", here.image().id).details.permissions
    assert (flags.canChgrp(), flags.canChown()) == (moves, gives)
