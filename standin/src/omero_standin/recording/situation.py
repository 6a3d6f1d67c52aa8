"""What an account may do on its server, as far as answers depend on it; no names, no ids.

A recording carries it, and `replay` makes accounts of the same kind in the stand-in.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from omero_standin.model import enumerations

SYSTEM: Final = "system"
PRIVATE: Final = "rw----"


@dataclass(frozen=True)
class Second:
    """The second account.

    Attributes:
        group: permissions of its default group.
        same: whether that is the first account's group.
        other: whether that is the first account's other group.
        leads: whether it is an owner of that group.
        member: whether it is a member of the first account's group.
    """

    group: str
    same: bool
    other: bool
    leads: bool
    member: bool


@dataclass(frozen=True)
class Situation:
    """The account that runs the catalogue.

    Attributes:
        administrator: whether it is one.
        privileges: of an administrator; empty for others.
        group: permissions of the group that it works in, or `system` for the group of that name.
        leads: whether it is an owner of that group.
        other: permissions of a second group that it is a member of, if there is one.
        second: the second account, if there is one.
    """

    administrator: bool
    privileges: tuple[str, ...]
    group: str
    leads: bool
    other: str | None
    second: Second | None

    @property
    def restricted(self) -> bool:
        """Whether it is an administrator who lacks privileges."""
        return self.administrator and set(self.privileges) < enumerations.original("AdminPrivilege")

    def told(self) -> dict[str, Any]:
        """As plain values, for a file."""
        return asdict(self) | {"privileges": list(self.privileges)}

    @classmethod
    def of(cls, told: dict[str, Any]) -> Situation:
        """From plain values.

        Raises:
            TypeError: they are something else.
        """
        second = told.get("second")
        values = told | {"second": None if second is None else Second(**second)}
        return cls(**(values | {"privileges": tuple(told["privileges"])}))

    def description(self, first: tuple[str, str], second: tuple[str, str]) -> dict[str, Any]:
        """Accounts of the same kind, as the stand-in's option `--data` reads them.

        Args:
            first: name and password of the account that runs the catalogue.
            second: those of the second account.
        """
        groups = {"other": self.other}
        own = []
        if self.group != SYSTEM:
            groups["first"] = self.group
            own.append("first")
        if self.other is not None:
            own.append("other")
        user: dict[str, Any] = {"name": first[0], "password": first[1], "groups": own}
        if self.administrator:
            user["privileges"] = "all" if not self.restricted else list(self.privileges)
        if self.leads and self.group != SYSTEM:
            user["owns"] = ["first"]
        users = [user]
        if self.second is not None:
            theirs = "first" if self.second.same else "other" if self.second.other else "second"
            if theirs == "second":
                groups["second"] = self.second.group
            joined = [theirs] if self.second.same or not self.second.member else [theirs, "first"]
            owned = [theirs] if self.second.leads else []
            users.append({
                "name": second[0], "password": second[1], "groups": joined, "owns": owned,
            })  # fmt: skip
        return {
            "groups": [
                {"name": name, "permissions": level} for name, level in groups.items() if level
            ],
            "users": users,
        }


def situation_of(client: Any, second: Any = None) -> tuple[Situation, int | None]:
    """The situation of logged-in clients, and the id of the first account's other group."""
    admin = client.sf.getAdminService()
    me = admin.getEventContext()
    roles = admin.getSecurityRoles()
    ordinary = [
        each
        for each in sorted(me.memberOfGroups)
        if each not in (me.groupId, roles.userGroupId, roles.systemGroupId)
    ]
    other = ordinary[0] if ordinary else None
    privileges = admin.getCurrentAdminPrivileges() if me.isAdmin else []
    known = enumerations.original("AdminPrivilege")
    found = Situation(
        administrator=bool(me.isAdmin),
        privileges=tuple(sorted(each.value.val for each in privileges if each.value.val in known)),
        group=SYSTEM if me.groupId == roles.systemGroupId else _level(admin, me.groupId),
        leads=me.groupId in me.leaderOfGroups,
        other=None if other is None else _level(admin, other),
        second=None if second is None else _second(second, me.groupId, other),
    )
    return found, other


def _second(client: Any, group: int, other: int | None) -> Second:
    admin = client.sf.getAdminService()
    them = admin.getEventContext()
    return Second(
        group=_level(admin, them.groupId),
        same=them.groupId == group,
        other=them.groupId == other,
        leads=them.groupId in them.leaderOfGroups,
        member=group in them.memberOfGroups,
    )


def _level(admin: Any, group: int) -> str:
    return str(admin.getGroup(group).details.permissions)
