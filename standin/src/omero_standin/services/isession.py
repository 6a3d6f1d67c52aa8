"""ISession: sessions of oneself, and of others for an administrator with the privilege Sudo."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any, Final

import omero.model
from omero.rtypes import rlong, rstring, rtime

from omero_standin import refuse
from omero_standin.call import Call, plain
from omero_standin.model.store import Row
from omero_standin.services.session_memory import SessionMemory
from omero_standin.sessions import Session

_CLIENTS: Final = ("OMERO.insight", "OMERO.web", "OMERO.importer")


class SessionService(SessionMemory):
    """Creating, looking at and closing sessions."""

    def createSession(self, call: Call, principal: Any, password: str) -> Any:
        """A session by name and password."""
        user = call.accounts.check_password(principal.name, password)
        if user is None:
            raise refuse.forbidden("Password check failed")
        return _object(call, self._create(call, user, principal.group, None, None, 0))

    def createSessionWithTimeout(self, call: Call, principal: Any, live: int) -> Any:
        """A session for another user (sudo), with a time to live and no limit of idleness."""
        return self.createSessionWithTimeouts(call, principal, live, 0)

    def createSessionWithTimeouts(self, call: Call, principal: Any, live: int, idle: int) -> Any:
        """A session for another user (sudo), with both time limits.

        Owners of a group may do that for its members, in this group. A session for another
        administrator has only the privileges that the caller has, too (`Call.privileges`): "the
        security system prevents their using sudo to elevate their own administrative powers",
        https://docs.openmicroscopy.org/omero/5.6/developers/Server/LightAdmins.html
        """
        user = call.accounts.user_named(principal.name)
        group = principal.group
        if "Sudo" not in call.privileges:
            led = [
                each for each in call.accounts.led_by(call.login) if each.values["name"] == group
            ]
            members = [each for each in led if user in call.accounts.members_of(each)]
            if not members or call.accounts.is_admin(user):
                call.need_privilege("Sudo")
        sudoer = call.login.id if call.session.sudoer is None else call.session.sudoer
        return _object(call, self._create(call, user, group, sudoer, idle, live))

    def _create(
        self,
        call: Call,
        user: Row,
        group: str | None,
        sudoer: int | None,
        idle: int | None,
        live: int,
    ) -> Session:
        groups = call.accounts.groups_of(user)
        wanted = [each for each in groups if each.values["name"] == group]
        return call.kernel.sessions.create(
            user.id,
            (wanted or groups)[0].id,
            sudoer=sudoer,
            agent=call.context.get("omero.agent") or call.session.agent,
            idle=idle,
            live=live,
        )

    def createUserSession(self, call: Call, live: int, idle: int, group: str) -> Any:
        """Another session for the caller itself, for a client that has given the password."""
        call.need_password()
        groups = call.accounts.groups_of(call.login)
        wanted = [each for each in groups if each.values["name"] == group] if group else groups
        if not wanted:
            raise refuse.forbidden(
                f"user {call.login.values['omeName']} is not a member of group {group}"
            )
        longest = int(call.kernel.config["omero.sessions.max_user_time_to_idle"])
        if idle > longest and not call.accounts.is_admin(call.login):
            raise refuse.forbidden(
                f"a time to idle of {idle} ms is more than the allowed {longest} ms"
            )
        session = call.kernel.sessions.create(
            call.login.id, wanted[0].id, agent=call.session.agent, idle=idle or None, live=live
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
        return [_object(call, each) for each in call.kernel.sessions.of_user(call.login.id)]

    def getMyOpenAgentSessions(self, call: Call, agent: str) -> Any:
        """The caller's sessions that a program has opened."""
        found = call.kernel.sessions.of_user(call.login.id)
        return [_object(call, each) for each in found if each.agent == agent]

    def getMyOpenClientSessions(self, call: Call) -> Any:
        """The caller's sessions that OMERO's own clients have opened."""
        found = call.kernel.sessions.of_user(call.login.id)
        return [_object(call, each) for each in found if each.agent in _CLIENTS]

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
