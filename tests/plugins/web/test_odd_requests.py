"""What a curious visitor sends: refused with 4xx and in words, never 500."""

from __future__ import annotations

import re
from typing import Any

import pytest

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@pytest.fixture
def visitor(stranger: Any) -> Any:
    """A user of the demo, logged in."""
    assert stranger.log_in("ada-demo", "ada").url.path == "/webclient/"
    return stranger


def _headers(visitor: Any, **more: str) -> dict[str, str]:
    token = visitor.cookies.get("csrftoken") or ""
    return {"X-CSRFToken": token, "Referer": str(visitor.base_url)} | more


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/webgateway/archived_files/download/999999/", 404),
        ("/webgateway/archived_files/download/?image=999999", 404),
        ("/webgateway/archived_files/download/", 404),
        ("/webgateway/download_as/?format=png&image=999999", 404),
        ("/webgateway/dataset/999999/children/", 404),
        ("/webgateway/well/999999/children/", 404),
        ("/webgateway/wellData/999999/", 404),
        ("/webgateway/plate/999999/", 400),
        ("/webclient/load_plate/1/", 404),
        ("/webclient/load_history/2026/02/31/", 400),
        ("/zarr/v0.4/image/25.zarr/99/.zarray", 404),
    ],
)
def test_what_is_not_there_is_no_fault_of_the_site(visitor: Any, path: str, status: int) -> None:
    answer = visitor.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text[:500]


@pytest.mark.parametrize(
    "body", ["null", "1", "[]", '"x"', "{", '{"@type": 1}', '{"@type": null}', "[" * 5000, "\xff"]
)
def test_the_json_api_takes_objects(visitor: Any, body: str) -> None:
    headers = _headers(visitor, **{"Content-Type": "application/json"})
    content = body.encode("latin-1")
    answer = visitor.post("/api/v0/m/save/", content=content, headers=headers)
    assert answer.status_code == 400, answer.text[:500]
    assert answer.json()["message"]


def test_a_method_that_an_address_does_not_have(visitor: Any) -> None:
    answer = visitor.post("/webclient/api/tags/", data={"id": "1"}, headers=_headers(visitor))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, DELETE")


def test_a_form_that_was_open_for_too_long(visitor: Any) -> None:
    """Two windows with the login page: the token of the second is another after the first."""
    form = {"username": "ada", "password": "x", "server": "1", "csrfmiddlewaretoken": "old"}
    referer = {"Referer": str(visitor.base_url)}
    page = visitor.post(
        "/webclient/login/", data=form, headers=referer | {"Accept": "text/html,*/*;q=0.8"}
    )
    assert page.status_code == 403
    assert "reload the page and send the form again" in page.text
    script = visitor.post("/webclient/login/", data=form, headers=referer)
    assert script.status_code == 403
    assert script.json()["message"].startswith("CSRF Failed: ")


def test_what_django_cannot_read_is_refused_in_words(visitor: Any) -> None:
    headers = _headers(visitor, **{"Content-Type": "multipart/form-data"})
    answer = visitor.post("/webclient/annotate_comment/", content=b"x", headers=headers)
    assert answer.status_code == 400
    assert "This request cannot be read" in answer.json()["error"]


def test_no_answer_shows_the_id_of_a_session(visitor: Any) -> None:
    """OMERO.web's search fails with an exception that shows the options of the call."""
    answer = visitor.get("/webgateway/search/?text=x")
    assert answer.status_code == 500
    assert "ServiceOptsDict" in answer.text
    assert UUID.findall(answer.text) == []
