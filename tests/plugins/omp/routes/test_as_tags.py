"""Keys whose values become tags, from the page's requests to the images."""

from __future__ import annotations

from typing import Any

import pytest

from omeroweb_omp_plugin.omero_api.tags import tags_on
from omp_site import OmpBrowser

SETTINGS = {"mode": "separators", "pattern": "_", "names": ["Line", "Number", "Stain"]}


@pytest.fixture
def ada(place: Any) -> OmpBrowser:
    return place.browser("ada")


def test_ticked_keys_follow_their_names_and_are_there_at_the_next_visit(
    place: Any, ada: OmpBrowser
) -> None:
    chosen = {"datasets": [place.lab.dataset("notes")]}
    selection = ada.send("selections/", chosen)["selection"]
    body = {"selection": selection, "settings": {**SETTINGS, "tags": ["Line", "Gone"]}}
    first = ada.send("previews/", body)
    assert first["tags"] == ["Line", "Gone"]
    # Renamed, also when two keys change places.
    renamed = {**SETTINGS, "names": ["Number", "Line", "Stain"], "tags": first["tags"]}
    made = ada.send("previews/", {**body, "settings": renamed, "after": first["preview"]})
    assert made["tags"] == ["Number", "Gone"]
    rows = ada.ask(f"previews/{made['preview']}/rows/?filter=changed")
    assert rows["counts"]["tags"] == 3
    assert [row["tags"] for row in rows["rows"]] == [["HeLa"]] * 3

    job = ada.finished(ada.send("start_job/", {"preview": made["preview"]})["id"])
    images = place.lab.images("notes")
    found = tags_on(place.lab.user("ada"), images)
    assert [[each.text for each in found[image]] for image in images] == [["HeLa"]] * 3
    assert ada.send("selections/", chosen)["last"]["settings"]["tags"] == ["Number", "Gone"]
    undone = ada.post(f"/omero_plugin_common/jobs/{job['id']}/undo/", {}).json()
    assert ada.finished(undone["id"])["result"] == {"images": 3, "removed": 3}
    assert tags_on(place.lab.user("ada"), images) == {}
    place.omp.forget_written()
