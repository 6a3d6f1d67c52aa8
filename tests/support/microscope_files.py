"""Files as microscopes write them, of formats that Bio-Formats reads: small, and made here.

Each function returns files by their relative paths. The formats are those of their specifications:
TIFF 6.0, OME-TIFF, ICS 2, NRRD 5 (detached header), MRC 2014, FITS 4.0, PGM, and Bio-Formats' own
`.pattern` and `.fake`.
"""

from __future__ import annotations

import io
import struct
import uuid
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

Files = dict[str, bytes]
WIDTH, HEIGHT = 16, 12


def values(seed: int = 0, kind: str = "u1") -> NDArray[Any]:
    """Pixel values of a plane that differ from those of another seed."""
    made = np.random.default_rng(seed).integers(0, 255, (HEIGHT, WIDTH))
    return made.astype(kind)


def tiff(path: str = "cell.tif", seed: int = 0) -> Files:
    """One image of 16 bits."""
    return {path: _tiff(values(seed, "u2"))}


def many_tiffs(count: int, folder: str = "many") -> Files:
    """Files with an image each."""
    return {f"{folder}/cell_{number:05d}.tif": _tiff(values(number)) for number in range(count)}


def pattern_of_tiffs(folder: str = "stack", count: int = 3) -> Files:
    """A series of TIFF files, and the `.pattern` that says what the numbers are."""
    files = {f"{folder}/slice_z{z}.tif": _tiff(values(z)) for z in range(count)}
    return {**files, f"{folder}/stack.pattern": f"slice_z<0-{count - 1}>.tif\n".encode()}


def ome_tiff_with_companion(folder: str = "run", count: int = 2) -> Files:
    """An image whose planes are in several OME-TIFF files, and its `.companion.ome`."""
    whole, names = _uuid(), [f"plane_{t}.ome.tif" for t in range(count)]
    ids = [_uuid() for _ in names]
    companion = _ome(whole, names, ids)
    only = f'<BinaryOnly MetadataFile="run.companion.ome" UUID="{whole}"/>'
    files = {
        f"{folder}/{name}": _tiff(
            values(t, "u2"),
            description=f'<OME xmlns="{_SCHEMA}" UUID="{ids[t]}">{only}</OME>',
        )
        for t, name in enumerate(names)
    }
    return {**files, f"{folder}/run.companion.ome": companion.encode()}


def ome_tiffs_that_name_each_other(folder: str = "time", count: int = 3) -> Files:
    """An image in several OME-TIFF files, each with the whole description."""
    names, ids = [f"t{t}.ome.tif" for t in range(count)], [_uuid() for _ in range(count)]
    return {
        f"{folder}/{name}": _tiff(values(t, "u2"), description=_ome(ids[t], names, ids))
        for t, name in enumerate(names)
    }


def picture(kind: str, path: str = "") -> Files:
    """A picture as PNG, JPEG, BMP, GIF, PPM or TGA."""
    out = io.BytesIO()
    rgb = np.stack([values(each) for each in range(3)], axis=-1)
    Image.fromarray(rgb).save(out, kind)
    return {path or f"picture.{kind.lower()}": out.getvalue()}


def ics_pair(folder: str = "confocal") -> Files:
    """A header and its values in a second file."""
    header = (
        "\t\r\nics_version\t1.0\r\nfilename\tcell\r\nlayout\tparameters\t3\r\n"
        "layout\torder\tbits\tx\ty\r\n"
        f"layout\tsizes\t16\t{WIDTH}\t{HEIGHT}\r\nlayout\tsignificant_bits\t16\r\n"
        "representation\tformat\tinteger\r\nrepresentation\tsign\tunsigned\r\n"
        "representation\tcompression\tuncompressed\r\nrepresentation\tbyte_order\t1\t2\r\nend\r\n"
    )
    return {
        f"{folder}/cell.ics": header.encode(),
        f"{folder}/cell.ids": values(4, "<u2").tobytes(),
    }


def nrrd_pair(folder: str = "scan") -> Files:
    """A detached header, and the raw file that it names."""
    header = (
        f"NRRD0004\ntype: unsigned char\ndimension: 2\nsizes: {WIDTH} {HEIGHT}\n"
        "encoding: raw\nendian: little\ndata file: scan.raw\n\n"
    )
    return {f"{folder}/scan.nhdr": header.encode(), f"{folder}/scan.raw": values(5).tobytes()}


def mrc(path: str = "tomogram.mrc") -> Files:
    """A volume of three slices (mode 1: 16 bits, signed)."""
    head = struct.pack("<10i6f3i3f", WIDTH, HEIGHT, 3, 1, 0, 0, 0, WIDTH, HEIGHT, 3,
                       1, 1, 1, 90, 90, 90, 1, 2, 3, 0, 255, 100)  # fmt: skip
    head = head.ljust(208, b"\0") + b"MAP \x44\x44\0\0"
    planes = b"".join(values(each, "<i2").tobytes() for each in range(3))
    return {path: head.ljust(1024, b"\0") + planes}


def fits(path: str = "star.fits") -> Files:
    """An image of 16 bits, big-endian."""
    cards = ["SIMPLE  =                    T", "BITPIX  =                   16",
             "NAXIS   =                    2", f"NAXIS1  = {WIDTH:20d}", f"NAXIS2  = {HEIGHT:20d}",
             "END"]  # fmt: skip
    head = "".join(card.ljust(80) for card in cards).ljust(2880).encode()
    data = values(6, ">i2").tobytes()
    return {path: head + data.ljust(2880, b"\0")}


def pgm(path: str = "camera.pgm") -> Files:
    """A grey picture."""
    return {path: f"P5\n{WIDTH} {HEIGHT}\n255\n".encode() + values(7).tobytes()}


def fake(name: str = "made&sizeX=32&sizeY=24&series=2") -> Files:
    """Bio-Formats' own test format: all is in the name."""
    return {f"{name}.fake": b"\n"}


def plate(name: str = "plate", rows: int = 2, columns: int = 2) -> Files:
    """A plate as Bio-Formats' test format."""
    words = f"sizeX=16&sizeY=16&plates=1&plateRows={rows}&plateCols={columns}&fields=1"
    return {f"{name}&{words}.fake": b"\n"}


def plate_with_companion(folder: str = "screen") -> Files:
    """A plate of two wells: a `.companion.ome`, and an OME-TIFF for each well."""
    whole, ids = _uuid(), [_uuid(), _uuid()]
    wells, images = "", ""
    for number, unique in enumerate(ids):
        wells += (
            f'<Well ID="Well:{number}" Row="0" Column="{number}"><WellSample '
            f'ID="WellSample:{number}" Index="{number}"><ImageRef ID="Image:{number}"/>'
            "</WellSample></Well>"
        )
        images += (
            f'<Image ID="Image:{number}" Name="well {number}"><Pixels ID="Pixels:{number}" '
            f'DimensionOrder="XYZCT" Type="uint16" SizeX="{WIDTH}" SizeY="{HEIGHT}" SizeZ="1" '
            f'SizeC="1" SizeT="1"><Channel ID="Channel:{number}:0" SamplesPerPixel="1"/>'
            f'<TiffData IFD="0" PlaneCount="1"><UUID FileName="well_{number}.ome.tif">{unique}'
            "</UUID></TiffData></Pixels></Image>"
        )
    ome = (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{_SCHEMA}" UUID="{whole}">'
        f'<Plate ID="Plate:0" Name="plate" Rows="1" Columns="2">{wells}</Plate>{images}</OME>'
    )
    only = f'<BinaryOnly MetadataFile="plate.companion.ome" UUID="{whole}"/>'
    files = {
        f"{folder}/well_{number}.ome.tif": _tiff(
            values(number, "u2"),
            description=f'<OME xmlns="{_SCHEMA}" UUID="{unique}">{only}</OME>',
        )
        for number, unique in enumerate(ids)
    }
    return {**files, f"{folder}/plate.companion.ome": ome.encode()}


_SCHEMA = "http://www.openmicroscopy.org/Schemas/OME/2016-06"


def _uuid() -> str:
    return f"urn:uuid:{uuid.uuid4()}"


def _ome(own: str, names: list[str], ids: list[str]) -> str:
    planes = "".join(
        f'<TiffData FirstT="{t}" IFD="0" PlaneCount="1"><UUID FileName="{name}">{ids[t]}</UUID>'
        "</TiffData>"
        for t, name in enumerate(names)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{_SCHEMA}" UUID="{own}">'
        '<Image ID="Image:0" Name="series"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" '
        f'Type="uint16" SizeX="{WIDTH}" SizeY="{HEIGHT}" SizeZ="1" SizeC="1" '
        f'SizeT="{len(names)}"><Channel ID="Channel:0:0" SamplesPerPixel="1"/>{planes}'
        "</Pixels></Image></OME>"
    )


def _tiff(plane: NDArray[Any], description: str | None = None) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, plane, description=description, metadata=None)
    return out.getvalue()
