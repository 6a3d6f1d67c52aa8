"""Values from a user's table over the wire, and the preview as such a table."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from omp_site import PLUGIN, OmpBrowser

SETTINGS = {"mode": "separators", "pattern": "_", "names": ["Line", "Well", "Stain"]}


@pytest.fixture
def ada(place: Any) -> OmpBrowser:
    return place.browser("ada")


def preview(browser: OmpBrowser, place: Any, **more: Any) -> Any:
    chosen = browser.send("selections/", {"datasets": [place.lab.dataset("notes")]})
    body = {"selection": chosen["selection"], "settings": {**SETTINGS, **more}}
    return browser.send("previews/", body)


def rows_of(browser: OmpBrowser, made: Any) -> Any:
    return browser.ask(f"previews/{made['preview']}/rows/")["rows"]


def send(browser: OmpBrowser, path: str, text: str, status: int = 200) -> Any:
    answer = browser.client.post(
        f"/{PLUGIN}/{path}",
        files={"values": ("values.csv", text.encode())},
        headers={"X-CSRFToken": browser.token},
    )
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_table_is_checked_and_then_taken_as_typed_values(place: Any, ada: OmpBrowser) -> None:
    made = preview(ada, place)
    path = f"previews/{made['preview']}/values-file/"
    text = "Drug;File;Line\nDMSO;HeLa_01_DAPI;HeLa\nTaxol;HeLa_02_DAPI.tif;HEK\nx;HeLa_09;\n"
    told = send(ada, f"{path}check/", text)
    assert {name: told[name] for name in ("by", "column", "keys", "rows", "matched")} == {
        "by": "name", "column": 1, "keys": ["Drug", "Line"], "rows": 3, "matched": 2
    }  # fmt: skip
    assert (told["strangers"], told["without"]) == (["HeLa_09"], 1)
    assert told["withoutNames"] == ["HeLa_03_DAPI.tif"]
    # One image has its line already.
    assert (told["changing"], told["values"]) == (2, 3)
    assert ada.ask(f"previews/{made['preview']}/")["edited"] == 0

    taken = send(ada, path, text)
    assert (taken["edited"], taken["columns"]) == (2, ["Line", "Well", "Stain", "Drug"])
    first, second, third = rows_of(ada, taken)
    assert (first["edited"], second["edited"], third["edited"]) == (["Drug"], ["Drug", "Line"], [])
    again = send(ada, f"previews/{taken['preview']}/values-file/", text, 400)
    assert again["code"] == "nothing_new"


def test_wells_are_those_of_the_key(place: Any, ada: OmpBrowser) -> None:
    made = preview(ada, place)
    images = [row["id"] for row in rows_of(ada, made)]
    values = {str(image): {"Well": f"A0{at}"} for at, image in enumerate(images, 1)}
    made = ada.send(f"previews/{made['preview']}/values/", {"values": values})
    path = f"previews/{made['preview']}/values-file/check/"
    told = send(ada, path, "P,Drug\na1,x\nA3,y\nB9,z\n")
    assert (told["by"], told["matched"], told["strangers"]) == ("well", 2, ["B9"])


def test_what_cannot_be_taken_is_said(place: Any, ada: OmpBrowser) -> None:
    made = preview(ada, place)
    path = f"previews/{made['preview']}/values-file/"
    differing = "File,Drug\nHeLa_01_DAPI,a\nHeLa_01_DAPI,b\n"
    told = send(ada, f"{path}check/", differing)
    assert "HeLa_01_DAPI" in told["conflicts"][0]
    refused = send(ada, path, differing, 400)
    assert (refused["code"], "“Drug”" in refused["error"]) == ("two_values", True)
    assert send(ada, f"{path}check/", "", 400)["code"] == "not_a_table"
    assert send(ada, f"{path}check/?column=7", differing, 400)["code"] == "bad_request"
    assert send(place.browser("ben"), f"{path}check/", differing, 404)


def test_a_downloaded_preview_changes_nothing_and_can_be_edited(
    place: Any, ada: OmpBrowser
) -> None:
    made = preview(ada, place, constants=[{"key": "Drug", "value": "=DMSO"}])
    answer = ada.get(f"/{PLUGIN}/previews/{made['preview']}/values.csv")
    text = answer.text.removeprefix("\ufeff")
    lines = list(csv.reader(io.StringIO(text, newline="")))
    head = ["image_id", "image_name", "where", "Line", "Well", "Stain", "Drug"]
    image = place.lab.images("notes")[0]
    assert lines[0] == head
    assert lines[1] == [str(image), "HeLa_01_DAPI.tif", "names", "HeLa", "01", "DAPI", "'=DMSO"]
    assert len(lines) == 4
    path = f"previews/{made['preview']}/values-file/"
    assert send(ada, f"{path}check/", text)["changing"] == 0
    told = send(ada, f"{path}check/", text.replace("HeLa_01_DAPI.tif,names,HeLa", "a,b,HEK"))
    assert (told["by"], told["changing"], told["values"]) == ("id", 1, 1)
