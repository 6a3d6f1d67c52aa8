"""ISession: sessions of oneself, and of others for an administrator with the privilege Sudo."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

import omero.model
from omero.rtypes import rlong, rstring, rtime

from omero_standin import refuse
from omero_standin.call import Call, plain
from omero_standin.sessions import Session


class SessionService:
    """Creating, looking at and closing sessions."""

    def createSessionWithTimeout(self, call: Call, principal: Any, idle: int) -> Any:
        """A session for another user (sudo)."""
        return self.createSessionWithTimeouts(call, principal, 0, idle)

    def createSessionWithTimeouts(self, call: Call, principal: Any, live: int, idle: int) -> Any:
        """A session for another user (sudo), with both time limits."""
        call.need_privilege("Sudo")
        user = call.accounts.user_named(principal.name)
        if missing := set(call.accounts.privileges(user)) - set(
            call.accounts.privileges(call.user)
        ):
            raise refuse.forbidden(
                "cannot sudo to an administrator with more privileges: "
                f"{', '.join(sorted(missing))}"
            )
        groups = call.accounts.groups_of(user)
        wanted = [group for group in groups if group.values["name"] == principal.group]
        session = call.kernel.sessions.create(
            user.id,
            (wanted or groups)[0].id,
            sudoer=call.user.id,
            agent=call.session.agent,
            idle=idle,
            live=live,
        )
        return _object(call, session)

    def createUserSession(self, call: Call, live: int, idle: int, group: str) -> Any:
        """Another session for the caller itself."""
        groups = call.accounts.groups_of(call.user)
        wanted = [each for each in groups if each.values["name"] == group] if group else groups
        if not wanted:
            raise refuse.forbidden(
                f"user {call.user.values['omeName']} is not a member of group {group}"
            )
        longest = int(call.kernel.config["omero.sessions.max_user_time_to_idle"])
        if idle > longest and not call.accounts.is_admin(call.user):
            raise refuse.forbidden(
                f"a time to idle of {idle} ms is more than the allowed {longest} ms"
            )
        session = call.kernel.sessions.create(
            call.user.id, wanted[0].id, agent=call.session.agent, idle=idle or None, live=live
        )
        return _object(call, session)

    def getSession(self, call: Call, uuid: str) -> Any:
        """A session by uuid: who knows it may have it."""
        return _object(call, self._alive(call, uuid))

    def getReferenceCount(self, call: Call, uuid: str) -> Any:
        """How many clients use a session."""
        return self._alive(call, uuid).references

    def closeSession(self, call: Call, session: Any) -> Any:
        """One client fewer.

        How many are left, or -2 when the session is gone, which ends the caller's loop.
        """
        left = call.kernel.sessions.close(plain(session.uuid))
        return left if left > 0 else -2

    def getMyOpenSessions(self, call: Call) -> Any:
        """The caller's sessions."""
        return [_object(call, each) for each in call.kernel.sessions.of_user(call.user.id)]

    def _alive(self, call: Call, uuid: str) -> Session:
        found = call.kernel.sessions.find(uuid)
        if found is None:
            raise refuse.session_gone(uuid)
        return found


def _object(call: Call, session: Session) -> Any:
    made = omero.model.SessionI(session.id, True)
    made.setUuid(rstring(session.uuid))
    made.setOwner(omero.model.ExperimenterI(session.user, False))
    if session.sudoer is not None:
        made.setSudoer(omero.model.ExperimenterI(session.sudoer, False))
    made.setTimeToIdle(rlong(session.idle))
    made.setTimeToLive(rlong(session.live))
    made.setStarted(rtime(int(session.started * 1000)))
    made.setDefaultEventType(rstring("User"))
    made.setUserAgent(rstring(session.agent))
    made.setUserIP(rstring(session.ip))
    made.unloadAnnotationLinks()
    made.unloadEvents()
    details = omero.model.DetailsI()
    accounts = call.accounts
    details._owner, details._group = call.marshaller().objects(
        [accounts.user(session.user), accounts.group(session.group)]
    )
    details._permissions = omero.model.PermissionsI("rw----")
    made._details = details
    return made
