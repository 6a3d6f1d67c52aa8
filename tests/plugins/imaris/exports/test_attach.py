"""Files at their images in OMERO, where the user and the site want that."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import local_services
from imaris_site import ExportBrowser, browser_of, faults, gateway_of, made_image
from people import People, Person
from plugin_site import Worker
from whole_site import WholeSite

NAMESPACE = "omero.export.ims"


def attached(conn: Any, image: int) -> list[Any]:
    """The files at an image."""
    wrapper = conn.getObject("Image", image)
    return list(wrapper.listAnnotations(ns=NAMESPACE))


def test_the_file_is_attached_once(
    whole: WholeSite, people: People, person: Person, worker: Worker, exporter: ExportBrowser,
    omero_of: Any,
) -> None:  # fmt: skip
    image = made_image(omero_of, "cells")
    first = exporter.until(exporter.start(image, attach=True)[0]["id"])
    (annotation,) = attached(omero_of, image)
    assert (first["state"], first["files"][0]["attached"]) == ("done", annotation.getId())
    assert annotation.getFileName() == "cells.ims"
    content = b"".join(annotation.getFileInChunks())
    assert content == exporter.file(first["id"]).content
    # W16: the same file is not attached again, neither for this user nor for another one.
    other = browser_of(whole, people.person(person.group, label="other"))
    for browser in (exporter, other):
        again = browser.until(browser.start(image, attach=True)[0]["id"])
        assert (again["state"], again["files"][0]["attached"]) == ("done", annotation.getId())
    assert len(attached(omero_of, image)) == 1


def test_who_may_not_attach_is_told_before_anything_is_done(
    whole: WholeSite, people: People
) -> None:
    group = people.group("rwr---")
    owner, reader = people.person(group, label="owner"), people.person(group, label="reader")
    with gateway_of(whole.site.standin, owner.name, owner.password) as conn:
        image = made_image(conn)
    browser = browser_of(whole, reader)
    browser.tell("exports/", {"images": [image], "attach": True}, 403)
    assert browser.ask("exports/")["exports"] == []
    assert len(browser.start(image)) == 1


def test_an_attachment_that_fails_leaves_the_file_to_download(
    whole: WholeSite, worker: Worker, exporter: ExportBrowser, omero_of: Any, person: Person
) -> None:
    image = made_image(omero_of)
    with faults(whole.site.standin, person.id) as once:
        once.order("RawFileStore.write", "refused", error="SecurityViolation")
        export = exporter.until(exporter.start(image, attach=True)[0]["id"])
    assert (export["state"], export["files"][0]["attached"]) == ("done", None)
    assert "could not be attached to the image" in export["message"]
    assert exporter.file(export["id"]).status_code == 200
    exporter.tell(f"exports/{export['id']}/retry/")
    again = exporter.until(export["id"])
    assert (again["state"], again["message"]) == ("done", "")
    # What the first attempt left at the image is gone.
    (annotation,) = attached(omero_of, image)
    assert again["files"][0]["attached"] == annotation.getId()
    content = b"".join(annotation.getFileInChunks())
    sha1 = hashlib.sha1(content, usedforsecurity=False)
    assert sha1.hexdigest() == annotation.getFile().getHash()
    assert exporter.file(export["id"]).content == content


def test_the_site_decides(
    whole: WholeSite, person: Person, worker: Worker, omero_of: Any, tmp_path: Path
) -> None:
    image = made_image(omero_of)
    with local_services.web_beside(whole.site, tmp_path, OMERO_IMS_ATTACH="never") as web:
        browser = browser_of(whole, person, web.url)
        refused = browser.tell("exports/", {"images": [image], "attach": True}, 403)
        assert refused["code"] == "no_attach"
