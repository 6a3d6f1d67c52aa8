"""Room in OMERO's repository."""

from __future__ import annotations

from typing import Any


def free_bytes(conn: Any) -> int:
    """Bytes that are free where OMERO.server stores files, whoever may use them."""
    information = conn.c.sf.getRepositoryInfoService()
    return int(information.getFreeSpaceInKilobytes()) * 1024
