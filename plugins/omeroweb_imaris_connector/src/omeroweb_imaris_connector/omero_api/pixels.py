"""The pixels of an image, read in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import Ice
import numpy as np
import omero
from numpy.typing import NDArray

from omero_plugin_common.omero_api import hql
from omeroweb_imaris_connector.planning.image import Image

Read = Callable[[int, int, int, int, int, int, int], NDArray[Any]]
# Bytes of one answer of OMERO: its clients receive some 250 MB at most, and more is not faster.
_PART: Final = 32 * 2**20
# OMERO sends the first byte of a number first.
_TYPES: Final = {
    "bit": ">u1", "int8": ">i1", "uint8": ">u1", "int16": ">i2", "uint16": ">u2", "int32": ">i4",
    "uint32": ">u4", "float": ">f4", "double": ">f8",
}  # fmt: skip


@contextmanager
def opened(conn: Any, image: Image) -> Iterator[Read]:
    """What reads parts of the planes of an image, at full resolution.

    Args:
        conn: the user's gateway; a call of OMERO for each 32 MiB.
        image: which.

    Yields:
        A function of z, c, t, y, x, height and width that returns the pixels of this part.
    """
    context = hql.context(conn, image.group_id)
    store = conn.c.sf.createRawPixelsStore(context)
    try:
        store.setPixelsId(image.pixels_id, False, context)
        yield _reader(store, image, context)
    finally:
        # What ended the block says more than a server that cannot close any more.
        with suppress(Ice.Exception, omero.ServerError):
            store.close(context)


def _reader(store: Any, image: Image, context: Any) -> Read:
    dtype = np.dtype(_TYPES[image.pixel_type])
    whole = (image.sizes[1], image.sizes[0])

    def part(z: int, c: int, t: int, y: int, x: int, height: int, width: int) -> NDArray[Any]:
        if (height, width) == whole:
            content = store.getPlane(z, c, t, context)
        else:
            content = store.getTile(z, c, t, x, y, width, height, context)
        return np.frombuffer(content, dtype).reshape(height, width)

    def read(z: int, c: int, t: int, y: int, x: int, height: int, width: int) -> NDArray[Any]:
        rows = max(1, _PART // (width * dtype.itemsize))
        if rows >= height:
            return part(z, c, t, y, x, height, width)
        made = np.empty((height, width), dtype)
        for first in range(0, height, rows):
            count = min(rows, height - first)
            made[first : first + count] = part(z, c, t, y + first, x, count, width)
        return made

    return read
