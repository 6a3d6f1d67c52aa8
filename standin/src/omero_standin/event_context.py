"""Who a call is, as OMERO tells it: `omero.sys.EventContext`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import omero.model
import omero.sys
from omero.rtypes import rlong, rstring

from omero_standin.model.permissions import ALL_GROUPS

if TYPE_CHECKING:
    from omero_standin.call import Call


def event_context(call: Call) -> Any:
    """The session, its user, its group and what the user is."""
    accounts, user = call.accounts, call.user
    group = accounts.group(call.session.group if call.group == ALL_GROUPS else call.group)
    context = omero.sys.EventContext()
    context.shareId = -1
    context.sessionId = call.session.id
    context.sessionUuid = call.session.uuid
    context.userId = user.id
    context.userName = user.values["omeName"]
    if call.session.sudoer is not None:
        sudoer = accounts.user(call.session.sudoer)
        context.sudoerId, context.sudoerName = (
            rlong(sudoer.id),
            rstring(sudoer.values["omeName"]),
        )
    context.groupId = group.id
    context.groupName = group.values["name"]
    context.isAdmin = call.viewer.admin
    context.adminPrivileges = call.privileges
    context.eventId = -1
    context.eventType = "User"
    context.memberOfGroups = [each.id for each in accounts.groups_of(call.login)]
    context.leaderOfGroups = [each.id for each in accounts.led_by(call.login)]
    context.groupPermissions = omero.model.PermissionsI(accounts.level(group.id))
    return context
