"""Who gets a page, and who JSON, when something is refused."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.http.request import HttpHeaders

import http_clients
from omero_plugin_common.request_utils import wants_page


def request(sent: dict[str, str], path: str = "/webclient/") -> SimpleNamespace:
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.items()}
    return SimpleNamespace(headers=HttpHeaders(environ), path_info=path)


@pytest.mark.parametrize("sent", http_clients.PAGES.values(), ids=http_clients.PAGES)
def test_a_person_gets_a_page(sent: dict[str, str]) -> None:
    assert wants_page(request(sent))


@pytest.mark.parametrize("sent", http_clients.SCRIPTS.values(), ids=http_clients.SCRIPTS)
def test_a_script_gets_json(sent: dict[str, str]) -> None:
    assert not wants_page(request(sent))


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/api/v0/login/", False),
        ("/webclient/api/containers/", False),
        ("/webclient/", True),
        ("/apidocs/", True),
        ("/figure/api/", True),
    ],
)
def test_addresses_that_answer_in_json_do_so_for_everybody(path: str, page: bool) -> None:
    """Java's URLConnection asks for text/html unless it is told what to ask for."""
    assert wants_page(request({"Accept": http_clients.CHROME}, path)) is page
