"""Whether the volume has room for a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from omero_plugin_common.errors import Conflict
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.planning import sizes
from omeroweb_imaris_connector.store import files
from omeroweb_imaris_connector.volume.places import Volume

# A volume without any free byte is a problem for whoever looks after it.
RESERVE: Final = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes on the volume.

    Attributes:
        used: of all files that are there, and at most of those that are written now.
        limit: that files may have together.
        free: that new files may have together.
    """

    used: int
    limit: int
    free: int


def room() -> Room:
    """The room as it is now.

    Raises:
        Unavailable: this process has no such volume.
    """
    total, free = Volume(configuration.export_folder()).room()
    used = files.bytes_on_volume()
    limit = configuration.volume_limit()
    if limit is None:
        return Room(used, total, max(0, free - RESERVE))
    limit = min(limit, total)
    return Room(used, limit, max(0, min(free - RESERVE, limit - used)))


def check(name: str, needed: int, now: Room) -> None:
    """Refuse a file that the volume has no room for.

    Args:
        name: of the image.
        needed: bytes that its file has at most.
        now: the room that there is.

    Raises:
        Conflict: with what is needed and what is free.
    """
    free = now.free
    if needed > free:
        raise Conflict(
            f"The file of {name} needs up to {sizes.words(needed)}, and the volume of exports "
            f"has {sizes.words(free)} free. Delete exports that you no longer need, or ask the "
            "administrators of this site for a larger volume",
            code="no_room",
        )
