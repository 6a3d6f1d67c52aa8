"""Whether a file that another program has written is of the image that OMERO shows.

A file of a microscope can have many images. A converter that is told the wrong one, or counts them
in another way, writes a correct file of another image.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from omeroweb_imaris_connector.omero_api import pixels
from omeroweb_imaris_connector.planning.image import Image
from omeroweb_imaris_connector.volume.inside import Inside

# Pixels of a plane that are compared, in each direction.
_SIDE: Final = 512
# Channels whose planes are compared.
_CHANNELS: Final = 8
# Types whose values no converter changes.
_UNCHANGED: Final = frozenset({"uint8", "uint16", "uint32", "float"})


def difference(conn: Any, image: Image, path: Path) -> str:
    """What shows that a file is of another image; empty if nothing does.

    The sizes are compared, and a part of the middle plane of each channel at the first and the
    last time point.

    Args:
        conn: the user's gateway.
        image: as OMERO has it.
        path: of the file.
    """
    inside = Inside(path)
    if inside.sizes() != image.sizes:
        return f"it has the sizes {inside.sizes()}, and the image in OMERO {image.sizes}"
    if image.pixel_type not in _UNCHANGED:
        return ""
    x, y, z, channels, times = image.sizes
    height, width = min(y, _SIDE), min(x, _SIDE)
    with pixels.opened(conn, image) as read:
        for t in sorted({0, times - 1}):
            for c in range(min(channels, _CHANNELS)):
                there = read(z // 2, c, t, 0, 0, height, width)
                if not np.array_equal(there, inside.part(z // 2, c, t, height, width)):
                    return f"channel {c + 1} has other pixels than the image in OMERO"
    return ""
