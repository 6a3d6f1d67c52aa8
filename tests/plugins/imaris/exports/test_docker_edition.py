"""The route and the words of the Docker edition: its client works here unchanged."""

from __future__ import annotations

from typing import Any

import httpx

from imaris_site import PLUGIN, ExportBrowser, made_image
from plugin_site import Worker, until

ROUTE = f"/{PLUGIN}/imaris-export/"


def asked(browser: ExportBrowser, query: str, **headers: str) -> httpx.Response:
    """As that client asks: a GET with the token in a header."""
    return browser.client.get(f"{ROUTE}?{query}", headers={"X-CSRFToken": browser.token} | headers)


def test_start_poll_and_download(worker: Worker, exporter: ExportBrowser, omero_of: Any) -> None:
    image = made_image(omero_of, "cells")
    base = "base_url=http%3A%2F%2Fevil.example.org"
    started = asked(exporter, f"image={image}&async=1&{base}").json()
    assert started["job_id"].startswith("celery-")
    # Links lead to this site, whatever the request says.
    assert started["status_url"].startswith(exporter.client.base_url.join(ROUTE).__str__())
    until(lambda: exporter.client.get(started["status_url"]).json()["finished"])
    ended = exporter.client.get(started["status_url"]).json()
    assert (ended["state"], ended["failed"], ended["file_name"]) == ("FINISHED", False, "cells.ims")
    answer = exporter.client.get(ended["download_url"])
    assert answer.content.startswith(b"\x89HDF\r\n\x1a\n")
    assert 'filename="cells.ims"' in answer.headers["Content-Disposition"]
    # It is the same export as on the page.
    (listed,) = exporter.ask("exports/")["exports"]
    assert started["job_id"] == f"celery-{listed['id']}"


def test_without_async_the_answer_is_the_file(
    worker: Worker, exporter: ExportBrowser, omero_of: Any
) -> None:
    image = made_image(omero_of)
    for query in (f"image_id={image}", f"image={image}&async=1&wait=true"):
        answer = asked(exporter, query)
        assert answer.status_code == 200
        assert answer.content.startswith(b"\x89HDF\r\n\x1a\n")


def test_nothing_is_started_without_the_token(exporter: ExportBrowser, omero_of: Any) -> None:
    """A picture on a page of somebody else's would be a GET with the user's cookie."""
    image = made_image(omero_of)
    for answer in (
        exporter.get(f"{ROUTE}?image={image}&async=1"),
        asked(exporter, f"image={image}&async=1", **{"X-CSRFToken": "wrong"}),
        exporter.client.post(f"{ROUTE}?image={image}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert exporter.ask("exports/")["exports"] == []


def test_what_the_site_can_do(exporter: ExportBrowser) -> None:
    answer = exporter.ask("imaris-export/?capabilities=1")
    assert answer["omero_ims_export_capability"] == "omero_imaris_connector_v1"
    assert (answer["omero_ims_export"], answer["converters"]["OMERO"]) == (True, True)


def test_a_post_to_the_status_address_cancels(
    no_worker: None, exporter: ExportBrowser, omero_of: Any
) -> None:
    image = made_image(omero_of)
    started = asked(exporter, f"image={image}&async=1").json()
    assert (started["state"], started["finished"]) == ("RUNNING", False)
    cancelled = exporter.client.post(
        started["status_url"], headers={"X-CSRFToken": exporter.token}
    ).json()
    assert (cancelled["state"], cancelled["failed"]) == ("CANCELLED", True)
    assert asked(exporter, f"job={started['job_id']}&download=1").status_code == 409


def test_requests_that_make_no_sense(exporter: ExportBrowser) -> None:
    for query in ("", "image=", "image=x", "image=0", "job=celery-x", "base_url=ftp://a"):
        assert asked(exporter, query).status_code == 400, query
