"""Writes and checks Imaris 5.5 files (.ims): `write`, `verify`, and what they take.

    description = ImageDescription(
        name="cells", size_x=2048, size_y=2048, size_z=40, size_c=2, size_t=1,
        pixel_type="uint16", voxel_um=(0.1, 0.1, 0.3),
        channels=[Channel("DAPI", color=(0, 0, 1)), Channel("GFP", color=(0, 1, 0))],
    )
    written = write("cells.ims", description, read)
    problems = verify("cells.ims")

`read(z, c, t, y0, x0, height, width)` returns that part of a plane. Pixels pass through as a
stream: memory does not depend on the size of the image.
"""

from omero_ims.description import Channel, ImageDescription
from omero_ims.errors import Problem, Stopped, Unsupported, WriteFailed
from omero_ims.pixel_types import conversion_of
from omero_ims.pyramid import estimated_bytes
from omero_ims.units import um
from omero_ims.verify import verify
from omero_ims.writer import Read, Written, write

__all__ = [
    "Channel",
    "ImageDescription",
    "Problem",
    "Read",
    "Stopped",
    "Unsupported",
    "WriteFailed",
    "Written",
    "conversion_of",
    "estimated_bytes",
    "um",
    "verify",
    "write",
]
