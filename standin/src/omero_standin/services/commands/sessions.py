"""Commands about sessions and passwords."""

from __future__ import annotations

import time
from typing import Any

import omero.cmd
import omero.sys
from omero.rtypes import rlong, rtime

from omero_standin.call import Call
from omero_standin.services.commands.work import Failure, Work
from omero_standin.services.iadmin import Admin
from omero_standin.services.isession import SessionService
from omero_standin.sessions import Session


def current_sessions(work: Work, _request: Any) -> Any:
    """All living sessions; who is no administrator sees only whose those of others are."""
    admin = work.viewer.admin
    shown, contexts, data = [], [], []
    for row in work.store.rows("Experimenter"):
        for session in work.kernel.sessions.of_user(row.id):
            if admin or row.id == work.user.id:
                call = Call(work.kernel, session, {})
                shown.append(SessionService().getSession(call, session.uuid))
                contexts.append(Admin().getEventContext(call))
                data.append({
                    "hitCount": rlong(session.hits),
                    "lastAccess": rtime(int(session.used * 1000)),
                })  # fmt: skip
            else:
                shown.append(None)
                contexts.append(_names(work, session))
                data.append({})
    return omero.cmd.CurrentSessionsResponse(shown, contexts, data)


def _names(work: Work, session: Session) -> Any:
    user, group = work.accounts.user(session.user), work.accounts.group(session.group)
    made = omero.sys.EventContext()
    made.userId, made.userName = user.id, user.values["omeName"]
    made.groupId, made.groupName = group.id, group.values["name"]
    return made


def session_timeout(work: Work, request: Any) -> Any:
    """Change the time limits of a session: one's own, or any for an administrator."""
    session = work.kernel.sessions.find(request.session)
    if session is None:
        raise Failure("no-session", "no such session")
    admin = work.viewer.admin
    if session.user != work.user.id and not admin:
        raise Failure("non-admin", "only administrators change the sessions of others")
    longest = int(work.kernel.config["omero.sessions.max_user_time_to_idle"])
    idle, live = request.timeToIdle, request.timeToLive
    if not admin and (live is not None or (idle is not None and idle.val > longest)):
        raise Failure("non-admin", f"only administrators go beyond {longest} ms")
    if idle is not None:
        session.idle = idle.val
    if live is not None:
        session.live = live.val
    session.used = time.time()
    work.kernel.session_rows.limits(session)
    return omero.cmd.OK()


def reset_password(_work: Work, _request: Any) -> Any:
    """Refused: nothing here sends mail."""
    raise Failure(
        "mail-send", "passwords are not reset: no mail server is configured (omero.mail.config)"
    )
