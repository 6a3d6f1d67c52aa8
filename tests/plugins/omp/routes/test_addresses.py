"""Addresses of the page that name what is chosen, and the way back to OMERO.web."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from omp_site import PLUGIN, OmpBrowser

SETTINGS = {"mode": "separators", "pattern": "_", "names": ["Line", "Number", "Stain"]}


@pytest.fixture
def ada(place: Any) -> OmpBrowser:
    return place.browser("ada")


def project_of(place: Any, group: str) -> int:
    query = "select p.id from Project p where p.name = :name"
    return int(place.lab.one(query, "ada", name=f"Project {group}"))


def test_datasets_of_one_project_are_shown_in_it(place: Any, ada: OmpBrowser) -> None:
    dataset, project = place.lab.dataset("notes"), project_of(place, "notes")
    found = ada.ask(f"from-address/?dataset={dataset}")
    assert (found["inside"], found["missing"]) == (f"project:{project}", [])
    assert found["rows"] == [
        {
            "id": f"dataset:{dataset}",
            "kind": "dataset",
            "ids": [dataset],
            "name": "names",
            "where": "Project notes",
            "images": 3,
            "ticked": True,
        }
    ]


def test_what_is_in_different_places_is_listed_with_them(place: Any, ada: OmpBrowser) -> None:
    one, two = place.lab.dataset("notes"), place.lab.dataset("sharing")
    images = place.lab.images("private")
    query = f"dataset={one}&dataset={two}&image={images[0]},{images[1]}&image={images[2]}"
    found = ada.ask(f"from-address/?{query}")
    assert found["inside"] == ""
    told = {each["id"]: (each["where"], each["images"]) for each in found["rows"]}
    assert told == {
        f"dataset:{one}": ("Project notes", 3),
        f"dataset:{two}": ("Project sharing", 3),
        f"image:{images[0]}": ("names", 3),
    }
    # All of it is one selection.
    body = {"datasets": [one, two], "images": images}
    assert ada.send("selections/", body)["images"] == 9


def test_a_project_beside_others_lists_its_datasets_without_a_tick(
    place: Any, ada: OmpBrowser
) -> None:
    project, dataset = project_of(place, "notes"), place.lab.dataset("sharing")
    found = ada.ask(f"from-address/?project={project}&dataset={dataset}")
    ticked = {each["ids"][0]: each["ticked"] for each in found["rows"]}
    assert ticked == {place.lab.dataset("notes"): False, dataset: True}


def test_what_cannot_be_seen_is_named_and_the_rest_is_there(place: Any) -> None:
    ben, chi = place.browser("ben"), place.browser("chi")
    hidden, open_ = place.lab.dataset("private"), place.lab.dataset("notes")
    query = f"dataset={hidden}&dataset={open_}&image={10**9}&plate=7&screen={10**9}&project=8"
    found = ben.ask(f"from-address/?{query}".replace("project=8", f"project={10**9}"))
    assert [each["ids"] for each in found["rows"]] == [[open_]]
    gone = [f"Dataset {hidden}", f"Project {10**9}", "Plate 7", f"Screen {10**9}"]
    assert found["missing"] == [*gone, f"Image {10**9}"]
    nothing = chi.ask(f"from-address/?dataset={open_}")
    assert (nothing["rows"], nothing["missing"]) == ([], [f"Dataset {open_}"])


def test_an_id_must_be_a_number(ada: OmpBrowser) -> None:
    refused = ada.ask("from-address/?image=1,x", status=400)
    assert "image" in refused["error"]
    assert ada.ask("from-address/?image=,&dataset=") == {"rows": [], "inside": "", "missing": []}


def test_a_job_leads_to_its_images_in_omero(place: Any, ada: OmpBrowser) -> None:
    datasets = [place.lab.dataset("notes"), place.lab.dataset("sharing")]
    image = place.lab.images("notes")[0]
    for body, shown in (
        ({"datasets": datasets}, "|".join(f"dataset-{each}" for each in datasets)),
        ({"images": [image]}, f"image-{image}"),
    ):
        selection = ada.send("selections/", body)["selection"]
        made = ada.send("previews/", {"selection": selection, "settings": SETTINGS})
        job = ada.send("start_job/", {"preview": made["preview"]})
        answer = ada.get(f"/{PLUGIN}/jobs/{job['id']}/in-omero/")
        assert answer.status_code == 302
        location = unquote(answer.headers["Location"])
        assert location == f"/webclient/?show={shown}"
        ada.finished(job["id"])
    # Not one of somebody else.
    assert place.browser("ben").get(f"/{PLUGIN}/jobs/{job['id']}/in-omero/").status_code == 404
