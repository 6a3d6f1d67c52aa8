"""`ci/upload-samples`: a folder with files as a microscope leaves them, to try the upload with.

Everything is made here, by a fixed seed: cells that glow, a time lapse in several files, an image
of an electron microscope with its X-ray spectrum, a recording that is large enough to interrupt,
and what a folder has besides images.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

import numpy as np
import tifffile
from numpy.typing import NDArray

from omero_ci.console import say
from omero_ci.paths import ROOT

FOLDER: Final = ROOT / ".dev" / "upload-samples"
NAME: Final = "Microscope 2026-11"
_SIZE: Final = 512
_OME: Final = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
# Energy in keV and height of lines: K of O, Al and Si, K alpha and K beta of Fe.
_PEAKS: Final = ((0.525, 900), (1.487, 1500), (1.740, 4200), (6.404, 2600), (7.058, 380))
_CHANNELS: Final = 1024
_KEV_PER_CHANNEL: Final = 0.01


def main(arguments: list[str]) -> int:
    """Write the folder and say where it is."""
    parser = argparse.ArgumentParser(prog="ci/upload-samples", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where to write it")
    parser.add_argument(
        "--large", type=int, default=64, metavar="MB", help="size of the recording (64)"
    )
    options = parser.parse_args(arguments)
    made = write(options.folder, options.large)
    say(f"{made}: {sum(each.is_file() for each in made.rglob('*'))} files; drop it onto Upload")
    return 0


def write(folder: Path, large: int = 64) -> Path:
    """Make the files, the same ones each time.

    Args:
        folder: above the one that is made.
        large: size of the recording in MB.

    Returns:
        The folder to upload.
    """
    top = folder / NAME
    random = np.random.default_rng(2026)
    for name in ("Control", "Treated"):
        (top / name).mkdir(parents=True, exist_ok=True)
        for number in range(1, 4):
            _tiff(top / name / f"{name.lower()}_A{number:02d}_DAPI.tif", _cells(random, number))
    _time_lapse(top / "Time lapse", random)
    _electron_microscope(top / "SEM-EDX", random)
    _recording(top / "Recording.tif", random, large)
    (top / "protocol.txt").write_text("Fixed in 4 % PFA, DAPI 1 µg/ml, 20 min.\n", encoding="utf-8")
    (top / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    return top


def _cells(random: np.random.Generator, number: int) -> NDArray[np.uint16]:
    """Nuclei on a noisy background."""
    y, x = np.mgrid[:_SIZE, :_SIZE]
    plane = random.normal(300, 20, (_SIZE, _SIZE))
    for _ in range(12 + 3 * number):
        centre_y, centre_x = random.uniform(20, _SIZE - 20, 2)
        wide, high = random.uniform(10, 22, 2)
        distance = ((x - centre_x) / wide) ** 2 + ((y - centre_y) / high) ** 2
        plane += random.uniform(4_000, 14_000) * np.exp(-distance)
    return plane.clip(0, 65_535).astype(np.uint16)


def _tiff(path: Path, planes: NDArray[Any], description: str | None = None) -> None:
    tifffile.imwrite(path, planes, description=description, metadata=None, photometric="minisblack")


def _time_lapse(folder: Path, random: np.random.Generator) -> None:
    """One image in three OME-TIFF files, each of which names the others."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [f"urn:uuid:0000000{number}-0000-4000-8000-000000000000" for number in range(3)]
    names = [f"division_t{number}.ome.tif" for number in range(3)]
    planes = "".join(
        f'<TiffData FirstT="{t}" IFD="0" PlaneCount="1"><UUID FileName="{names[t]}">{ids[t]}</UUID>'
        "</TiffData>"
        for t in range(3)
    )
    image = (
        f'<Image ID="Image:0" Name="Division"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" '
        f'Type="uint16" SizeX="{_SIZE}" SizeY="{_SIZE}" SizeZ="1" SizeC="1" SizeT="3">'
        f'<Channel ID="Channel:0:0" Name="DAPI" SamplesPerPixel="1"/>{planes}</Pixels></Image>'
    )
    for number, name in enumerate(names):
        ome = f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{_OME}" UUID="{ids[number]}">'
        _tiff(folder / name, _cells(random, number), f"{ome}{image}</OME>")


def _electron_microscope(folder: Path, random: np.random.Generator) -> None:
    """A grey image, and the spectrum of a point in it as EMSA/MAS (ISO 22029)."""
    folder.mkdir(parents=True, exist_ok=True)
    grey = _cells(random, 6).astype(float)
    _tiff(folder / "grain.tif", (255 * grey / grey.max()).astype(np.uint8))
    energy = np.arange(_CHANNELS) * _KEV_PER_CHANNEL
    expected = 60 * np.exp(-energy / 2.5) * (1 - np.exp(-energy / 0.3))
    for centre, height in _PEAKS:
        sigma = 0.03 + 0.006 * centre
        expected += height * np.exp(-(((energy - centre) / sigma) ** 2) / 2)
    lines = [
        "#FORMAT      : EMSA/MAS Spectral Data File", "#VERSION     : 1.0",
        "#TITLE       : grain, point 1", "#DATE        : 26-NOV-2026", "#TIME        : 10:30",
        "#OWNER       : Facility", f"#NPOINTS     : {_CHANNELS}.", "#NCOLUMNS    : 1.",
        "#XUNITS      : keV", "#YUNITS      : counts", "#DATATYPE    : Y",
        f"#XPERCHAN    : {_KEV_PER_CHANNEL}", "#OFFSET      : 0.0", "#SIGNALTYPE  : EDS",
        "#BEAMKV   -kV: 15.0", "#LIVETIME  -s: 60.0", "#SPECTRUM    : Spectral Data Starts Here",
    ]  # fmt: skip
    lines += [f"{count}.," for count in random.poisson(expected)]
    text = "\r\n".join([*lines, "#ENDOFDATA   : End Of Data", ""])
    (folder / "grain.msa").write_bytes(text.encode("ascii"))


def _recording(path: Path, random: np.random.Generator, large: int) -> None:
    """A stack that takes a moment to send; noise, which nothing on the way makes smaller."""
    planes = max(1, large * 10**6 // (_SIZE * _SIZE * 2))
    noise = random.integers(0, 4096, (planes, _SIZE, _SIZE), dtype=np.uint16)
    _tiff(path, noise)
