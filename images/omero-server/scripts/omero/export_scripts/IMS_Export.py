#!/usr/bin/env python
"""Exports an image as a file that Imaris opens (.ims): an official script of OMERO.server.

The Imaris connector of OMERO.web runs it where OMERO.server has it, and people can run it from
OMERO.web's menu of scripts. ImarisConvertBioformats writes the file where the image has it and the
pixels are in an imported file; otherwise the package `omero-ims` does.

It ends with an error when it has made no file: whoever runs it sees "Error", and the last line of
its error stream says why.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import omero
import omero.scripts as scripts
from omero.gateway import BlitzGateway, FileAnnotationWrapper
from omero.model.enums import UnitsLength
from omero.rtypes import robject, rstring

VERSION = "0.1.0"
NAMESPACE = "omero.export.ims"
MIMETYPE = "application/octet-stream"
CONVERTERS = ("ImarisConvertBioformats", "imarisconvert")
CONVERTER_FOLDER = "/opt/omero/imarisconvert"
REPOSITORY = "ManagedRepository"
# Rows of one answer of OMERO: its clients receive some 250 MB at most.
PART_BYTES = 32 * 2**20


class CannotExport(Exception):
    """No file can be made; the message is for the person who ran the script."""


def main() -> None:
    """Ask for the parameters, and export."""
    client = scripts.client(
        "IMS_Export.py",
        "Exports images as files that Imaris opens (.ims). Each file is attached to its image.",
        scripts.String(
            "Data_Type", optional=True, grouping="1", default="Image", values=[rstring("Image")],
            description="Images are exported",
        ),
        scripts.List("IDs", optional=True, grouping="2", description="Ids of images")
        .ofType(omero.rtypes.rlong(0)),
        scripts.Long(
            "Image_ID", optional=True, grouping="3", min=1, description="Id of one image"
        ),
        scripts.Bool(
            "Attach", optional=True, grouping="4", default=True,
            description="Attach the file to the image; without it, the file is only stored",
        ),
        version=VERSION,
        authors=["OMERO Platform"],
        namespaces=["omero.export"],
    )  # fmt: skip
    try:
        given = client.getInputs(unwrap=True)
        ids = list(given.get("IDs") or [])
        if given.get("Image_ID"):
            ids.append(given["Image_ID"])
        if not ids:
            raise CannotExport("Name an image: IDs or Image_ID")
        conn = BlitzGateway(client_obj=client)
        conn.SERVICE_OPTS.setOmeroGroup("-1")
        exported = [export(conn, int(each), bool(given.get("Attach", True))) for each in ids]
        names = ", ".join(name for name, _ in exported)
        client.setOutput("Message", rstring(f"Exported {names}"))
        for key, value in exported[-1][1].items():
            client.setOutput(key, value)
    except CannotExport as problem:
        # Not as a message of a script that ended well: it has made nothing.
        sys.exit(str(problem))
    finally:
        client.closeSession()


def export(conn: Any, image_id: int, attach: bool) -> tuple[str, dict[str, Any]]:
    """Make the file of an image, and store it in OMERO.

    Args:
        conn: the gateway of whoever runs the script.
        image_id: of the image.
        attach: whether it becomes an attachment of the image.

    Returns:
        The name of the file, and the outputs of the script.

    Raises:
        CannotExport: there is no such image, or no program that can write the file.
    """
    image = conn.getObject("Image", image_id)
    if image is None:
        raise CannotExport(f"There is no Image {image_id} that you may see")
    conn.SERVICE_OPTS.setOmeroGroup(image.getDetails().getGroup().getId())
    with folder() as place:
        path = place / file_name(image)
        if not (converted(conn, image, path) or written(conn, image, path)):
            raise CannotExport(
                f"Image {image_id} cannot be exported by OMERO.server: it has neither "
                "ImarisConvertBioformats with the image's file, nor the package omero-ims"
            )
        if not path.is_file() or path.stat().st_size == 0:
            raise CannotExport(f"No file was made of Image {image_id}")
        print(f"Image {image_id}: {path.stat().st_size} bytes")
        return path.name, stored(conn, image, path, attach)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for the file, deleted in the end."""
    place = Path(tempfile.mkdtemp(prefix="ims-export-"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def file_name(image: Any) -> str:
    """A name for the file: the image's own, in letters that all systems accept."""
    kept = "".join(
        letter if letter.isalnum() or letter in " ._-[]()" else "_" for letter in image.getName()
    )
    return f"{kept.strip(' ._')[:100] or f'image-{image.getId()}'}.ims"


def stored(conn: Any, image: Any, path: Path, attach: bool) -> dict[str, Any]:
    """Store the file in OMERO, and say which it is."""
    file = conn.createOriginalFileFromLocalFile(
        str(path), origFilePathAndName=f"/{path.name}", mimetype=MIMETYPE
    )
    outputs = {"Original_File": robject(file._obj)}
    if attach:
        annotation = omero.model.FileAnnotationI()
        annotation.ns = rstring(NAMESPACE)
        annotation.file = omero.model.OriginalFileI(file.getId(), False)
        linked = image.linkAnnotation(FileAnnotationWrapper(conn, annotation))
        outputs["File_Annotation"] = robject(linked._obj)
    return outputs


# --- ImarisConvertBioformats ---------------------------------------------------------------------


def converted(conn: Any, image: Any, path: Path) -> bool:
    """Let ImarisConvertBioformats write the file; no where this server cannot."""
    program = converter()
    source = source_of(conn, image)
    if program is None or source is None:
        return False
    # Of a file with many images: OMERO knows which one this is.
    command = [program, "-i", str(source), "-ii", str(image.getSeries() or 0), "-o", str(path)]
    # Its help says -vx, which it rejects. Without a size it writes nothing: what is unknown is as
    # in omero-ims.
    x, y, z = voxel_um(image)
    x = x or y or 1.0
    for letter, size in (("x", x), ("y", y or x), ("z", z or x)):
        command += [f"-vs{letter}", repr(size)]
    libraries = [str(Path(program).parent), CONVERTER_FOLDER, os.environ.get("LD_LIBRARY_PATH", "")]
    environment = {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries))}
    # Its time is limited by OMERO.server's `omero.scripts.timeout`, and by whoever runs the script.
    done = subprocess.run(
        command, cwd=path.parent, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    said = done.stdout.decode(errors="replace").strip()
    print(said)
    if done.returncode:
        last = said.splitlines()[-1] if said else "without a message"
        raise CannotExport(
            f"{Path(program).name} failed with exit code {done.returncode}: {last[:300]}"
        )
    return True


def converter() -> str | None:
    """Where ImarisConvertBioformats is."""
    for name in CONVERTERS:
        found = shutil.which(name) or shutil.which(name, path=CONVERTER_FOLDER)
        if found:
            return found
    return None


def source_of(conn: Any, image: Any) -> Path | None:
    """The imported file that was given to Bio-Formats; None where this process has none.

    Of the files of a fileset, the first entry is the one that the importer was given.
    """
    fileset = image.getFileset()
    if fileset is None:
        return None
    query = (
        "select f from Fileset f join fetch f.usedFiles e join fetch e.originalFile "
        "where f.id = :id"
    )
    parameters = omero.sys.ParametersI().addId(fileset.getId())
    found = conn.getQueryService().findByQuery(query, parameters, conn.SERVICE_OPTS)
    root = repository(conn)
    if found is None or root is None:
        return None
    file = found.copyUsedFiles()[0].originalFile
    path = (root / file.path.val.lstrip("/") / file.name.val).resolve()
    return path if root in path.parents and path.is_file() else None


def repository(conn: Any) -> Path | None:
    """The folder of imported files, as OMERO.server names it; None where it is not mounted here."""
    for each in conn.c.sf.sharedResources().repositories().descriptions:
        if each.name.val == REPOSITORY:
            folder = (Path(each.path.val) / each.name.val).resolve()
            return folder if folder.is_dir() else None
    return None


# --- omero-ims -----------------------------------------------------------------------------------


def written(conn: Any, image: Any, path: Path) -> bool:
    """Write the file with omero-ims; no where the server's Python does not have it."""
    try:
        import numpy

        import omero_ims
    except ImportError:
        return False
    pixels = image.getPrimaryPixels()
    store = conn.c.sf.createRawPixelsStore(conn.SERVICE_OPTS)
    store.setPixelsId(pixels.getId(), False, conn.SERVICE_OPTS)
    dtype = numpy.dtype(_TYPES.get(pixels.getPixelsType().getValue(), ">u1"))

    def read(z: int, c: int, t: int, y: int, x: int, height: int, width: int) -> Any:
        rows = max(1, PART_BYTES // (width * dtype.itemsize))
        parts = []
        for first in range(0, height, rows):
            count = min(rows, height - first)
            part = store.getTile(z, c, t, x, y + first, width, count, conn.SERVICE_OPTS)
            parts.append(numpy.frombuffer(part, dtype).reshape(count, width))
        return numpy.concatenate(parts)

    try:
        made = omero_ims.write(path, described(omero_ims, image), read, progress=_say)
        problems = omero_ims.verify(path)
    except (omero_ims.Unsupported, omero_ims.WriteFailed) as error:
        raise CannotExport(str(error)) from error
    finally:
        store.close()
    if problems:
        raise CannotExport(f"The file that was written is not correct: {problems[0]}")
    for note in made.notes:
        print(note)
    return True


_TYPES = {
    "bit": ">u1", "int8": ">i1", "uint8": ">u1", "int16": ">i2", "uint16": ">u2", "int32": ">i4",
    "uint32": ">u4", "float": ">f4", "double": ">f8",
}  # fmt: skip


def _say(done: int, total: int) -> None:
    if done % 100 == 0:
        print(f"{done} of {total} planes")


def described(omero_ims: Any, image: Any) -> Any:
    """The image as omero-ims takes it."""
    return omero_ims.ImageDescription(
        name=image.getName(),
        size_x=image.getSizeX(), size_y=image.getSizeY(), size_z=image.getSizeZ(),
        size_c=image.getSizeC(), size_t=image.getSizeT(),
        pixel_type=image.getPrimaryPixels().getPixelsType().getValue(),
        voxel_um=voxel_um(image),
        channels=[
            omero_ims.Channel(
                name=str(each.getLabel()),
                color=_color(each),
                emission_nm=_nm(each.getEmissionWave(units=True)),
                excitation_nm=_nm(each.getExcitationWave(units=True)),
            )
            for each in image.getChannels(noRE=True)
        ],
        acquired=_date(image),
        description=image.getDescription() or "",
    )  # fmt: skip


def _color(channel: Any) -> tuple[float, ...]:
    """Red, green and blue from 0 to 1; white where OMERO has none."""
    color = channel.getColor()
    return (1.0, 1.0, 1.0) if color is None else tuple(part / 255 for part in color.getRGB())


def voxel_um(image: Any) -> tuple[float | None, float | None, float | None]:
    """Lengths of a voxel in µm, whatever unit OMERO has; None where it is unknown."""
    found = []
    for axis in "XYZ":
        size = getattr(image, f"getPixelSize{axis}")(units="MICROMETER")
        value = None if size is None else float(size.getValue())
        found.append(value if value and value > 0 else None)
    return found[0], found[1], found[2]


def _nm(length: Any) -> float | None:
    """A wavelength in nanometres."""
    if length is None:
        return None
    return float(omero.model.LengthI(length, UnitsLength.NANOMETER).getValue())


def _date(image: Any) -> datetime | None:
    date = image.getAcquisitionDate()
    return None if date is None else date.replace(tzinfo=timezone.utc)


if __name__ == "__main__":
    main()
