"""Users, groups, memberships and privileges: the rules behind IAdmin and logins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from omero_standin import passwords, refuse
from omero_standin.model import enumerations
from omero_standin.model.permissions import PRIVILEGES, Viewer
from omero_standin.model.store import Row, Store

ROOT, GUEST = 0, 1
SYSTEM_GROUP, USER_GROUP, GUEST_GROUP = 0, 1, 2
_PRIVILEGE: Final = "AdminPrivilege:"
_LEVELS: Final = ("rw----", "rwr---", "rwra--", "rwrw--")


class Accounts:
    """The accounts in a store.

    A group keeps its permissions text as its secret: the model has no member for it.
    """

    def __init__(self, store: Store, *, password_required: bool = True) -> None:
        """Work on this store; `initialise` fills an empty one.

        `password_required` is `omero.security.password_required`: without it an empty password
        opens an account of a user that is no administrator to everybody.
        """
        self.store = store
        self._password_required = password_required

    def initialise(self, root_password: str) -> None:
        """The accounts that every OMERO starts with."""
        with self.store.transaction():
            enumerations.complete(self.store)
            for name in ("root", "guest"):
                names = {"omeName": name, "firstName": name, "lastName": name, "ldap": False}
                self.store.insert("Experimenter", names, owner=ROOT, group=SYSTEM_GROUP)
            for name, level in (("system", "rw----"), ("user", "rwr-r-"), ("guest", "rw----")):
                group = self.store.insert(
                    "ExperimenterGroup",
                    {"name": name, "ldap": False},
                    owner=ROOT,
                    group=SYSTEM_GROUP,
                )
                self.store.set_secret(group, level)
            self.join(self.user(ROOT), [self.group(SYSTEM_GROUP), self.group(USER_GROUP)])
            self.join(self.user(GUEST), [self.group(GUEST_GROUP)])
            self.set_password(self.user(ROOT), root_password)

    # --- looking up

    def user(self, user_id: int) -> Row:
        """The user with this id."""
        return self.store.get("Experimenter", user_id)

    def group(self, group_id: int) -> Row:
        """The group with this id."""
        return self.store.get("ExperimenterGroup", group_id)

    def user_named(self, name: str) -> Row:
        """The user with this login name."""
        return self._named("Experimenter", "omeName", name)

    def group_named(self, name: str) -> Row:
        """The group with this name."""
        return self._named("ExperimenterGroup", "name", name)

    def _named(self, kind: str, member: str, name: str) -> Row:
        for row in self.store.rows(kind):
            if row.values.get(member) == name:
                return row
        raise refuse.usage(
            f"No such {'experimenter' if kind == 'Experimenter' else 'group'}: {name}"
        )

    def level(self, group_id: int) -> str:
        """A group's permissions text (`rwra--`)."""
        return self.group(group_id).secret

    def memberships(self, user: Row) -> list[Row]:
        """The links of a user to groups; the first one is the default group, apart from `user`."""
        found = self.store.referring("GroupExperimenterMap", "child", user.ref)
        return sorted(found, key=_order)

    def groups_of(self, user: Row) -> list[Row]:
        """The groups of a user, default group first."""
        return [self.group(link.values["parent"].id) for link in self.memberships(user)]

    def members_of(self, group: Row) -> list[Row]:
        """The users in a group."""
        links = self.store.referring("GroupExperimenterMap", "parent", group.ref)
        return [self.user(link.values["child"].id) for link in links]

    def led_by(self, user: Row) -> list[Row]:
        """The groups that a user owns."""
        return [
            self.group(link.values["parent"].id)
            for link in self.memberships(user)
            if link.values.get("owner")
        ]

    def is_admin(self, user: Row) -> bool:
        """Whether a user is in the group `system`, restricted or not."""
        return any(group.id == SYSTEM_GROUP for group in self.groups_of(user))

    def privileges(self, user: Row) -> list[str]:
        """The privileges of an administrator.

        None for others. A restricted one lacks those its config says no to.
        """
        if not self.is_admin(user):
            return []
        denied = {name for name, value in user.values.get("config") or () if value == "false"}
        return [name for name in PRIVILEGES if _PRIVILEGE + name not in denied]

    def viewer(
        self,
        user: Row,
        group_id: int,
        *,
        privileges: list[str] | None = None,
        sudoer: int | None = None,
    ) -> Viewer:
        """The user as the permission rules see it.

        `privileges` are those that a sudo session leaves, `sudoer` is who made it.
        """
        return Viewer(
            user=user.id,
            group=group_id,
            admin=self.is_admin(user),
            member_of=frozenset(group.id for group in self.groups_of(user)),
            leader_of=frozenset(group.id for group in self.led_by(user)),
            privileges=frozenset(self.privileges(user) if privileges is None else privileges),
            real_user=user.id if sudoer is None else sudoer,
        )

    # --- changing

    def create_group(self, name: str, level: str, description: str | None) -> Row:
        """A new group; its name must be new, its permissions one of the four levels."""
        self._free("ExperimenterGroup", "name", name)
        if level not in _LEVELS:
            raise refuse.invalid(
                f"group {name}: permissions {level!r} are not one of {', '.join(_LEVELS)}"
            )
        values = {"name": name, "description": description, "ldap": False}
        with self.store.transaction():
            group = self.store.insert("ExperimenterGroup", values, owner=ROOT, group=SYSTEM_GROUP)
            self.store.set_secret(group, level)
        return group

    def set_level(self, group: Row, level: str) -> None:
        """Change what the members of a group may do."""
        if level not in _LEVELS:
            raise refuse.invalid(
                f"group {group.values['name']}: permissions {level!r} are not one of "
                f"{', '.join(_LEVELS)}"
            )
        self.store.set_secret(group, level)

    def rename(self, row: Row, member: str, name: str | None) -> None:
        """Give a user or a group another name, which nobody else has."""
        if name and name != row.values[member]:
            self._free(row.kind, member, name)
            self.store.update(row, **{member: name})

    def create_user(self, values: dict[str, Any], groups: list[Row], password: str | None) -> Row:
        """A new user in these groups (the first is the default one) and in `user`."""
        self._free("Experimenter", "omeName", values["omeName"])
        with self.store.transaction():
            user = self.store.insert(
                "Experimenter", values | {"ldap": False}, owner=ROOT, group=SYSTEM_GROUP
            )
            self.join(user, groups)
            if USER_GROUP not in {group.id for group in groups}:
                self.join(user, [self.group(USER_GROUP)])
            if password is not None:
                self.set_password(user, password)
        return user

    def join(self, user: Row, groups: Iterable[Row]) -> None:
        """Make a user a member of groups; one it is in already stays as it is."""
        present = {group.id for group in self.groups_of(user)}
        with self.store.transaction():
            for group in groups:
                if group.id not in present:
                    link = {"parent": group.ref, "child": user.ref, "owner": False}
                    self.store.insert("GroupExperimenterMap", link, owner=ROOT, group=SYSTEM_GROUP)

    def leave(self, user: Row, groups: Iterable[Row]) -> None:
        """Take a user out of groups; everybody stays in one at least."""
        gone = {group.id for group in groups}
        with self.store.transaction():
            for link in self.memberships(user):
                if link.values["parent"].id in gone:
                    self.store.delete(link)
            if not [group for group in self.groups_of(user) if group.id != USER_GROUP]:
                raise refuse.invalid(
                    f"user {user.values['omeName']} would be in no group but `user`"
                )

    def set_owner(self, group: Row, user: Row, *, owner: bool) -> None:
        """Make a user an owner of a group, who becomes a member of it, or a plain member."""
        with self.store.transaction():
            if owner:
                self.join(user, [group])
            for link in self.memberships(user):
                if link.values["parent"] == group.ref:
                    self.store.update(link, owner=owner)

    def set_default(self, user: Row, group: Row) -> None:
        """Make a group the one in which a user's sessions start."""
        links = self.memberships(user)
        wanted = [link for link in links if link.values["parent"] == group.ref]
        if not wanted:
            raise refuse.usage(f"user {user.id} is not a member of group {group.id}")
        first = min(link.values.get("@order", 0) for link in links)
        self.store.update(wanted[0], **{"@order": first - 1})

    def delete_user(self, user: Row) -> None:
        """Delete a user who has no data."""
        with self.store.transaction():
            for link in self.memberships(user):
                self.store.delete(link)
            self.store.delete(user)

    def delete_group(self, group: Row) -> None:
        """Delete a group that holds no data."""
        with self.store.transaction():
            for link in self.store.referring("GroupExperimenterMap", "parent", group.ref):
                self.store.delete(link)
            self.store.delete(group)

    def set_privileges(self, user: Row, wanted: Iterable[str]) -> None:
        """Restrict an administrator to these privileges."""
        wanted = set(wanted)
        if unknown := wanted - set(PRIVILEGES):
            raise refuse.invalid(f"unknown administrator privileges: {', '.join(sorted(unknown))}")
        others = [
            pair for pair in user.values.get("config") or () if not pair[0].startswith(_PRIVILEGE)
        ]
        denied = [(_PRIVILEGE + name, "false") for name in PRIVILEGES if name not in wanted]
        self.store.update(user, config=[*others, *denied])

    def set_password(self, user: Row, password: str | None) -> None:
        """Give a user a new password; with none, nobody logs in to the account any more."""
        if password is not None and password.strip():
            secret = passwords.hashed(password)
        elif password is None or self._needs_password(user):
            secret = passwords.LOCKED
        else:
            secret = passwords.OPEN
        self.store.set_secret(user, secret)

    def check_password(self, name: str, password: str) -> Row | None:
        """The user when name and password belong together. `guest` has no password: any will do."""
        users = [row for row in self.store.rows("Experimenter") if row.values["omeName"] == name]
        if not users:
            return None
        user = users[0]
        if user.id == GUEST or (user.secret == passwords.OPEN and not self._needs_password(user)):
            return user
        return user if passwords.matches(password, user.secret) else None

    def _needs_password(self, user: Row) -> bool:
        return self._password_required or self.is_admin(user)

    def _free(self, kind: str, member: str, name: str) -> None:
        if not name:
            raise refuse.invalid(f"a {kind} needs a value for {member}")
        if any(row.values.get(member) == name for row in self.store.rows(kind)):
            raise refuse.invalid(f"a {kind} with {member} {name!r} exists already")


def _order(link: Row) -> tuple[bool, int, int]:
    return link.values["parent"].id == USER_GROUP, link.values.get("@order", 0), link.id
