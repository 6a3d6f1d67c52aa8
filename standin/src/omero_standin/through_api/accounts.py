"""Groups and users as described; what is there already stays, with the described password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omero.model import AdminPrivilegeI, ExperimenterGroupI, ExperimenterI
from omero.rtypes import rbool, rstring

from omero_standin.data.check import BadDescription, known
from omero_standin.through_api.connection import Connection

USER = (
    "name", "password", "first", "last", "email", "institution", "groups", "owns", "privileges",
)  # fmt: skip


def make_accounts(
    root: Connection, description: dict[str, Any], password_of: Callable[[dict[str, Any]], str]
) -> None:
    """Make what is missing.

    Args:
        root: a full administrator.
        description: with `groups` and `users`.
        password_of: the password of a described user.
    """
    admin = root.gateway.getAdminService()
    groups = {group.name.val: group.id.val for group in admin.lookupGroups()}
    for group in description.get("groups", ()):
        known(group, "a group", "name", "permissions", "description")
        name, level = group["name"], group.get("permissions", "rw----")
        if name not in groups:
            groups[name] = root.gateway.createGroup(
                name, perms=level, description=group.get("description")
            )
    users = {user.omeName.val: user.id.val for user in admin.lookupExperimenters()}
    for user in description.get("users", ()):
        known(user, "a user", *USER)
        password = rstring(password_of(user))
        if user["name"] in users:
            admin.changeUserPassword(user["name"], password)
            _join(admin, users[user["name"]], [_group(groups, g) for g in user.get("groups", ())])
        else:
            users[user["name"]] = _make_user(admin, user, groups, password)
        owner = ExperimenterI(users[user["name"]], False)
        for name in user.get("owns", ()):
            admin.setGroupOwner(_group(groups, name), owner)


def _make_user(admin: Any, user: dict[str, Any], groups: dict[str, int], password: Any) -> int:
    made = ExperimenterI()
    made.omeName, made.ldap = rstring(user["name"]), rbool(False)
    made.firstName = rstring(user.get("first", user["name"].title()))
    made.lastName = rstring(user.get("last", "Demo"))
    for key in ("email", "institution"):
        if key in user:
            setattr(made, key, rstring(user[key]))
    mine = [_group(groups, name) for name in user.get("groups", ())]
    privileges = user.get("privileges")
    if isinstance(privileges, list):
        found = [AdminPrivilegeI() for _ in privileges]
        for each, name in zip(found, privileges, strict=True):
            each.setValue(rstring(name))
        return int(admin.createRestrictedSystemUserWithPassword(made, found, password))
    if privileges is not None:
        mine.append(_group(groups, "system"))
    users = ExperimenterGroupI(admin.getSecurityRoles().userGroupId, False)
    return int(admin.createExperimenterWithPassword(made, password, mine[0], [*mine[1:], users]))


def _join(admin: Any, user: int, groups: list[Any]) -> None:
    mine = set(admin.getMemberOfGroupIds(ExperimenterI(user, False)))
    missing = [group for group in groups if group.id.val not in mine]
    if missing:
        admin.addGroups(ExperimenterI(user, False), missing)


def _group(groups: dict[str, int], name: str) -> Any:
    if name not in groups:
        raise BadDescription(f"there is no group {name}")
    return ExperimenterGroupI(groups[name], False)
