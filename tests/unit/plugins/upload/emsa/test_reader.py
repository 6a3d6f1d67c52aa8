"""The forms in which instruments write spectra, and what is no spectrum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_upload.emsa import EmsaError, Label, looks_like_emsa, read


def file_of(*data: str, end: bool = True, newline: str = "\n", **keywords: Any) -> bytes:
    """A file with the usual keywords; a keyword of None leaves one out."""
    usual: dict[str, str | None] = {
        "FORMAT": "EMSA/MAS Spectral Data File",
        "VERSION": "1.0",
        "TITLE": "A piece of steel",
        "NPOINTS": f"{len(data)}.",
        "NCOLUMNS": "1.",
        "XUNITS": "keV",
        "YUNITS": "counts",
        "DATATYPE": "Y",
        "XPERCHAN": "0.01",
        "OFFSET": "-0.1",
        "SIGNALTYPE": "EDS",
    }
    merged = {key: value for key, value in (usual | keywords).items() if value is not None}
    lines = [f"#{key:<12}: {value}" for key, value in merged.items()]
    lines += ["#SPECTRUM    : Spectral Data Starts Here", *data]
    lines += ["#ENDOFDATA   : End Of Data and File"] if end else []
    return (newline.join(lines) + newline).encode()


def test_values_alone_lie_at_offset_and_width() -> None:
    spectrum = read(file_of("1.", "2.", "3.5"))
    assert spectrum.title == "A piece of steel"
    assert spectrum.signal == "EDS"
    assert spectrum.y.tolist() == [1, 2, 3.5]
    assert np.allclose(spectrum.x, [-0.1, -0.09, -0.08])
    assert spectrum.warnings == ()


def test_pairs() -> None:
    spectrum = read(file_of("0.1, 5.", "0.2, 6.", DATATYPE="XY"))
    assert spectrum.x.tolist() == [0.1, 0.2]
    assert spectrum.y.tolist() == [5, 6]


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("kind", ["Y", "XY"])
@pytest.mark.parametrize("between", [",", ", ", " ", "\t", " ; "])
def test_columns(columns: int, kind: str, between: str) -> None:
    """The last line may be short."""
    energies = [round(0.1 + i / 100, 2) for i in range(12)]
    points = list(range(100, 112))
    flat = [
        text
        for x, y in zip(energies, points, strict=True)
        for text in ([f"{y}."] if kind == "Y" else [f"{x}", f"{y}."])
    ]
    width = columns * len(kind)
    lines = [between.join(flat[at : at + width]) for at in range(0, len(flat), width)]
    spectrum = read(
        file_of(*lines, DATATYPE=kind, NCOLUMNS=f"{columns}", NPOINTS="12", OFFSET="0.1")
    )
    assert spectrum.y.tolist() == points
    assert np.allclose(spectrum.x, energies)
    assert spectrum.warnings == ()


def test_ev_become_kev() -> None:
    spectrum = read(file_of("1", "2", XUNITS="eV", XPERCHAN="10.", OFFSET="20."))
    assert spectrum.x.tolist() == [20, 30]
    assert spectrum.kev is not None
    assert np.allclose(spectrum.kev, [0.02, 0.03])


@pytest.mark.parametrize("unit", ["nm", "", "channels"])
def test_what_is_no_energy_has_no_kev(unit: str) -> None:
    assert read(file_of("1", XUNITS=unit)).kev is None


@pytest.mark.parametrize(
    ("keywords", "unit"),
    [
        ({"XUNITS": "EV"}, "eV"),
        ({"XUNITS": "KeV"}, "keV"),
        ({"XUNITS": None, "XPERCHAN": None, "XPERCHAN-eV": "10"}, "eV"),
        ({"XUNITS": None, "XLABEL": "Energy (keV)"}, "keV"),
        ({"XUNITS": None}, ""),
    ],
)
def test_the_unit_is_found_where_it_is(keywords: dict[str, Any], unit: str) -> None:
    assert read(file_of("1", **keywords)).x_unit == unit


def test_choffset_says_where_the_first_channel_is() -> None:
    """The standard's own example has 3.1 eV a channel, -168 channels, and begins at 520 eV."""
    spectrum = read(
        file_of("4066", "3996", OFFSET=None, CHOFFSET="-168.", XPERCHAN="3.1", XUNITS="eV")
    )
    assert np.allclose(spectrum.x, [520.8, 523.9])


def test_offset_overrides_choffset() -> None:
    spectrum = read(file_of("1", CHOFFSET="-168.", OFFSET="520.13", XPERCHAN="3.1"))
    assert spectrum.x.tolist() == [520.13]


def test_neither_offset() -> None:
    spectrum = read(file_of("1", OFFSET=None))
    assert spectrum.x.tolist() == [0]
    assert "neither OFFSET nor CHOFFSET" in spectrum.warnings[0]


def test_keywords_with_units_repeated_and_of_ones_own() -> None:
    keywords: dict[str, Any] = {"BEAMKV   -kV": "20.0", "#OXINSTPROBE": "1", "ELEVANGLE-dg": "35."}
    content = file_of("1", **keywords)
    content = content.replace(b"#SPECTRUM ", b"#COMMENT : one: two\n#COMMENT : three\n#SPECTRUM ")
    spectrum = read(content)
    assert spectrum.beam_kev == 20
    assert ("BEAMKV (kV)", "20.0") in spectrum.metadata
    assert ("ELEVANGLE (dg)", "35.") in spectrum.metadata
    assert ("OXINSTPROBE", "1") in spectrum.metadata
    assert [v for k, v in spectrum.metadata if k == "COMMENT"] == ["one: two", "three"]
    assert "SPECTRUM" not in dict(spectrum.metadata)


def test_volts_are_no_kilovolts() -> None:
    keywords: dict[str, Any] = {"BEAMKV -V": "20000"}
    assert read(file_of("1", **keywords)).beam_kev == 20


def test_a_keyword_that_begins_like_spectrum_begins_no_data() -> None:
    content = file_of("1").replace(b"#SPECTRUM ", b"#SPECTRUMLABEL: 7\n#SPECTRUM ")
    assert ("SPECTRUMLABEL", "7") in read(content).metadata


def test_a_newer_version_and_an_exponent_with_a_blank() -> None:
    spectrum = read(file_of("1.0E+03", "1.0D+02", VERSION="TC202v2.0", XPERCHAN="1.0 E-02"))
    assert spectrum.y.tolist() == [1000, 100]
    assert np.allclose(np.diff(spectrum.x), 0.01)


def test_labels_of_oxford() -> None:
    content = file_of("1").replace(
        b"#SPECTRUM ",
        b"##OXINSTLABEL: 6, 0.277, C\n##OXINSTLABEL: 26, 6.404, Fe\n##OXINSTLABEL: x\n#SPECTRUM ",
    )
    spectrum = read(content)
    assert spectrum.labels == (Label("C", 0.277, 6), Label("Fe", 6.404, 26))
    assert len(spectrum.warnings) == 1
    assert "'x' is no label of an element" in spectrum.warnings[0]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_ends_of_lines(newline: str) -> None:
    assert read(file_of("1", "2", newline=newline)).y.tolist() == [1, 2]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "cp1252"]
)
def test_encodings(encoding: str) -> None:
    text = file_of("1", TITLE="PROBE").decode().replace("PROBE", "Präparat 3 µm")
    content = text.encode(encoding)
    if encoding == "utf-16-le":
        with pytest.raises(EmsaError, match="Line 1: the file is no text"):
            read(content)
        return
    assert read(content).title == "Präparat 3 µm"


def test_decimal_commas() -> None:
    spectrum = read(file_of("0,10; 5,5", "0,11; 6", DATATYPE="XY", XPERCHAN="0,01", OFFSET="0,1"))
    assert spectrum.x.tolist() == [0.1, 0.11]
    assert spectrum.y.tolist() == [5.5, 6]


def test_a_title_in_two_lines() -> None:
    content = file_of("1").replace(b"#NPOINTS", b"#TITLE : that rusts\n#NPOINTS")
    assert read(content).title == "A piece of steel that rusts"


def test_a_file_that_was_cut_off_is_read_with_a_warning() -> None:
    spectrum = read(file_of("1", "2", end=False, NPOINTS="1024"))
    assert spectrum.y.tolist() == [1, 2]
    assert len(spectrum.warnings) == 2
    assert "cut off" in spectrum.warnings[0]
    assert spectrum.warnings[1] == "NPOINTS is 1024, and the file has 2 points"


def test_what_stands_behind_the_end_is_not_read() -> None:
    assert read(file_of("1") + b"\nshutter closed at 3 pm\n\x1a").y.tolist() == [1]


def test_without_datatype_the_number_of_points_decides() -> None:
    pairs = read(file_of("0.1 1", "0.2 2", DATATYPE=None))
    assert pairs.x.tolist() == [0.1, 0.2]
    assert "XY fits" in pairs.warnings[0]
    values = read(file_of("1 2", "3 4", DATATYPE=None, NPOINTS="4", NCOLUMNS="2"))
    assert values.y.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Line 1: the file is empty"),
        (b"\n \r\n\t\n", "Line 1: the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "Line 3: the file is no text: .* character 0"),
        (b"Notes of Monday\n", "Line 1: expected a keyword that begins with '#', not 'Notes"),
        (b"#TITLE : x\n1.0\n", "Line 2: expected a keyword that begins with '#', not '1.0'"),
        (b"#TITLE : x\n", "Line 2: the file ends without a line '#SPECTRUM'"),
        (file_of(), "there is no data behind"),
        (file_of("1", "abc"), "Line 14: 'abc' is not a number"),
        (file_of("1", "nan"), "Line 14: 'nan' is not a number"),
        (file_of("1", "1e999"), "Line 14: '1e999' is not a number"),
        (file_of("1", "\u0661"), "Line 14: .* is not a number"),
        (file_of("1", "2 3", "4"), "Line 14: 2 values, and 1 in the lines before"),
        (file_of("1", "2 3"), "Line 14: 2 values, and 1 in the lines before"),
        (file_of("1 2 3", DATATYPE="XY"), "Line 13: 3 values, and XY needs pairs"),
        (file_of("1", DATATYPE="Z"), "Line 8: DATATYPE is 'Z', not Y or XY"),
        (file_of("1", DATATYPE=None, NPOINTS="7"), r"Line 12: .* \(DATATYPE Y or XY\)"),
        (file_of("1", NCOLUMNS="6"), "Line 5: NCOLUMNS is '6', not 1 to 5"),
        (file_of("1", NCOLUMNS="many"), "Line 5: NCOLUMNS is 'many', not 1 to 5"),
        (file_of("1", XPERCHAN=None), "Line 12: .* needs the width of a channel"),
        (file_of("1", XPERCHAN="wide"), "Line 9: .* needs the width of a channel"),
        (file_of("1", "2", XPERCHAN="1e308"), r"Line 13: values above 1e\+30"),
        (file_of("1", "2", "3", XPERCHAN="-1e308", OFFSET="1e308"), "values above"),
        (file_of("1", "1e31"), "Line 13: values above"),
        (file_of("1", XPERCHAN="0"), "Line 9: .* needs the width of a channel"),
        (b"\xff\xfe\x00\xd8", "begins as UTF-16 text and is not"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(content: bytes, message: str) -> None:
    with pytest.raises(EmsaError, match=message):
        read(content)


def test_a_file_of_gigabytes_is_not_read() -> None:
    with pytest.raises(EmsaError, match="Line 1: the file has more than 32 MB"):
        read(bytes(32 * 1024 * 1024 + 1))


def test_a_spectrum_is_told_from_notes() -> None:
    assert looks_like_emsa(file_of("1"))
    assert looks_like_emsa(file_of("1")[:200])
    assert not looks_like_emsa(b"")
    assert not looks_like_emsa(b"# a list\nof things\n")
    assert not looks_like_emsa(b"#!/bin/sh\nexit\n")
    assert not looks_like_emsa(b"\x00\x01#FORMAT : x")


NUMBERS = st.floats(0, 1e9, allow_nan=False).map(lambda value: float(f"{value:.6g}"))


@given(st.lists(NUMBERS, min_size=1, max_size=60), st.integers(1, 5), st.sampled_from("YX"))
def test_what_is_written_is_read(values: list[float], columns: int, kind: str) -> None:
    rows = [f"{value:.6g}" for value in values]
    if kind == "X":
        rows = [f"{at / 100:.2f}, {row}" for at, row in enumerate(rows)]
    lines = [", ".join(rows[at : at + columns]) for at in range(0, len(rows), columns)]
    spectrum = read(
        file_of(
            *lines,
            DATATYPE="XY" if kind == "X" else "Y",
            NPOINTS=f"{len(values)}",
            NCOLUMNS=f"{columns}",
            OFFSET="0",
        )
    )
    assert spectrum.y.tolist() == values
    assert np.allclose(spectrum.x, np.arange(len(values)) / 100)


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_anything_is_read_or_refused_with_a_line(content: bytes) -> None:
    with pytest.raises(EmsaError, match=r"^Line [1-9]"):
        read(content)


@given(st.data())
def test_a_damaged_file_is_read_or_refused_with_a_line(data: st.DataObject) -> None:
    content = bytearray(file_of("0.1, 5.", "0.2, 6.", DATATYPE="XY"))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        spectrum = read(bytes(content))
    except EmsaError as error:
        assert 1 <= error.line <= content.count(b"\n") + content.count(b"\r") + 2
    else:
        assert len(spectrum.x) == len(spectrum.y) > 0
        assert np.isfinite(spectrum.x).all()
        assert np.isfinite(spectrum.y).all()
