"""What a service method gets beside its arguments: who calls, in which group, and how to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from omero_standin import refuse
from omero_standin.accounts import Accounts
from omero_standin.event_context import event_context
from omero_standin.model import binary_access, permissions
from omero_standin.model.objects import Marshaller
from omero_standin.model.permissions import ALL_GROUPS, Rights, Viewer
from omero_standin.model.store import Author, Row, Store
from omero_standin.sessions import Session

if TYPE_CHECKING:
    from omero_standin.kernel import Kernel


@dataclass
class Call:
    """One call of one session.

    `context` is the call context that the client sent, `current` Ice's own description of the call.
    """

    kernel: Kernel
    session: Session
    context: dict[str, str]
    current: Any = None

    def publish(self, base: type, handler: object) -> Any:
        """A proxy of the Ice interface `base` for this session, answered by a handler."""
        return self.kernel.published.add(self.session.uuid, base, handler)

    def close_object(self) -> None:
        """Take away the published object that this call is for."""
        self.kernel.published.remove(self.current.id.name)

    @property
    def accounts(self) -> Accounts:
        """The accounts of this server."""
        return self.kernel.accounts

    @property
    def store(self) -> Store:
        """The rows of this server."""
        return self.kernel.store

    @cached_property
    def login(self) -> Row:
        """The user of the session, whose memberships and privileges count."""
        return self.accounts.user(self.session.user)

    @cached_property
    def user(self) -> Row:
        """The user whose data the call is about: the context's, else the session's.

        Administrators may choose another one: what they make is that user's, and they own what
        that user owns (ome.security.basic.BasicEventContext).
        """
        asked = self._number("omero.user")
        if asked is None or asked == self.session.user:
            return self.login
        if not self.accounts.is_admin(self.login):
            raise refuse.forbidden(
                f"User {self.session.user} is not an admin and so cannot set uid to {asked}"
            )
        return self.accounts.user(asked)

    @cached_property
    def group(self) -> int:
        """The group of the call.

        The context's, else the session's; `ALL_GROUPS` when the context says so.
        """
        group = self._number("omero.group")
        if group is None:
            return self.session.group
        if group < 0:
            return ALL_GROUPS
        allowed = {each.id for each in self.accounts.groups_of(self.login)}
        if group not in allowed and not self.accounts.is_admin(self.login):
            raise refuse.forbidden(
                f"User {self.user.id} is not a member of group {group} and cannot login"
            )
        return self.accounts.group(group).id

    def _number(self, name: str) -> int | None:
        """A number of the call context.

        Other values are left out, as in the server: a gateway that logs in to a group by its name
        keeps sending the name, and the session is in that group.
        """
        try:
            return int(self.context.get(name, ""))
        except ValueError:
            return None

    def begin(self) -> None:
        """Refuse a context that the caller may not have, and note whose the changes will be."""
        user, group = self.user.id, self.group
        here = self.session.group if group == ALL_GROUPS else group
        self.store.author = Author(user, here, self.session.id)

    @cached_property
    def privileges(self) -> list[str]:
        """The administrator privileges of the session.

        Becoming another user gives no privilege that one lacks oneself.
        """
        own = self.accounts.privileges(self.login)
        if self.session.sudoer is None:
            return own
        sudoer = self.accounts.privileges(self.accounts.user(self.session.sudoer))
        return [each for each in own if each in sudoer]

    @cached_property
    def viewer(self) -> Viewer:
        """The caller as the permission rules see it."""
        own = self.accounts.viewer(
            self.login, self.group, privileges=self.privileges, sudoer=self.session.sudoer
        )
        return replace(own, user=self.user.id)

    @cached_property
    def sees(self) -> Callable[[Row], bool]:
        """Whether a row exists for the caller."""
        return permissions.sight(self.viewer, self.accounts.level)

    def rights(self, row: Row) -> Rights:
        """What the caller may do with a row that it can read."""
        return permissions.rights(self.viewer, row, self.accounts.level(row.group))

    def restricted(self, row: Row) -> bool:
        """Whether the caller may not download what is behind a row."""
        if row.kind not in binary_access.ASKED:
            return False
        setting = self.kernel.config[binary_access.SETTING]
        may_edit = self.rights(row).edit
        return binary_access.is_restricted(self.store, setting, row, may_edit=may_edit)

    def marshaller(self) -> Marshaller:
        """A converter for one answer to this caller."""
        return Marshaller(
            self.store, self.rights, self.accounts.level, self.restricted, self._contexts
        )

    def _contexts(self) -> tuple[Any, dict[str, str]]:
        """What the details of an object tell about the call; the session's key is left out."""
        context = event_context(self)
        context.sessionUuid = "*********"
        return context, self.context

    @property
    def connection(self) -> str:
        """The client's connection: its addresses and ports, unique while it lives."""
        return str(self.current.con.toString())

    def need_password(self) -> None:
        """Refuse a client that has joined its session by the uuid and never gave a password.

        A call from inside of the process has no connection and needs none.
        """
        if self.current is not None and self.connection not in self.session.proven:
            raise refuse.forbidden(
                "Bad authentication credentials for this action.\n"
                "See setSecurityPassword for more information"
            )

    def need_privilege(self, privilege: str) -> None:
        """Refuse a caller that lacks an administrator privilege."""
        if privilege not in self.privileges:
            raise refuse.forbidden(
                f"user {self.user.values['omeName']} lacks the administrator privilege {privilege}"
            )


def plain(value: Any) -> Any:
    """An RType or a list of them as plain Python; everything else as it is."""
    if value is None:
        return None
    if isinstance(value, list):
        return [plain(each) for each in value]
    inner = getattr(value, "val", getattr(value, "_val", value))
    return [plain(each) for each in inner] if isinstance(inner, list) else inner
