"""Large images that have no smaller resolutions yet.

OMERO.server makes a pyramid of an image with large planes some seconds after it was saved; until
then whoever reads it is told to come back. Here the resolutions are there at once, unless
`omero.standin.pyramid_delay_ms` says for how long an image has none.
"""

from __future__ import annotations

import time
from typing import Final

import omero

from omero_standin.binary.pixels import Pixels
from omero_standin.call import Call
from omero_standin.model.store import Row

DELAY: Final = "omero.standin.pyramid_delay_ms"


def need_pyramid(call: Call, row: Row, pixels: Pixels) -> None:
    """A MissingPyramidException with the milliseconds to wait, while there is no pyramid.

    An imported file that has resolutions needs none.
    """
    if not pixels.is_big or pixels.has_resolutions:
        return
    left = row.time + int(call.kernel.config.get(DELAY, "0")) - int(time.time() * 1000)
    if left > 0:
        raise omero.MissingPyramidException(
            "",
            "ome.conditions.MissingPyramidException",
            f"Pixels:{row.id} has no pyramid yet: ask again in {left} ms",
            left,
            row.id,
        )
