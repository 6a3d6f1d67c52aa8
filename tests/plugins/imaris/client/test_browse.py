"""Logging in with the client for Imaris, and finding images, on a real site."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # noqa: F401  # isort: skip
from omero.model import DatasetI
from omero.rtypes import rstring

import local_services
import tls_certificates
from forwarder import Forwarder
from imaris_client import connector
from imaris_site import gateway_of
from people import People, Person
from whole_site import WholeSite

MORE_THAN_A_PAGE = 130


def test_a_list_of_several_pages(connection: Any, person: Person, gateway: Any) -> None:
    conn = gateway(person)
    names = [f"run {number:03}" for number in range(MORE_THAN_A_PAGE)]
    conn.getUpdateService().saveAndReturnIds([_dataset(name) for name in names])
    catalogue = connector.Catalogue(connection)
    (root,) = [node for node in connector.ROOTS if node.kind == "orphaned-datasets"]
    first, following, total = catalogue.page(root)
    assert (len(first), following, total) == (connector.PAGE, connector.PAGE, MORE_THAN_A_PAGE)
    assert [node.name for node in catalogue.all(root)] == names


def _dataset(name: str) -> Any:
    made = DatasetI()
    made.name = rstring(name)
    return made


def test_projects_screens_and_what_is_in_nothing(
    whole: WholeSite, person: Person, gateway: Any
) -> None:
    """As root, who sees the demo's data of all groups."""
    plane = np.zeros((3, 5), np.uint16)
    alone = gateway(person).createImageFromNumpySeq(iter([plane] * 4), "alone", 2, 2, 1).getId()
    made = connector.Connection(connector.site_address(whole.site.url))
    made.log_in("root", whole.site.standin.password)
    catalogue = connector.Catalogue(made)
    by_kind = {node.kind: node for node in connector.ROOTS}
    dataset = _first(catalogue, _first(catalogue, by_kind["projects"]))
    image = _first(catalogue, dataset)
    assert (dataset.kind, image.kind, image.is_image) == ("dataset", "image", True)
    assert " x " in image.detail
    plate = _first(catalogue, _first(catalogue, by_kind["screens"]))
    fields = catalogue.all(plate)
    assert fields
    assert all(node.is_image and ", field " in node.name for node in fields)
    (found,) = [node for node in catalogue.all(by_kind["orphaned-images"]) if node.id == alone]
    assert (found.name, found.detail) == ("alone", "5 x 3 x 2, 2 channels")
    mine = connector.Catalogue(made, only_mine=True)
    assert alone not in [node.id for node in mine.all(by_kind["orphaned-images"])]
    made.log_out()


def _first(catalogue: Any, node: Any) -> Any:
    return catalogue.all(node)[0]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("LIVER", ["liver 100% a_b", "Liver"]),
        ("100%", ["liver 100% a_b"]),
        ("%", ["liver 100% a_b"]),
        ("a_b", ["liver 100% a_b"]),
        ("\\", []),
        ("細胞", ["細胞 \"'"]),
        ("\"'", ["細胞 \"'"]),
        ("no such name", []),
    ],
)
def test_search_takes_every_character_as_itself(
    searched: Any, words: str, found: list[str]
) -> None:
    nodes, following = searched.search(words)
    assert ([node.name for node in nodes], following) == (found, None)


@pytest.fixture(scope="module")
def searched(whole: WholeSite, people: People) -> Iterator[Any]:
    """The catalogue of somebody with some images, whose neighbour in another group has one, too."""
    person, stranger = people.person(), people.person()
    names = {person: ["Liver", "liver 100% a_b", "細胞 \"'"], stranger: ["liver of another"]}
    for who, images in names.items():
        with gateway_of(whole.site.standin, who.name, who.password) as conn:
            for name in images:
                conn.createImageFromNumpySeq(iter([np.zeros((2, 2), np.uint8)]), name)
    made = connector.Connection(connector.site_address(whole.site.url))
    made.log_in(person.name, person.password)
    yield connector.Catalogue(made)
    made.log_out()


def test_search_goes_on_page_by_page(
    connection: Any, person: Person, gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    conn = gateway(person)
    plane = np.zeros((2, 2), np.uint8)
    made = [
        conn.createImageFromNumpySeq(iter([plane]), f"cell {number}").getId()
        for number in range(101)
    ]
    catalogue = connector.Catalogue(connection)
    first, following = catalogue.search("cell")
    rest, end = catalogue.search("cell", following)
    assert [node.id for node in first + rest] == made[::-1]
    assert (len(first), end) == (100, None)


def test_a_wrong_password_says_so_and_a_session_that_has_ended_too(
    whole: WholeSite, person: Person
) -> None:
    made = connector.Connection(connector.site_address(whole.site.url))
    with pytest.raises(connector.Failure, match="check your") as caught:
        made.log_in(person.name, "not-the-password")
    assert "not-the-password" not in str(caught.value)
    assert not isinstance(caught.value, connector.LoggedOut)
    made.log_in(person.name, person.password)
    assert made.user["userName"] == person.name
    made.log_out()
    with pytest.raises(connector.LoggedOut):
        connector.Catalogue(made).search("x")


def test_something_else_than_omero_web(whole: WholeSite) -> None:
    for address in (f"{whole.site.url}/static/", "http://127.0.0.1:9"):
        made = connector.Connection(connector.site_address(address))
        with pytest.raises(connector.Failure, match=r"no OMERO.web at|cannot be reached"):
            made.log_in("a", "b")


@pytest.fixture(scope="module")
def encrypted(
    whole: WholeSite, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """The site at an HTTPS address, and the certificate of the authority that nobody knows."""
    folder = tmp_path_factory.mktemp("tls")
    authority, server = tls_certificates.make(folder)
    with Forwarder(0, server) as tls:
        address = f"https://localhost:{tls.port}"
        with local_services.web_beside(
            whole.site, folder, ready="/healthz/live", PUBLIC_URL=address + "/"
        ) as beside:
            tls.target = beside.web.port
            yield address, authority


def test_a_certificate_that_is_not_trusted_ends_it_before_anything_is_sent(
    encrypted: tuple[str, Path], person: Person
) -> None:
    address, _ = encrypted
    made = connector.Connection(connector.site_address(address))
    with pytest.raises(connector.Failure, match="is not trusted by this computer"):
        made.log_in(person.name, person.password)


def test_over_tls_with_the_authority_of_the_institute(
    encrypted: tuple[str, Path], person: Person
) -> None:
    address, authority = encrypted
    made = connector.Connection(connector.site_address(address), str(authority))
    made.log_in(person.name, person.password)
    assert connector.Catalogue(made).search("x") == ([], None)
    made.log_out()


def test_nothing_secret_is_in_the_log(
    whole: WholeSite, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = connector.Connection(connector.site_address(whole.site.url))
    made.log_in(person.name, person.password)
    connector.Catalogue(made).search("a name that says something")
    secrets = [person.password, made._token, "says"]
    secrets += [cookie.value for cookie in _cookies(made)]
    made.log_out()
    assert "POST /api/v0/login/: 200" in caplog.text
    assert [secret for secret in secrets if secret in caplog.text] == []


def _cookies(made: Any) -> list[Any]:
    (jar,) = [each.cookiejar for each in made._opener.handlers if hasattr(each, "cookiejar")]
    assert len(jar) >= 2
    return list(jar)
