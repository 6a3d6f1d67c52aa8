"""Wells and plates as targets, as pages and scripts ask for them."""

from __future__ import annotations

from typing import Any

import pytest

from omp_site import OmpBrowser

SETTINGS = {
    "mode": "regex",
    "pattern": r"(?P<Screen>[\w ]+) \[(?P<Position>\w+), field (?P<Field>\d+)\]",
    "names": ["Screen", "Position", "Field"],
}


@pytest.fixture
def ada(place: Any) -> OmpBrowser:
    return place.browser("ada")


def test_pairs_are_written_to_wells_and_a_new_visit_does_so_too(
    place: Any, ada: OmpBrowser
) -> None:
    plates = [place.lab.one("select p.id from Plate p", "ada")]
    chosen = ada.send("selections/", {"plates": plates})["selection"]
    settings = {**SETTINGS, "target": "wells"}
    made = ada.send("previews/", {"selection": chosen, "settings": settings})
    assert made["target"] == "wells"
    rows = ada.ask(f"previews/{made['preview']}/rows/")["rows"]
    assert [row["on"] for row in rows][:1] == [{"name": "Well A1", "keys": ["Screen", "Position"]}]
    job = ada.send("start_job/", {"preview": made["preview"]})
    ended = ada.finished(job["id"])
    assert ended["result"] == {"wells": 2, "images": 4, "written": 6}
    report = ada.get(ended["report"]).text.splitlines()
    assert report[0].endswith(",message,kind")
    assert report[1].split(",")[1:] == ["Plate notes / A1", "written", "2", "0", "", "Well"]

    again = ada.send("selections/", {"plates": plates})
    assert again["last"]["settings"]["target"] == "wells"
    body = {"selection": again["selection"], "settings": again["last"]["settings"]}
    made = ada.send("previews/", body)
    rows = ada.ask(f"previews/{made['preview']}/rows/?filter=changed")
    assert (rows["total"], rows["lookedUp"]) == (0, 4)


def test_only_plates_have_wells(place: Any, ada: OmpBrowser) -> None:
    chosen = ada.send("selections/", {"datasets": [place.lab.dataset("notes")]})["selection"]
    for target in ("wells", "plates"):
        body = {"selection": chosen, "settings": {**SETTINGS, "target": target}}
        refused = ada.send("previews/", body, status=400)
        assert refused["code"] == "no_plates"
        assert refused["error"].endswith(
            f"is in a {target[:-1]} of which you chose all images: choose plates or screens in "
            "step 1, or write to the images"
        )
    body = {"selection": chosen, "settings": {**SETTINGS, "target": "screens"}}
    assert ada.send("previews/", body, status=400)["code"] == "bad_body"
