"""What people do in OMERO.web with the plugin's sets, by OMERO.web's own route."""

from __future__ import annotations

import json
from typing import Any

from omp_site import OmpBrowser

SETTINGS = {"mode": "separators", "pattern": "_", "names": ["Line", "Number", "Stain"]}


def save_in_omero_web(browser: OmpBrowser, image: int, pairs: Any, annotation: int = 0) -> None:
    """Edit a set, or paste pairs into an image that has none of the user's own."""
    form = {"image": str(image), "mapAnnotation": json.dumps(pairs)}
    if annotation:
        form["annId"] = str(annotation)
    answer = browser.client.post(
        "/webclient/annotate_map/", data=form, headers={"X-CSRFToken": browser.token}
    )
    assert answer.status_code == 200, answer.text


def test_what_was_edited_or_pasted_there_stays(place: Any) -> None:
    ada, lab = place.browser("ada"), place.lab
    selection = ada.send("selections/", {"datasets": [lab.dataset("notes")]})["selection"]
    body = {"selection": selection, "settings": SETTINGS, "mode": "replace_own"}
    made = ada.send("previews/", body)
    ada.finished(ada.send("start_job/", {"preview": made["preview"]})["id"])
    first, second, third = lab.images("notes")
    [[edited], [copied], [kept]] = [lab.sets([each])[each] for each in (first, second, third)]
    changed = [(k, "U2OS" if k == "Line" else v) for k, v in edited.pairs]
    save_in_omero_web(ada, first, changed, edited.annotation)
    # Pasted to another image, and once more to its own.
    save_in_omero_web(ada, third, copied.pairs)
    save_in_omero_web(ada, second, copied.pairs)
    # The same values saved again are no edit.
    save_in_omero_web(ada, third, kept.pairs, kept.annotation)

    job = ada.send("start_delete_plugin_job/", {"selection": selection})["id"]
    assert ada.finished(job)["result"] == {"images": 3, "removed": 2, "unchanged": 1}
    hela = {"Line": "HeLa", "Number": "02", "Stain": "DAPI"}
    assert [lab.pairs(each) for each in (first, second, third)] == [
        [hela | {"Line": "U2OS", "Number": "01"}],
        [hela],
        [hela],
    ]
