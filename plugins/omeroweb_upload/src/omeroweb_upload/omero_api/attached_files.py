"""Attached files that are deleted again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.cmd

from omero_plugin_common.omero_api import commands


def delete_files(conn: Any, annotations: Sequence[int]) -> None:
    """Delete file annotations with their files and links; none is fine.

    Args:
        conn: the user's gateway.
        annotations: ids.

    Raises:
        CommandFailed: OMERO does not allow it.
    """
    if annotations:
        request = omero.cmd.Delete2(targetObjects={"FileAnnotation": list(annotations)})
        commands.run(conn, request)
