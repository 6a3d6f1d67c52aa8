"""Thumbnails: not read again while nothing changed, and anew when it did."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from omero.gateway import BlitzGateway
from omero.rtypes import unwrap
from omero.sys import ParametersI

import local_services


@pytest.fixture
def person(site: local_services.Site, new_visitor: Callable[[str], Any]) -> Callable[[str], Any]:
    """Logs a user of the demo in."""

    def log_in(name: str) -> Any:
        browser = new_visitor(site.url)
        browser.log_in(f"{name}-demo", name)
        return browser

    return log_in


@pytest.fixture
def ada(person: Callable[[str], Any]) -> Any:
    """A logged in user of the demo."""
    return person("ada")


@contextlib.contextmanager
def gateway_of(site: local_services.Site, name: str) -> Iterator[BlitzGateway]:
    gateway = BlitzGateway(
        name, f"{name}-demo", host="127.0.0.1", port=site.standin.port, secure=True
    )
    assert gateway.connect()
    try:
        gateway.SERVICE_OPTS.setOmeroGroup("-1")
        yield gateway
    finally:
        gateway.close()


def images_of(site: local_services.Site, name: str, group: str) -> list[int]:
    """Ids of the images that a user owns in a group, in datasets.

    Without those that other users of the shared site have settings for.
    """
    with gateway_of(site, name) as gateway:
        found = gateway.getQueryService().projection(
            "select distinct i.id from DatasetImageLink l join l.child i "
            "where i.details.owner.omeName = :name and i.details.group.name = :group "
            "and not exists (select r from RenderingDef r where r.pixels.image.id = i.id "
            "and r.details.owner.id != i.details.owner.id) order by i.id",
            ParametersI().addString("name", name).addString("group", group),
            gateway.SERVICE_OPTS,
        )
        return [unwrap(row)[0] for row in found]


@pytest.fixture
def images(site: local_services.Site) -> list[int]:
    """Ids of images that ada owns and her group sees."""
    return images_of(site, "ada", "cell-biology")[:5]


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
    # The first look makes thumbnails that nobody has made; what the second reads is stored.
    ada.get(address).raise_for_status()
    first = ada.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    calls()
    again = ada.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    in_another_browser = ada.get(f"{address}{'&' if '?' in address else '?'}_=1")
    assert in_another_browser.content == first.content
    for name in ("Content-Type", "ETag", "Cache-Control"):
        assert in_another_browser.headers[name] == first.headers[name]
    assert "ThumbnailStore" not in calls()


def test_a_colleague_gets_what_the_owner_has_read(
    site: local_services.Site, person: Callable[[str], Any], calls: Callable[[], set[str]]
) -> None:
    seen = images_of(site, "chi", "cell-biology")[:4]
    chi, ben, dora = person("chi"), person("ben"), person("dora")
    address = addresses(seen)[0]
    chi.get(address).raise_for_status()
    calls()
    # Only the owner's thumbnail is drawn anew when it is old: nothing is stored for others yet.
    ben.get(address).raise_for_status()
    assert "ThumbnailStore" in calls()
    first = chi.get(address)
    assert "ThumbnailStore" in calls()
    assert ben.get(address).json() == first.json()
    assert "ThumbnailStore" not in calls()
    # Of another group: the images do not exist for her, whatever is stored.
    outside = dora.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert outside.status_code == 200 and "ETag" not in outside.headers
    assert set(outside.json().values()) == {None}


def test_with_settings_of_ones_own_one_sees_those(
    site: local_services.Site, person: Callable[[str], Any]
) -> None:
    image = images_of(site, "chi", "cell-biology")[5]
    chi, ben = person("chi"), person("ben")
    address = addresses([image])[1]
    chi.get(address).raise_for_status()
    before = chi.get(address)
    assert ben.get(address).content == before.content
    change_settings(site, "ben", image)
    changed = ben.get(address, headers={"If-None-Match": before.headers["ETag"]})
    assert changed.status_code == 200 and changed.content != before.content
    assert ben.get(address).content == changed.content
    assert chi.get(address).content == before.content


def change_settings(site: local_services.Site, name: str, image_id: int) -> None:
    """Save other rendering settings of an image for a user."""
    with gateway_of(site, name) as gateway:
        image = gateway.getObject("Image", image_id)
        gateway.SERVICE_OPTS.setOmeroGroup(image.getDetails().group.id.val)
        image.setActiveChannels([1], [[1, 5]], ["00FF00"])
        image.saveDefaults()


def test_other_settings_are_another_picture(
    site: local_services.Site, ada: Any, images: list[int]
) -> None:
    address = addresses(images)[0]
    ada.get(address).raise_for_status()
    first = ada.get(address)
    change_settings(site, "ada", images[1])
    changed = ada.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json()[str(images[1])] != first.json()[str(images[1])]
    assert changed.json()[str(images[2])] == first.json()[str(images[2])]


def test_what_cannot_be_told_has_no_tag(ada: Any, images: list[int]) -> None:
    missing = ada.get(f"/webclient/get_thumbnails/?id={images[0]}&id=99999999")
    assert missing.status_code == 200 and "ETag" not in missing.headers
    assert missing.json()["99999999"] is None
    assert "ETag" not in ada.get("/webclient/get_thumbnails/?id=99999999&id=99999998").headers
    assert "ETag" not in ada.get("/webclient/render_thumbnail/99999999/").headers
    too_many = "&".join(f"id={number}" for number in range(1, 52))
    assert "ETag" not in ada.get(f"/webclient/get_thumbnails/?{too_many}").headers
