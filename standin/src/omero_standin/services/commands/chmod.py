"""Chmod2: a group gets other permissions."""

from __future__ import annotations

from typing import Any, Final

import omero.cmd

from omero_standin.model.graph import by_name
from omero_standin.services.commands import plans
from omero_standin.services.commands.work import Failure, Work
from omero_standin.services.group_links import mixed_links

_LEVELS: Final = ("rw----", "rwr---", "rwra--", "rwrw--")
_PRIVATE: Final = "rw----"


def chmod(work: Work, request: Any) -> Any:
    """Set a group's permissions.

    A group that becomes private loses the links between the data of different users.
    """
    if request.permissions not in _LEVELS:
        raise Failure("bad-permissions", f"{request.permissions!r} is no level of permissions")
    groups = plans.named(work, request)
    if odd := [row for row in groups if row.kind != "ExperimenterGroup"]:
        raise Failure("bad-class", f"Chmod2 is for groups, not for {odd[0].kind}")
    led = work.viewer.leader_of
    admin = "ModifyGroup" in work.privileges
    for group in groups:
        if not admin and group.id not in led:
            raise Failure(
                "graph-fail",
                "not permitted to change permissions on "
                f"ome.model.meta.ExperimenterGroup[{group.id}]",
                graph=True,
            )
    cut = [
        link
        for group in groups
        if request.permissions == _PRIVATE and work.accounts.level(group.id) != _PRIVATE
        for link in mixed_links(work, group)
    ]
    if not request.dryRun:
        for link in cut:
            work.store.delete(link)
        for group in groups:
            work.store.set_secret(group, request.permissions)
    return omero.cmd.Chmod2Response(by_name(groups), by_name(cut))
