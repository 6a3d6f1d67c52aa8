"""Giving annotations to those who owned them before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.cmd

from omero_plugin_common.omero_api import commands


def led_groups(conn: Any) -> frozenset[int]:
    """The groups that the user owns: there OMERO lets them give things to other members.

    Source: https://docs.openmicroscopy.org/omero/5.6/sysadmins/server-permissions.html
    """
    return frozenset(int(each) for each in conn.getEventContext().leaderOfGroups)


def give(conn: Any, owner: int, annotations: Sequence[int], links: Sequence[int]) -> bool:
    """Give annotations of images, with their links, to another user; whether OMERO accepted it."""
    targets = {"Annotation": list(annotations), "ImageAnnotationLink": list(links)}
    try:
        commands.run(conn, omero.cmd.Chown2(targetObjects=targets, userId=owner))
    except commands.CommandFailed:
        return False
    return True
