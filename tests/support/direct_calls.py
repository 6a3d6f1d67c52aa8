"""The stand-in's services called without a network: rows and rules only."""

from __future__ import annotations

from typing import Any

import omero.gateway  # noqa: F401 - registers OMERO's model classes

from omero_standin.call import Call
from omero_standin.kernel import Kernel
from omero_standin.model.store import Author, Row


class Office:
    """A stand-in without doors."""

    def __init__(self, folder: str = "/nowhere") -> None:
        """With its first accounts; contents of files go to the folder, if there are any."""
        self.kernel = Kernel({"omero.data.dir": folder})
        self.kernel.fill([], "secret-of-the-test")
        self.accounts = self.kernel.accounts
        self.store = self.kernel.store

    def group(self, name: str, level: str) -> Row:
        """A new group."""
        return self.accounts.create_group(name, level, None)

    def user(self, name: str, *groups: Row, privileges: list[str] | None = None) -> Row:
        """A new user; with privileges an administrator that has just these."""
        chosen = list(groups)
        if privileges is not None:
            chosen.append(self.accounts.group_named("system"))
        names = {"omeName": name, "firstName": name, "lastName": "Tester"}
        user = self.accounts.create_user(names, chosen, None)
        if privileges is not None:
            self.accounts.set_privileges(user, privileges)
        return user

    def call(self, user: Row, group: Row | int) -> Call:
        """A call of a user in a group, or in all with -1."""
        number = group if isinstance(group, int) else group.id
        groups = self.accounts.groups_of(user)
        session = self.kernel.sessions.create(user.id, groups[0].id)
        self.store.author = Author(user.id, groups[0].id)
        return Call(self.kernel, session, {"omero.group": str(number)})

    def add(self, kind: str, owner: Row, group: Row, **values: Any) -> Row:
        """A new row."""
        return self.store.insert(kind, values, owner=owner.id, group=group.id)
