"""Images that were written before can be left out."""

from __future__ import annotations

from typing import Any

from omp_site import OmpBrowser

SETTINGS = {"mode": "separators", "pattern": "_", "names": ["Line", "Number", "Stain"]}


def preview(browser: OmpBrowser, **body: Any) -> Any:
    chosen = browser.send("selections/", body)
    return browser.send("previews/", {"selection": chosen["selection"], "settings": SETTINGS})


def test_images_without_a_set_of_this_page_stay_ticked(place: Any) -> None:
    ada = place.browser("ada")
    first, second, third = place.lab.images("notes")
    job = ada.send("start_job/", {"preview": preview(ada, images=[first])["preview"]})
    ada.finished(job["id"])
    # What somebody typed does not count.
    place.lab.annotate("ada", [second], {"note": "typed"})
    made = preview(ada, datasets=[place.lab.dataset("notes")])
    assert made["skipped"] == 0
    new = ada.send(f"previews/{made['preview']}/only-new/")
    rows = ada.ask(f"previews/{new['preview']}/rows/")["rows"]
    assert {row["id"]: row["written"] for row in rows} == {first: False, second: True, third: True}
    # The preview before it is as it was, and nobody else has it.
    assert ada.ask(f"previews/{made['preview']}/")["skipped"] == 0
    place.browser("ben").send(f"previews/{made['preview']}/only-new/", status=404)
