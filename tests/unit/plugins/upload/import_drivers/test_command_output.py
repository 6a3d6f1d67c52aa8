"""What OMERO's command line prints, with names that look like its own lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_upload.import_drivers.command_output import Created, created, groups, reason

pytestmark = pytest.mark.unit
TOP = "/staging/0123/files/"
ODD = [
    "cell.tif", "zelle # 1: a.tif", "it's \"quoted\".tif", "line\nbreak.tif", "細胞 ☃.tif",
    "a SPW: true Reader: X\n.tif", "# Group: x SPW: false Reader: Y", "#======", "- Fileset: 9",
    "end\n", " blank ", "tab\t.tif",
]  # fmt: skip


def listed(*found: tuple[list[str], str, bool]) -> str:
    """As `CommandLineImporter -f` prints groups."""
    text = ""
    for files, reader, plate in found:
        text += "#======================================\n"
        text += f"# Group: {files[0]} SPW: {str(plate).lower()} Reader: {reader}\n"
        text += "".join(f"{file}\n" for file in files)
    return text


@pytest.mark.parametrize("name", ODD)
def test_names(name: str) -> None:
    path, other = TOP + name, TOP + "other.ids"
    [one] = groups(listed(([path, other], "ICSReader", False)), [path, other])
    assert (one.files, one.reader, one.plate) == ((path, other), "ICSReader", False)


def test_all_odd_names_at_once() -> None:
    paths = [TOP + name for name in ODD]
    text = listed(*(([path], f"R{number}", number % 2 == 0) for number, path in enumerate(paths)))
    found = groups("2026-11-29 12:00:00 some.Logger INFO - # Group: no\n" + text, paths)
    assert [each.files for each in found] == [(path,) for path in paths]
    assert [each.reader for each in found] == [f"R{number}" for number in range(len(paths))]
    assert [each.plate for each in found] == [number % 2 == 0 for number in range(len(paths))]


def test_a_path_that_begins_another() -> None:
    short, long = TOP + "a", TOP + "a.tif"
    [one, two] = groups(listed(([short], "A", False), ([long], "B", False)), [short, long])
    assert (one.files, two.files) == ((short,), (long,))


def test_nothing_found() -> None:
    assert groups("", [TOP + "a"]) == []
    assert groups("No imports found\n", [TOP + "a"]) == []


@given(st.lists(st.text(min_size=1).filter(lambda text: "\0" not in text), min_size=1, unique=True))
def test_any_names(names: list[str]) -> None:
    paths = [TOP + name for name in names]
    found = groups(listed(*(([path], "R", True) for path in paths)), paths)
    assert {each.files[0] for each in found} == set(paths)


def test_yaml() -> None:
    text = (
        "---\n- Fileset: 12\n  Image: [1, 2]\n- Fileset: 13\n  Plate: [3]\n  Image: [4,5]\n"
        "- Fileset: 14\n"
    )
    assert created(text) == [
        Created(12, {"Image": (1, 2)}),
        Created(13, {"Plate": (3,), "Image": (4, 5)}),
        Created(14, {}),
    ]


@pytest.mark.parametrize(
    "text", ["", "Image:1,2\n", "Plate:3\n", "42\n", "- Fileset: x\n", "  Image: [1]\n"]
)
def test_other_forms_are_no_yaml(text: str) -> None:
    assert created(text) == []


def test_a_reason_is_the_line_that_names_the_file() -> None:
    errors = (
        "2026-11-29 INFO nothing\n"
        f"{TOP}cell.tif: loci.formats.FormatException: Invalid TIFF file\n\tat loci.formats\n"
    )
    assert reason(errors, [f"{TOP}cell.tif"]) == "loci.formats.FormatException: Invalid TIFF file"
    assert reason(errors, [f"{TOP}other.tif"]) == ""
