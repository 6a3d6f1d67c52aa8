"""Giving annotations to those who owned them before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.cmd

from omero_plugin_common.omero_api import commands
from omeroweb_omp_plugin.planning.existing import Kind


def led_groups(conn: Any) -> frozenset[int]:
    """The groups that the user owns: there OMERO lets them give things to other members.

    Source: https://docs.openmicroscopy.org/omero/5.6/sysadmins/server-permissions.html
    """
    return frozenset(int(each) for each in conn.getEventContext().leaderOfGroups)


def give(
    conn: Any, owner: int, annotations: Sequence[int], links: Sequence[int], kind: Kind = "Image"
) -> bool:
    """Give annotations, with their links, to another user; whether OMERO accepted it.

    Args:
        conn: the user's gateway.
        owner: id of the other user.
        annotations: ids.
        links: ids of their links.
        kind: what the links are of.
    """
    targets = {"Annotation": list(annotations), f"{kind}AnnotationLink": list(links)}
    try:
        commands.run(conn, omero.cmd.Chown2(targetObjects=targets, userId=owner))
    except commands.CommandFailed:
        return False
    return True
