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
    """Change the time limits of a session that the caller may see.

    What others than administrators ask beyond the longest time is cut to it; they cannot switch a
    limit off (`UpdateSessionTimeoutRequestI`).
    """
    session = work.kernel.sessions.find(request.session)
    mine = session is not None and work.viewer.real_user == (
        session.user if session.sudoer is None else session.sudoer
    )
    if session is None or not (mine or "ReadSession" in work.privileges):
        raise Failure("no-session", "no such session")
    if request.timeToLive is None and request.timeToIdle is None:
        raise Failure("no-update-performed", "neither time is given")
    live = _limited(work, "live", request.timeToLive, session.live)
    idle = _limited(work, "idle", request.timeToIdle, session.idle)
    session.live, session.idle, session.used = live, idle, time.time()
    work.kernel.session_rows.limits(session)
    return omero.cmd.OK()


def _limited(work: Work, which: str, asked: Any, now: int) -> int:
    if asked is None:
        return now
    wanted = int(asked.val)
    if not work.viewer.admin:
        longest = int(work.kernel.config[f"omero.sessions.max_user_time_to_{which}"])
        # No longest life (0) leaves it open; the longest idle time always counts.
        if wanted > longest and (longest or which == "idle"):
            wanted = longest
        if wanted <= 0 and wanted != now:
            raise Failure(
                "non-admin-disabling", f"only administrators switch the time to {which} off"
            )
    return wanted


def reset_password(_work: Work, _request: Any) -> Any:
    """Refused: nothing here sends mail."""
    raise Failure(
        "mail-send", "passwords are not reset: no mail server is configured (omero.mail.config)"
    )
