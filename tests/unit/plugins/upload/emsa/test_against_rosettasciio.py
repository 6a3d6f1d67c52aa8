"""rosettasciio reads the same from the same files, where it reads them at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rsciio.msa import file_reader

from omeroweb_upload.emsa import read

HEAD = """\
#FORMAT      : EMSA/MAS Spectral Data File
#VERSION     : {version}
#TITLE       : NIO EELS OK SHELL
#DATE        : 01-OCT-1991
#TIME        : 12:00
#OWNER       : EMSA/MAS TASK FORCE
#NPOINTS     : 20.
#NCOLUMNS    : {columns}.
#XUNITS      : {unit}
#YUNITS      : Intensity
#DATATYPE    : {kind}
#XPERCHAN    : {width}
#OFFSET      : {offset}
#CHOFFSET    : -168.
#SIGNALTYPE  : {signal}
#XLABEL      : Energy
#YLABEL      : Counts
#BEAMKV   -kV: 120.0
#EMISSION -uA: 5.5
#COMMENT     : The next two lines are data
"""
COUNTS = [4066 - 37 * at + 11 * (at % 3) for at in range(20)]
WIDTH, OFFSET = {"eV": 3.1, "keV": 0.01}, {"eV": 520.13, "keV": -0.1}


def content_of(kind: str, columns: int, unit: str, version: str, signal: str) -> bytes:
    width, offset = WIDTH[unit], OFFSET[unit]
    points = [
        f"{count}." if kind == "Y" else f"{offset + at * width:.4f}, {count}."
        for at, count in enumerate(COUNTS)
    ]
    lines = [", ".join(points[at : at + columns]) for at in range(0, 20, columns)]
    head = HEAD.format(
        kind=kind,
        columns=columns,
        unit=unit,
        width=width,
        offset=offset,
        version=version,
        signal=signal,
    )
    text = head + "#SPECTRUM    : Spectral Data Starts Here\n" + "\n".join(lines)
    return (text + "\n#ENDOFDATA   : End Of Data and File\n").encode("latin-1")


@pytest.mark.parametrize("version", ["1.0", "TC202v2.0"])
@pytest.mark.parametrize(("unit", "signal"), [("eV", "ELS"), ("keV", "EDS")])
@pytest.mark.parametrize(
    ("kind", "columns"), [("XY", 1), ("XY", 2), ("Y", 1), ("Y", 2), ("Y", 4), ("Y", 5)]
)
def test_both_read_the_same(
    tmp_path: Path, kind: str, columns: int, unit: str, signal: str, version: str
) -> None:
    content = content_of(kind, columns, unit, version, signal)
    path = tmp_path / "spectrum.msa"
    path.write_bytes(content)
    theirs: dict[str, Any] = file_reader(str(path))[0]
    axis = theirs["axes"][0]
    ours = read(content)
    assert ours.y.tolist() == list(theirs["data"]) == COUNTS
    assert ours.x_unit == axis["units"] == unit
    assert np.allclose(ours.x, axis["offset"] + axis["scale"] * np.arange(axis["size"]))
    assert ours.title == theirs["metadata"]["General"]["title"]
    instrument = theirs["metadata"]["Acquisition_instrument"]
    microscope = next(iter(instrument.values()))
    assert ours.beam_kev == microscope["beam_energy"] == 120
    assert ours.warnings == ()
