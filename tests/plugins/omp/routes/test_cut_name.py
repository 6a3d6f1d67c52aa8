"""One name, cut by hand, and the pattern from its pieces."""

from __future__ import annotations

from typing import Any

import pytest

from omp_site import PLUGIN, OmpBrowser

NAME = "HeLa_01_DAPI.tif"
LINE = {"start": 0, "end": 4, "key": "Cell line"}
NUMBER = {"start": 5, "end": 7, "key": ""}
STAIN = {"start": 8, "end": 12, "key": "Stain"}


@pytest.fixture
def ada(place: Any) -> OmpBrowser:
    return place.browser("ada")


def select(browser: OmpBrowser, place: Any) -> str:
    chosen = browser.send("selections/", {"datasets": [place.lab.dataset("notes")]})
    return str(chosen["selection"])


def test_what_was_found_is_cut_and_read_again(place: Any, ada: OmpBrowser) -> None:
    selection = select(ada, place)
    settings = {"mode": "detect", "names": ["Cell line", "", "Stain"]}
    made = ada.send("previews/", {"selection": selection, "settings": settings})
    [shape] = made["shapes"]
    found = [{each: piece[each] for each in LINE} for piece in shape["pieces"]]
    assert (shape["example"], found) == (NAME, [LINE, NUMBER, STAIN])
    # HeLa in two, and nothing is taken from the number.
    line = [LINE | {"end": 2}, LINE | {"start": 2, "key": "Dose (µM)"}]
    body = {"name": NAME, "pieces": [*line, NUMBER | {"used": False}, STAIN]}
    answer = ada.send(f"selections/{selection}/pattern/", body)
    assert answer == {
        "pattern": "^(?P<Cell line>[A-Z]+[a-z]+)(?P<Var2>[A-Z]+[a-z]+)_[^_]+_(?P<Stain>[^_]+)$",
        "names": ["Cell line", "Dose (µM)", "Stain"],
        "fits": 3,
        "of": 3,
    }
    settings = {"mode": "regex", "pattern": answer["pattern"], "names": answer["names"]}
    made = ada.send("previews/", {"selection": selection, "settings": settings})
    assert (made["columns"], made["mismatching"]) == (answer["names"], 0)
    [row, *_] = ada.ask(f"previews/{made['preview']}/rows/")["rows"]
    assert [cell["then"] for cell in row["cells"][:3]] == [["He"], ["La"], ["DAPI"]]


@pytest.mark.parametrize(
    ("name", "pieces", "code", "words"),
    [
        ("HeLa.tif", [LINE], "unknown_name", "No image of the selection is called “HeLa.tif”"),
        (NAME, [LINE, {"start": 2, "end": 6}], "pieces_refused", "overlap at “La”"),
        (NAME, [{"start": 0, "end": 17}], "pieces_refused", "leaves the name, which has 16"),
        (NAME, [{"start": -1, "end": 2}], "bad_body", "start"),
        (NAME, [], "pieces_refused", "Use one piece"),
    ],
)
def test_what_cannot_be_cut_is_refused_with_a_sentence(
    place: Any, ada: OmpBrowser, name: str, pieces: list[Any], code: str, words: str
) -> None:
    body = {"name": name, "pieces": pieces}
    refused = ada.send(f"selections/{select(ada, place)}/pattern/", body, status=400)
    assert refused["code"] == code
    assert words in refused["error"]


def test_nobody_cuts_the_names_of_others(place: Any, ada: OmpBrowser) -> None:
    path = f"selections/{select(ada, place)}/pattern/"
    place.browser("ben").send(path, {"name": NAME, "pieces": [LINE]}, status=404)
    assert ada.get(f"/{PLUGIN}/{path}").status_code == 405
