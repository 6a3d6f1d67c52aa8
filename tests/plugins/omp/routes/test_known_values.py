"""What OMERO knows of images, written beside the values of their names."""

from __future__ import annotations

from typing import Any

import pytest

from omp_lab import CLIENT
from omp_site import OmpBrowser

SETTINGS = {"mode": "separators", "pattern": "_", "names": ["Line", "Project", "Stain"]}
EVERYTHING = [
    "dataset", "project", "plate", "screen", "well", "row", "column", "field", "date", "channels",
    "size",
]  # fmt: skip


@pytest.fixture
def ada(place: Any) -> OmpBrowser:
    return place.browser("ada")


def preview(browser: OmpBrowser, place: Any, also: list[str], **more: Any) -> Any:
    chosen = browser.send("selections/", {"datasets": [place.lab.dataset("notes")]})
    settings = {**SETTINGS, "also": also, **more}
    return browser.send("previews/", {"selection": chosen["selection"], "settings": settings})


def told(browser: OmpBrowser, made: Any) -> list[dict[str, str]]:
    rows = browser.ask(f"previews/{made['preview']}/rows/")["rows"]
    return [{each["name"]: each["then"][0] for each in row["cells"]} for row in rows]


def test_what_omero_knows_is_a_key_as_any_other(place: Any, ada: OmpBrowser) -> None:
    made = preview(ada, place, EVERYTHING)
    first = told(ada, made)[0]
    # The name says something else under this key, and that counts.
    assert first["Project"] == "01"
    assert first["Dataset"] == "names"
    assert first["Image size (X Y Z C T)"] == "8 x 8 x 1 x 1 x 1"
    # Not in a plate.
    assert not set(first) & {"Plate", "Screen", "Well", "Row", "Column", "Field"}
    assert made["also"] == EVERYTHING
    # The user's own values count more, and an empty one takes the key away.
    images = place.lab.images("notes")
    values = {str(images[0]): {"Dataset": "mine"}, str(images[1]): {"Dataset": ""}}
    changed = ada.send(f"previews/{made['preview']}/values/", {"values": values})
    assert [each.get("Dataset") for each in told(ada, changed)] == ["mine", None, "names"]


def test_it_is_written_as_it_was_shown_and_a_new_visit_has_it_ticked(
    place: Any, ada: OmpBrowser
) -> None:
    made = preview(ada, place, ["dataset", "size"], names=["Line", "", ""])
    job = ada.send("start_job/", {"preview": made["preview"]})
    assert ada.finished(job["id"])["result"] == {"images": 3, "written": 3}
    image = place.lab.images("notes")[0]
    assert place.lab.pairs(image) == [
        {"Line": "HeLa", "Dataset": "names", "Image size (X Y Z C T)": "8 x 8 x 1 x 1 x 1"}
    ]
    chosen = ada.send("selections/", {"datasets": [place.lab.dataset("notes")]})
    assert chosen["last"]["settings"]["also"] == ["dataset", "size"]
    place.omp.forget_written()


def test_omero_is_asked_once_for_each_of_them(place: Any, ada: OmpBrowser) -> None:
    chosen = ada.send("selections/", {"datasets": [place.lab.dataset("notes")]})["selection"]

    def calls(also: list[str]) -> int:
        place.lab.count_anew()
        body = {"selection": chosen, "settings": {**SETTINGS, "also": also}}
        ada.send("previews/", body)
        return place.lab.counts().get("IQuery.projection", 0)

    without = calls([])
    assert calls(["dataset", "size"]) == without + 2
    assert calls(["dataset", "size"]) == without
    assert calls(["size", "date"]) == without + 1


def test_it_is_one_of_a_list(place: Any, ada: OmpBrowser) -> None:
    chosen = ada.send("selections/", {"datasets": [place.lab.dataset("notes")]})["selection"]
    body = {"selection": chosen, "settings": {**SETTINGS, "also": ["owner"]}}
    assert ada.send("previews/", body, status=400)["code"] == "bad_body"


def test_a_namespace_is_the_users_or_that_of_typed_pairs(place: Any, ada: OmpBrowser) -> None:
    assert preview(ada, place, [])["namespace"] == CLIENT
    made = preview(ada, place, [], namespace=" lab.example.org/screen ")
    assert made["namespace"] == "lab.example.org/screen"
    chosen = ada.send("selections/", {"datasets": [place.lab.dataset("notes")]})["selection"]
    for namespace in ("openmicroscopy.org/omero/bulk_annotations", "x" * 256):
        body = {"selection": chosen, "settings": {**SETTINGS, "namespace": namespace}}
        assert "namespace" in ada.send("previews/", body, status=400)["error"]
