"""Who makes a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Caller:
    """The logged-in user of a request.

    Args:
        conn: the gateway of the user's own session, seeing all groups; closed after the view.
        user_id: id in OMERO.
        user_name: login name in OMERO.
        group_id: the group that is active in OMERO.web.
        is_admin: whether the user is a (full or restricted) administrator.
        request_id: under which the log has the request.
        by_another: whether another account opened the session for the user, as single sign-on does:
            the user then has no password of OMERO.
        privileges: what OMERO lets an administrator do beyond seeing everything, such as
            `ModifyGroup`; a full administrator has all of them, others have none.
    """

    conn: Any
    user_id: int
    user_name: str
    group_id: int
    is_admin: bool
    request_id: str
    by_another: bool = False
    privileges: frozenset[str] = frozenset()


def caller_of(request: Any, conn: Any) -> Caller:
    """The caller from OMERO's event context, which the gateway has already."""
    context = conn.getEventContext()
    return Caller(
        conn=conn,
        user_id=int(context.userId),
        user_name=str(context.userName),
        group_id=int(request.session.get("active_group") or context.groupId),
        is_admin=bool(context.isAdmin),
        request_id=request_id(request),
        by_another=opened_by_another(conn),
        privileges=frozenset(map(str, getattr(context, "adminPrivileges", None) or ())),
    )


def opened_by_another(conn: Any) -> bool:
    """Whether another account opened the user's session."""
    return getattr(conn.getEventContext(), "sudoerId", None) is not None


def request_id(request: Any) -> str:
    """The id that OMERO.web's log uses, else the one that the proxy sent, else an empty text."""
    given = getattr(request, "request_id", None) or request.headers.get("X-Request-ID", "")
    return "".join(letter for letter in str(given)[:64] if letter.isalnum() or letter in "-_.")
