"""Thumbnails that a browser has: not read again while nothing changed, and anew when it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from omero.gateway import BlitzGateway

import local_services


@pytest.fixture
def ada(site: local_services.Site, new_visitor: Callable[[str], Any]) -> Any:
    """A logged in user of the demo."""
    browser = new_visitor(site.url)
    browser.log_in("ada-demo", "ada")
    return browser


@pytest.fixture
def images(ada: Any) -> list[int]:
    """Ids of images that she owns."""
    project = ada.get("/api/v0/m/projects/?limit=1").json()["data"][0]["@id"]
    dataset = ada.get(f"/api/v0/m/projects/{project}/datasets/?limit=1").json()["data"][0]["@id"]
    found = ada.get(f"/api/v0/m/datasets/{dataset}/images/").json()["data"]
    return [image["@id"] for image in found][:5]


@pytest.fixture
def calls(site: local_services.Site) -> Iterator[Callable[[], set[str]]]:
    """Asks the stand-in which services were called since it was last asked."""
    address = local_services.control(site.standin)
    with httpx.Client(base_url=address, verify=local_services.NO_AUTHORITIES) as control:
        control.delete("/counts")

        def services() -> set[str]:
            counts = control.get("/counts").json()
            control.delete("/counts")
            return {call.partition(".")[0] for call in counts}

        yield services


def addresses(images: list[int]) -> list[str]:
    many = "&".join(f"id={image}" for image in images)
    return [
        f"/webclient/get_thumbnails/?{many}",
        f"/webclient/render_thumbnail/{images[0]}/",
        f"/webgateway/render_thumbnail/{images[0]}/96/",
    ]


@pytest.mark.parametrize("which", range(3))
def test_what_did_not_change_is_not_read_again(
    ada: Any, images: list[int], calls: Callable[[], set[str]], which: int
) -> None:
    address = addresses(images)[which]
    # The first look makes thumbnails that nobody has made.
    ada.get(address).raise_for_status()
    first = ada.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "ThumbnailStore" in calls()
    again = ada.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "ThumbnailStore" not in calls()


def test_other_settings_are_another_picture(
    site: local_services.Site, ada: Any, images: list[int]
) -> None:
    address = addresses(images)[0]
    ada.get(address).raise_for_status()
    first = ada.get(address)
    gateway = BlitzGateway("ada", "ada-demo", host="127.0.0.1", port=site.standin.port, secure=True)
    assert gateway.connect()
    try:
        gateway.SERVICE_OPTS.setOmeroGroup("-1")
        image = gateway.getObject("Image", images[1])
        gateway.SERVICE_OPTS.setOmeroGroup(image.getDetails().group.id.val)
        image.setActiveChannels([1], [[1, 5]], ["00FF00"])
        image.saveDefaults()
    finally:
        gateway.close()
    changed = ada.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json()[str(images[1])] != first.json()[str(images[1])]
    assert changed.json()[str(images[2])] == first.json()[str(images[2])]


def test_the_tag_of_one_user_is_no_other_users(visitor: Any, ada: Any, images: list[int]) -> None:
    address = addresses(images)[0]
    ada.get(address).raise_for_status()
    tag = ada.get(address).headers["ETag"]
    assert visitor.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_what_cannot_be_told_has_no_tag(ada: Any, images: list[int]) -> None:
    missing = ada.get(f"/webclient/get_thumbnails/?id={images[0]}&id=99999999")
    assert missing.status_code == 200 and "ETag" not in missing.headers
    assert missing.json()["99999999"] is None
    assert "ETag" not in ada.get("/webclient/get_thumbnails/?id=99999999&id=99999998").headers
    assert "ETag" not in ada.get("/webclient/render_thumbnail/99999999/").headers
    too_many = "&".join(f"id={number}" for number in range(1, 52))
    assert "ETag" not in ada.get(f"/webclient/get_thumbnails/?{too_many}").headers
