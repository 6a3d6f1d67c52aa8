"""Who may do what: images that OMERO does not show, and exports of others."""

from __future__ import annotations

from typing import Any

import omero.model
import pytest

from imaris_site import PLUGIN, ExportBrowser, browser_of, gateway_of, made_image
from people import People, Person
from plugin_site import Worker
from whole_site import WholeSite


@pytest.fixture
def stranger(whole: WholeSite, people: People) -> ExportBrowser:
    """A user of another group."""
    return browser_of(whole, people.person(label="stranger"))


@pytest.fixture
def administrator(whole: WholeSite) -> ExportBrowser:
    """Root."""
    browser = ExportBrowser(whole.site.url)
    browser.log_in("root", whole.site.standin.password)
    return browser


def routes(export: str) -> list[tuple[str, str]]:
    """All that can be asked of an export, with the method."""
    return [
        ("get", f"exports/{export}/"),
        ("get", f"exports/{export}/file/"),
        ("post", f"exports/{export}/cancel/"),
        ("post", f"exports/{export}/retry/"),
        ("post", f"exports/{export}/delete/"),
        ("get", f"imaris-export/?job=celery-{export}"),
        ("get", f"imaris-export/?job=celery-{export}&download=1"),
        ("post", f"imaris-export/?job=celery-{export}"),
    ]


def test_nothing_of_an_image_that_one_may_not_read(stranger: ExportBrowser, omero_of: Any) -> None:
    """W2: whoever asks for an image is asked by OMERO whether they may read it."""
    image = made_image(omero_of)
    stranger.ask(f"images/?image={image}", 404)
    answer = stranger.tell("exports/", {"images": [image]}, 404)
    assert answer == {"error": f"There is no Image {image} that you may see", "code": "not_found"}
    headers = {"X-CSRFToken": stranger.token}
    path = f"/{PLUGIN}/imaris-export/?image={image}&async=1"
    assert stranger.client.get(path, headers=headers).status_code == 404
    # It is the same for one that does not exist: who asks learns nothing.
    assert stranger.tell("exports/", {"images": [10**9]}, 404)["code"] == "not_found"
    assert stranger.ask("exports/")["exports"] == []


def test_an_export_is_its_owners(
    worker: Worker, exporter: ExportBrowser, stranger: ExportBrowser,
    administrator: ExportBrowser, omero_of: Any, people: People, person: Person, whole: WholeSite,
) -> None:  # fmt: skip
    """W2: not even those who may read the image see who has exported it."""
    image = made_image(omero_of)
    export = exporter.until(exporter.start(image)[0]["id"])["id"]
    colleague = browser_of(whole, people.person(person.group, label="colleague"))
    for somebody in (stranger, colleague):
        for method, path in routes(export):
            answer = getattr(somebody, method)(f"/{PLUGIN}/{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert exporter.one(export)["state"] == "done"
    assert administrator.one(export)["state"] == "done"
    assert administrator.file(export).status_code == 200
    listed = administrator.ask("exports/?all=1")["exports"]
    assert export in [each["id"] for each in listed]


def test_nobody_without_a_login(whole: WholeSite) -> None:
    nobody = ExportBrowser(whole.site.url)
    nobody.client.get("/webclient/login/")
    some = "00000000-0000-0000-0000-000000000000"
    for method, path in [*routes(some), ("get", "exports/"), ("get", "images/?image=1")]:
        assert getattr(nobody, method)(f"/{PLUGIN}/{path}").status_code == 401, path


def test_a_download_asks_omero_again(
    whole: WholeSite, people: People, person: Person, worker: Worker, omero_of: Any
) -> None:
    """W2: who lost the right to read the image does not get its file."""
    away = people.group(label="away")
    image = made_image(omero_of)
    colleague = people.person(person.group, away, label="colleague")
    browser = browser_of(whole, colleague)
    export = browser.until(browser.start(image)[0]["id"])["id"]
    assert browser.file(export).status_code == 200
    with gateway_of(whole.site.standin, "root", whole.site.standin.password) as root:
        admin = root.getAdminService()
        experimenter = omero.model.ExperimenterI(colleague.id, False)
        group = omero.model.ExperimenterGroupI(person.group.id, False)
        admin.setDefaultGroup(experimenter, omero.model.ExperimenterGroupI(away.id, False))
        admin.removeGroups(experimenter, [group])
    browser = browser_of(whole, colleague)
    answer = browser.file(export)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    # It still is in the list of what one has done.
    assert browser.one(export)["state"] == "done"


def test_an_image_that_was_deleted_is_not_offered(
    worker: Worker, exporter: ExportBrowser, omero_of: Any
) -> None:
    image = made_image(omero_of)
    export = exporter.until(exporter.start(image)[0]["id"])["id"]
    omero_of.deleteObjects("Image", [image], wait=True)
    assert exporter.file(export).status_code == 404


@pytest.mark.parametrize(
    "parameter", ["omero_host=127.0.0.1", "omero_port=4064", "omero_secure=false"]
)
def test_no_server_of_a_request(exporter: ExportBrowser, omero_of: Any, parameter: str) -> None:
    """W1: nobody but the site says where its account logs in."""
    image = made_image(omero_of)
    headers = {"X-CSRFToken": exporter.token}
    path = f"/{PLUGIN}/imaris-export/?image={image}&async=1&{parameter}"
    answer = exporter.client.get(path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_accepted")
    assert exporter.ask("exports/")["exports"] == []
    body: dict[str, object] = {"images": [image], parameter.partition("=")[0]: "127.0.0.1"}
    exporter.tell("exports/", body, 400)


def test_requests_that_make_no_sense(exporter: ExportBrowser, omero_of: Any) -> None:
    wrong: list[object] = [
        {}, {"images": []}, {"images": "1"}, {"images": [1.5]}, {"dataset": 0}, [], 7,
    ]  # fmt: skip
    for body in wrong:
        exporter.tell("exports/", body, 400)
    exporter.tell("exports/", {"images": [-1]}, 404)
    exporter.tell("exports/", {"dataset": 10**9}, 404)
    exporter.tell("exports/", {"images": list(range(1, 1002))}, 400)
    for query in ("", "image=x", "image=0", "dataset=1&dataset=2", "image=-1"):
        exporter.ask(f"images/?{query}", 400)
    assert exporter.get(f"/{PLUGIN}/exports/nonsense/").status_code == 404
    assert exporter.client.post(f"/{PLUGIN}/exports/", json={"images": [1]}).status_code == 403
