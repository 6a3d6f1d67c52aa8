"""The start page reads the user and the groups once, and shows what OMERO.web's own shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from omero.gateway import BlitzGateway
from omero_platform_fixes.read_once import read_once

import local_services


@pytest.mark.parametrize("page", ["/webclient/", "/webclient/usertags/", "/webclient/search/"])
def test_user_and_groups_are_read_once(
    site: local_services.Site, new_visitor: Callable[[str], Any], page: str
) -> None:
    browser = new_visitor(site.url)
    browser.log_in("ada-demo", "ada")
    browser.get(page)
    counts = f"{local_services.control(site.standin)}/counts"
    httpx.delete(counts).raise_for_status()
    answer = browser.get(page)
    assert answer.status_code == 200
    assert "Ada Berger" in answer.text
    assert "imaging-core" in answer.text
    asked = httpx.get(counts).json()
    # The groups; then the user. Stock OMERO.web has 1 and 4.
    assert asked["IQuery.findAllByQuery"] == 2
    assert asked.get("IQuery.findByQuery", 0) == 0


def test_an_object_is_read_once_and_others_as_before(
    ada: BlitzGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Any]] = []
    read = ada.getObjects

    def noted(kind: str, ids: Any = None, **options: Any) -> Any:
        asked.append((kind, ids))
        return read(kind, ids, **options)

    image = next(iter(ada.getObjects("Image"))).id
    monkeypatch.setattr(ada, "getObjects", noted)
    monkeypatch.setattr(ada, "getObject", ada.getObject)
    read_once(ada)
    (first,) = ada.getObjects("Image", [str(image)])
    assert ada.getObject("Image", image) is first
    assert asked == [("Image", [str(image)])]
    # With options, another id or without any it is another question.
    assert ada.getObject("Image", image, opts={"load_channels": True}) is not first
    assert ada.getObject("Image", 2**40) is None
    assert len(list(ada.getObjects("Image"))) > 1


def test_the_gateway_s_defaults_are_no_other_question(
    ada: BlitzGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ada, "getObjects", ada.getObjects)
    monkeypatch.setattr(ada, "getObject", ada.getObject)
    groups = list(ada.getGroupsMemberOf())
    read_once(ada, groups)
    (group, *_) = groups
    assert ada.getObject("ExperimenterGroup", group.id) is group
    assert ada.getObject("ExperimenterGroup", group.id, opts={"load_experimenters": True}) is group
    assert (
        ada.getObject("ExperimenterGroup", group.id, opts={"load_experimenters": False})
        is not group
    )
    assert ada.getUser() is ada.getObject("Experimenter", ada.getUserId())
