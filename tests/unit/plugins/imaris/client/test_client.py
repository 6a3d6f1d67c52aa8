"""What the client for Imaris decides without a network and without a window."""

from __future__ import annotations

import ast
import io
import re
import sys
import threading
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import imaris_client
from imaris_client import connector


def test_it_runs_in_the_python_of_older_versions_of_imaris() -> None:
    ast.parse(imaris_client.PATH.read_text(), feature_version=(3, 7))


def test_it_needs_nothing_but_the_standard_library_and_imaris() -> None:
    tree = ast.parse(imaris_client.PATH.read_text())
    names = {
        each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names
    }
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    foreign = {name.split(".")[0] for name in names} - sys.stdlib_module_names
    assert foreign == {"ImarisLib"}
    # Only where Imaris calls it.
    assert "tkinter" not in {each.split(".")[0] for each in _imported_at_the_top(tree)}


def _imported_at_the_top(tree: ast.Module) -> set[str]:
    return {each.name for node in tree.body if isinstance(node, ast.Import) for each in node.names}


def test_imaris_finds_the_entry_of_its_menu_and_the_function_behind_it() -> None:
    text = imaris_client.PATH.read_text()
    head = re.sub(r"(?m)^#", "", text[: text.index('"""')])
    found = re.search(r"<CustomTools>.*</CustomTools>", head, re.DOTALL)
    assert found
    item = ElementTree.fromstring(found.group()).find("Menu/Item")  # noqa: S314 - our own file
    assert item is not None
    assert item.get("icon") == "Python3"
    assert item.findtext("Command") == f"Python3XT::{imaris_client.PATH.stem}(%i)"
    assert callable(getattr(connector, imaris_client.PATH.stem))


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("omero.example.org", "https://omero.example.org/"),
        (" https://OMERO.example.org:4443 ", "https://omero.example.org:4443/"),
        ("https://example.org/omero", "https://example.org/omero/"),
        ("https://example.org/omero/webclient/?show=image-1", "https://example.org/omero/"),
        ("https://example.org/webclient", "https://example.org/"),
        ("https://example.org/omeroweb_imaris_connector/", "https://example.org/"),
        ("https://example.org/apiary/", "https://example.org/apiary/"),
        ("http://localhost:8080", "http://localhost:8080/"),
        ("http://127.0.0.1:4090/", "http://127.0.0.1:4090/"),
        ("http://[::1]:4090/", "http://[::1]:4090/"),
        ("münchen.example.org", "https://münchen.example.org/"),
    ],
)
def test_the_address_of_the_site(typed: str, base: str) -> None:
    assert connector.site_address(typed) == base


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Type the address"),
        ("  ", "Type the address"),
        ("ftp://example.org", "no address of a site"),
        ("https://", "no address of a site"),
        ("example.org:port", "no address of a site"),
        ("file:///etc/passwd", "no address of a site"),
        ("https://me:secret@example.org", "must not contain"),
        ("http://omero.example.org", "readable text"),
        ("http://localhost.example.org", "readable text"),
        ("http://192.168.0.7", "readable text"),
    ],
)
def test_addresses_that_are_rejected(typed: str, says: str) -> None:
    with pytest.raises(connector.Failure, match=says) as caught:
        connector.site_address(typed)
    assert "secret" not in str(caught.value)


def test_http_is_possible_for_who_asks_for_it() -> None:
    assert connector.site_address("http://omero.example.org", True) == "http://omero.example.org/"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cell.ims", "cell.ims"),
        ("a/b\\c:d.ims", "a_b_c_d.ims"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("line\nbreak\x00.ims", "line_break_.ims"),
        ("CON", "_CON"),
        ("nul.ims", "_nul.ims"),
        ("console.ims", "console.ims"),
        ("細胞 µm.ims", "細胞 µm.ims"),
        (" . ", "image"),
        ("", "image"),
        ("x" * 300 + ".ims", "x" * 116 + ".ims"),
    ],
)
def test_names_that_every_system_accepts(name: str, safe: str) -> None:
    assert connector.safe_name(name) == safe


@given(st.text(max_size=300))
def test_no_name_leaves_the_folder(name: str) -> None:
    folder = Path("/nowhere")
    assert connector.free_path(folder, name, 7).parent == folder
    assert len(connector.safe_name(name)) <= 121


def test_a_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    first = connector.free_path(tmp_path, "cell.ims", 7)
    assert first.name == "cell [7].ims"
    first.touch()
    second = connector.free_path(tmp_path, "cell.ims", 7)
    assert second.name == "cell [7] (2).ims"
    second.touch()
    assert connector.free_path(tmp_path, "cell.ims", 7).name == "cell [7] (3).ims"
    assert connector.free_path(tmp_path, "cell.ims", 8).name == "cell [8].ims"


def _export(state: str, **more: Any) -> dict[str, Any]:
    return {"id": 1, "image": {"id": 7, "name": "cell"}, "state": state, "message": "", **more}


@pytest.mark.parametrize(
    ("export", "text", "part"),
    [
        (_export("queued"), "Waiting", None),
        (_export("queued", position=3), "Waiting: number 3 in the queue", None),
        (_export("running", planes={"done": 0, "total": 0}), "Exporting", None),
        (
            _export("running", planes={"done": 30, "total": 60, "seconds_left": 130}),
            "Exporting: 30 of 60 planes, about 2 min left",
            0.5,
        ),
        (
            _export("running", planes={"done": 30, "total": 60, "seconds_left": None}),
            "Exporting: 30 of 60 planes",
            0.5,
        ),
        (_export("verifying", planes={"done": 60, "total": 60}), "Checking the file", None),
        (_export("waiting_for_processor"), "Waiting for a processor of OMERO", None),
        (_export("attaching"), "Attaching the file to the image", None),
    ],
)
def test_what_is_said_while_the_site_works(
    export: dict[str, Any], text: str, part: float | None
) -> None:
    progress = connector._progress(export)
    assert (progress.text, progress.part, progress.ended) == (text, part, False)


@pytest.mark.parametrize(
    ("export", "text"),
    [
        (_export("failed", message="The image was deleted."), "The image was deleted."),
        (_export("failed"), "The export has failed."),
        (_export("cancelled"), "Cancelled."),
        (_export("expired"), "The site has deleted the file."),
        (_export("a new state"), "The export has failed."),
    ],
)
def test_what_is_said_when_there_is_no_file(export: dict[str, Any], text: str) -> None:
    progress = connector._progress(export)
    assert (progress.text, progress.failed) == (text, True)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1.5 * 2**30, "1.5 GiB"),
        (2**60, "1048576.0 TiB"),
    ],
)
def test_bytes_in_words(count: float, text: str) -> None:
    assert connector.in_bytes(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (59.4, "59 s"), (61, "1 min"), (3599, "1 h 0 min"), (11100, "3 h 5 min")],
)
def test_time_in_words(seconds: float, text: str) -> None:
    assert connector.in_time(seconds) == text


def test_rows_of_plates_have_letters() -> None:
    assert [connector._letters(row) for row in (0, 25, 26, 31, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AF",
        "ZZ",
        "AAA",
    ]


def test_the_images_of_wells_say_where_they_are() -> None:
    wells = [
        {
            "Row": 1,
            "Column": 2,
            "WellSamples": [{"Image": {"@id": 5, "Name": "a"}}, {}, {"Image": {"@id": 6}}],
        },
        {"Row": 0, "Column": 0},
    ]
    assert [(node.id, node.name) for node in connector._images_of_wells(wells)] == [
        (5, "B3, field 1: a"),
        (6, "B3, field 3: Image 6"),
    ]


def test_the_thread_of_the_window_gets_results_and_never_waits() -> None:
    background, gate = connector.Background(), threading.Event()
    told: list[str] = []

    def slow() -> str:
        gate.wait(30)
        return "slow"

    def wrong() -> None:
        raise connector.Failure("no such site")

    background.run(slow, told.append, told.append)
    background.run(wrong, told.append, lambda failure: told.append(str(failure)))
    background.run(lambda: 1 / 0, told.append, lambda failure: told.append(type(failure).__name__))
    background.drain()
    assert "slow" not in told
    gate.set()
    for _ in range(3000):
        background.drain()
        if len(told) == 3:
            break
        threading.Event().wait(0.01)
    assert sorted(told) == ["Failure", "no such site", "slow"]


def test_a_file_gets_a_line_for_each_change_and_not_for_each_plane() -> None:
    out = io.StringIO()
    told = connector._Told(out)
    for done in range(5):
        told.tell(connector._progress(_export("running", planes={"done": done, "total": 60})))
    told.tell(
        connector.Progress(7, "cell [7].ims", "Saved as /tmp/cell.ims", 1.0, Path("/tmp/cell.ims"))
    )
    assert out.getvalue().splitlines() == [
        "cell: Exporting: 0 of 60 planes",
        "cell [7].ims: Saved as /tmp/cell.ims",
    ]


def test_without_a_window_it_says_what_else_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tkinter", None)
    assert connector.main([]) == 1
    assert "no tkinter" in capsys.readouterr().err
