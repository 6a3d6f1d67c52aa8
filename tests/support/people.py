"""Groups and users of a test's own, so that tests on one site do not meet."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # noqa: F401  # isort: skip
from omero.gateway import BlitzGateway
from omero.model import AdminPrivilegeI, ExperimenterGroupI, ExperimenterI
from omero.rtypes import rbool, rstring

import local_services

PASSWORD: Final = "a-password"


@dataclass(frozen=True)
class Group:
    """A group of OMERO."""

    id: int
    name: str


@dataclass(frozen=True)
class Person:
    """A user of OMERO; `group` is their default group."""

    id: int
    name: str
    group: Group
    password: str = PASSWORD


class People:
    """Makes groups and users in a running stand-in, as root."""

    def __init__(self, standin: local_services.Service) -> None:
        """Root logs in when the first group is made."""
        self._standin = standin
        self._root: Any = None

    def group(self, permissions: str = "rwra--", *, label: str = "lab") -> Group:
        """A new group; its name begins with the label."""
        name = f"{label} {_mark()}"
        return Group(int(self._admin().createGroup(name, perms=permissions)), name)

    def person(self, *groups: Group, label: str = "user") -> Person:
        """A new member of these groups; of a group of their own when none is given.

        The login name begins with the label.
        """
        member_of = groups or (self.group(label=f"lab of {label}"),)
        name = f"{label}-{_mark()}"
        admin = self._admin().getAdminService()
        user = ExperimenterI()
        user.omeName, user.ldap = rstring(name), rbool(False)
        user.firstName, user.lastName = rstring(label.title()), rstring("User")
        own, *others = (ExperimenterGroupI(group.id, False) for group in member_of)
        others.append(ExperimenterGroupI(admin.getSecurityRoles().userGroupId, False))
        made = admin.createExperimenterWithPassword(user, rstring(PASSWORD), own, others)
        return Person(int(made), name, member_of[0])

    def administrator(self, *privileges: str) -> Person:
        """A new restricted administrator, whom OMERO lets do these things and no others."""
        name = f"admin-{_mark()}"
        user = ExperimenterI()
        user.omeName, user.ldap = rstring(name), rbool(False)
        user.firstName, user.lastName = rstring("Restricted"), rstring("Administrator")
        given = []
        for each in privileges:
            privilege = AdminPrivilegeI()
            privilege.setValue(rstring(each))
            given.append(privilege)
        admin = self._admin().getAdminService()
        made = admin.createRestrictedSystemUserWithPassword(user, given, rstring(PASSWORD))
        roles = admin.getSecurityRoles()
        return Person(int(made), name, Group(int(roles.systemGroupId), "system"))

    def close(self) -> None:
        """Root logs out."""
        if self._root is not None:
            self._root.close()

    def _admin(self) -> Any:
        # A session that nobody has used for long has ended.
        if self._root is None or not self._root.keepAlive():
            standin = self._standin
            self._root = BlitzGateway(
                "root", standin.password, host="127.0.0.1", port=standin.port, secure=True
            )
            assert self._root.connect(), "root cannot log in to the stand-in"
        return self._root


def _mark() -> str:
    """What no other name has."""
    return uuid.uuid4().hex[:8]
