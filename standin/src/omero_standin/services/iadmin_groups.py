"""The part of IAdmin that is about groups: making them, who is in them, who owns them.

Owners of a group may do for it what administrators with the privilege may do for all.
"""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from omero_standin import accounts as roles
from omero_standin import refuse
from omero_standin.call import Call, plain
from omero_standin.model import schema
from omero_standin.model.permissions import is_system
from omero_standin.model.store import Row


class Groups:
    """Base of IAdmin's handler."""

    def createGroup(self, call: Call, group: Any) -> Any:
        """A new group with the given name, description and permissions.

        Private when none are given.
        """
        call.need_privilege("ModifyGroup")
        details = group.details
        given = details.permissions if details is not None else None
        level = str(given) if given is not None else "rw----"
        return call.accounts.create_group(plain(group.name), level, plain(group.description)).id

    def updateGroup(self, call: Call, given: Any) -> None:
        """Change a group's name and description, and its permissions when they are given."""
        group = given_group(call, given)
        need_or_lead(call, "ModifyGroup", [group])
        call.accounts.rename(group, "name", plain(given.name))
        with call.store.transaction():
            call.store.update(group, description=plain(given.description))
            details = given.details
            level = str(details.permissions) if details and details.permissions else None
            if level is not None and level != call.accounts.level(group.id):
                call.accounts.set_level(group, level)

    def deleteGroup(self, call: Call, given: Any) -> None:
        """Delete a group that holds no data."""
        group = given_group(call, given)
        need_or_lead(call, "ModifyGroup", [group])
        if group.id in (roles.SYSTEM_GROUP, roles.USER_GROUP, roles.GUEST_GROUP):
            raise refuse.invalid(f"the group {group.values['name']} cannot be deleted")
        for kind in schema.kinds():
            if not is_system(kind) and call.store.holding(kind, "@group", group.id):
                raise refuse.invalid(
                    f"could not delete ExperimenterGroup:{group.id}: it holds data of type {kind}"
                )
        call.accounts.delete_group(group)

    def addGroups(self, call: Call, user: Any, groups: Any) -> None:
        """Make a user a member of groups."""
        if not groups:
            raise refuse.invalid("Nothing to do.")
        found = [given_group(call, each) for each in groups]
        need_or_lead(call, "ModifyGroupMembership", found)
        row = given_user(call, user)
        with unelevated(call, row):
            call.accounts.join(row, found)

    def removeGroups(self, call: Call, user: Any, groups: Any) -> None:
        """Take a user out of groups."""
        found = [given_group(call, each) for each in groups]
        need_or_lead(call, "ModifyGroupMembership", found)
        row = given_user(call, user)
        if row.id == roles.ROOT and any(
            group.id in (roles.SYSTEM_GROUP, roles.USER_GROUP) for group in found
        ):
            raise refuse.invalid(
                "experimenter 'root' may not be removed from the 'system' or 'user' group"
            )
        if row.id == call.user.id and any(
            group.id in (roles.SYSTEM_GROUP, roles.USER_GROUP) for group in found
        ):
            raise refuse.invalid(
                "experimenters may not remove themselves from the 'system' or 'user' group"
            )
        call.accounts.leave(row, found)

    def setDefaultGroup(self, call: Call, user: Any, group: Any) -> None:
        """Make a group the one in which a user's sessions start."""
        row = given_user(call, user)
        if row.id != call.user.id and "ModifyUser" not in call.privileges:
            raise refuse.forbidden(f"User {row.id} can only set own default group.")
        chosen = given_group(call, group)
        if chosen.id == roles.USER_GROUP:
            raise refuse.usage("Cannot set default group to: user")
        call.accounts.set_default(row, chosen)

    def setGroupOwner(self, call: Call, group: Any, user: Any) -> None:
        """Make a user an owner of a group."""
        self.addGroupOwners(call, group, [user])

    def unsetGroupOwner(self, call: Call, group: Any, user: Any) -> None:
        """Make an owner of a group a plain member."""
        self.removeGroupOwners(call, group, [user])

    def addGroupOwners(self, call: Call, group: Any, users: Any) -> None:
        """Make users owners of a group."""
        row = given_group(call, group)
        need_or_lead(call, "ModifyGroupMembership", [row])
        with call.store.transaction():
            for user in users:
                made = given_user(call, user)
                with unelevated(call, made):
                    call.accounts.set_owner(row, made, owner=True)

    def removeGroupOwners(self, call: Call, group: Any, users: Any) -> None:
        """Make owners of a group plain members."""
        row = given_group(call, group)
        need_or_lead(call, "ModifyGroupMembership", [row])
        with call.store.transaction():
            for user in users:
                call.accounts.set_owner(row, given_user(call, user), owner=False)


def given_user(call: Call, given: Any) -> Row:
    """The user that a client's object names."""
    return call.accounts.user(plain(given.id))


def given_group(call: Call, given: Any) -> Row:
    """The group that a client's object names."""
    return call.accounts.group(plain(given.id))


def need_or_lead(call: Call, privilege: str, groups: list[Row]) -> None:
    """Refuse a caller that has neither the privilege nor owns all of the groups."""
    if privilege in call.privileges:
        return
    # Of no group nobody is the owner: an account in the group of all users is for administrators.
    if not groups or any(group.id not in call.viewer.leader_of for group in groups):
        raise refuse.forbidden(
            "Current user is neither admin nor group-leader for the given user(s)/group(s)"
        )


@contextmanager
def unelevated(call: Call, user: Row) -> Iterator[None]:
    """Undo what would give a user administrator privileges that the caller lacks."""
    with call.store.transaction():
        before = set(call.accounts.privileges(user))
        yield
        gained = set(call.accounts.privileges(user)) - before
        if gained - set(call.privileges):
            raise refuse.forbidden(
                "cannot give administrator privileges that current user does not have"
            )
